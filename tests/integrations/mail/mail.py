"""What tests of mail share with others."""

from collections.abc import Iterator
from contextlib import contextmanager

from controller.integrations.mail.sender import Sender, rules
from controller.kernel.database import Database
from controller.settings import MailSettings
from tests.support.clock import Clock
from tests.webui.conftest import SITE

SECRET, URL = "s" * 40, "https://loquet.example"


@contextmanager
def a_sender(database: Database, clock: Clock, port: int, **mail: object) -> Iterator[Sender]:
    """One that is asked to look, rather than running by itself."""
    given = {"quiet": None, "tls": "none"} | mail
    settings = MailSettings(host="127.0.0.1", port=port, sender="La <l@fab.example>", **given)  # type: ignore[arg-type]
    yield Sender(database, settings, rules(settings, SECRET), URL, site_id=SITE, clock=clock)


def settings(**mail: object) -> MailSettings:
    """Of a server, with the rest as usual."""
    given = {"host": "127.0.0.1", "tls": "none", "sender": "l@fab.example"} | mail
    return MailSettings(**given)  # type: ignore[arg-type]
