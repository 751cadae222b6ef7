"""What tests of mail page share with others."""

import re

from flask.testing import FlaskClient

from controller.kernel.database import Database
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.webui.conftest import make_app, sign_in


def a_client(database: Database, clock: Clock, **mail: object) -> FlaskClient:
    """A manager, where mail is on."""
    given = {"host": "127.0.0.1", "tls": "none", "sender": "l@fab.example"} | mail
    client = make_app(database, clock, mail=MailSettings(**given)).test_client()  # type: ignore[arg-type]
    assert sign_in(client, "manager") == 303
    return client


def plain(client: FlaskClient, address: str) -> str:
    """A page's words, with simple blanks."""
    text = re.sub(r"<[^>]+>", "", client.get(address).get_data(as_text=True))
    return " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())
