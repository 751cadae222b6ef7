"""Redis is only the bell: killed under changes, every reader has each of them once, in order."""

import json
import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import AccessPointRow
from controller.kernel.database import Database
from controller.kernel.news import PostedNews
from controller.kernel.outbox import post_news
from controller.kernel.outbox_follower import FollowerThread
from controller.kernel.outbox_reader import Reader, ReaderThread
from controller.live import Live
from controller.policy import head
from controller.wire.codec import decode
from controller.wire.messages import PolicyHead
from controller.wire.topics import Topics
from tests.hub.running import Running
from tests.hub.world import SITE, World
from tests.support.until import until
from tests.support.valkey import PROGRAM, Valkey
from webui.live.broadcast import Broadcast, OutboxSource, SiteChange

pytestmark = pytest.mark.needs(PROGRAM)


def test_every_reader_has_every_change_once_and_in_order(engine: Engine, valkey: Valkey) -> None:
    world = World.make(engine)
    live = Live(valkey.url)
    database = Database(engine, live, house=HOUSE)
    delivered: list[str] = []

    def deliver(news: Sequence[PostedNews]) -> None:
        delivered.extend(news_item.key for news_item in news)

    follower = FollowerThread(database, live)
    reader = ReaderThread(
        database, follower, Reader("mail", (PointNews,), deliver), "one", poll_s=1.0
    )
    broadcast = Broadcast([OutboxSource(follower)], 1)
    shown = _collect(broadcast)
    reader.start()
    keys: list[str] = []

    def change(count: int) -> None:
        for _ in range(count):
            keys.append(f"{len(keys):02d}")
            with database.write() as db:
                post_news(db, PointNews(site=SITE, key=keys[-1]))
                point = db.get_one(AccessPointRow, world.agents[0].points[0])
                point.in_service = not point.in_service

    with Running(database, live) as running:
        for happens in (None, valkey.kill, valkey.start):
            if happens is not None:
                happens()
            change(5)
            _all_have(keys, lambda: delivered, shown)
            _head_is_sent(database, running)
    reader.stop()
    broadcast.close()
    follower.stop()
    live.close()
    for found in (delivered, shown()):
        assert [key for key in found if key in keys] == keys


def _collect(broadcast: Broadcast) -> Callable[[], list[str]]:
    """What an open page was told, as it comes."""
    stream = broadcast.listen()
    told: list[SiteChange] = []

    def read() -> None:
        for answer in stream:
            if answer is not None:
                told.append(answer)

    def points() -> list[str]:
        changes = [json.loads(answer.text) for answer in told]
        return [change["key"] for change in changes if change["what"] == "point"]

    threading.Thread(target=read, daemon=True).start()
    return points


def _all_have(keys: list[str], *readers: Callable[[], list[str]]) -> None:
    for found in readers:
        until(partial(_has, found, keys), "a reader was not told")


def _has(found: Callable[[], list[str]], keys: list[str]) -> bool:
    return set(keys) <= set(found())


def _head_is_sent(database: Database, running: Running) -> None:
    with database.read() as db:
        version = head(db, SITE).version
    running.link.wait_for(
        lambda message: (
            message.topic == Topics(SITE).policy_head()
            and decode(message.payload, PolicyHead).value.version == version
        )
    )
