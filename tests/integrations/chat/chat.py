"""What tests of chat share with others."""

from collections.abc import Iterator
from contextlib import contextmanager

from controller.capabilities.alarms.alarms import AlarmNews
from controller.capabilities.alarms.models import Alarm
from controller.domain.time import Utc
from controller.integrations.chat import targets
from controller.integrations.chat.models import ChatTarget
from controller.integrations.chat.sender import Sender, running_chat
from controller.integrations.chat.shapes import NewTarget
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.outbox import post_news
from controller.settings import ChatSettings, Settings, WebSettings
from controller.wire.ids import uuid7
from tests.integrations.webhooks.conftest import following
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE

SECRET, URL = "s" * 40, "https://loquet.example"
SYSTEM = Actor.system("test")


@contextmanager
def running(database: Database, clock: Clock) -> Iterator[Sender]:
    settings = Settings(web=WebSettings(public_url=URL), chat=ChatSettings(allow_private=True))
    with (
        following(database) as heard,
        running_chat(database, heard, settings, SECRET, clock=clock) as sender,
    ):
        yield sender


def add(database: Database, url: str, *, only_grave: bool = True, private: bool = True) -> str:
    with database.write() as db:
        return targets.add(
            db,
            SITE,
            NewTarget(name="Atelier", url=url, only_grave=only_grave),
            seals=targets.sealer(SECRET),
            allow_private=private,
            actor=SYSTEM,
            now=NOW,
        )


def alarm(database: Database, kind: str = "door_forced", *, taken_at: Utc | None = None) -> str:
    """It is raised; its id."""
    with database.write() as db:
        row = Alarm(id=uuid7(), key=uuid7(), site_id=SITE, agent_id="box", kind=kind, detail={})
        row.raised_at, row.taken_at = NOW, taken_at
        db.add(row)
        post_news(db, AlarmNews(site=SITE, key=row.key))
        return row.id


def health(database: Database, key: str) -> tuple[int, str | None]:
    with database.read() as db:
        row = db.get_one(ChatTarget, key)
        return row.failures, row.said
