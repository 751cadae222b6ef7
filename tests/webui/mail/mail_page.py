"""What tests of mail page share with others."""

import re

from flask.testing import FlaskClient

from controller.capabilities.messages.models import MessageRow
from controller.domain.facts import Language
from controller.kernel.database import Database
from controller.settings import MailSettings
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, make_app, sign_in

ADA = "ada@example.org"


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


def written(database: Database, **row: object) -> str:
    """A message of the site; its id."""
    given: dict[str, object] = {
        "id": uuid7(),
        "site_id": SITE,
        "what": "moved_up",
        "key": uuid7(),
        "detail": {},
        "address": ADA,
        "language": Language.FR,
        "written_at": NOW,
        "attempts": 1,
        "due_at": None,
    }
    with database.write() as db:
        made = MessageRow(**given | row)
        db.add(made)
        return made.id
