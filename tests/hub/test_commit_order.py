"""Transactions that commit in the opposite order of their start: every agent gets both."""

import threading

from sqlalchemy import Engine

from controller import policy
from controller.capabilities.machines.models import AccessPointRow
from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.hub.policy import PolicySender
from controller.kernel.database import Database
from controller.wire.codec import decode
from controller.wire.messages import PolicyDelta
from controller.wire.signatures import Signer
from controller.wire.topics import Topics
from tests.hub.memory_link import MemoryLink
from tests.hub.world import SITE, World

TOPICS = Topics(SITE)


def deltas(link: MemoryLink) -> list[PolicyDelta]:
    return [
        decode(message.payload, PolicyDelta).value
        for message in link.published
        if message.topic == TOPICS.policy_delta()
    ]


def change(database: Database, point: str) -> None:
    with database.write() as db:
        db.get_one(AccessPointRow, point).in_service = False


def test_what_starts_first_and_commits_last_is_not_lost(engine: Engine) -> None:
    database = World.make(engine).database
    leases, link = Leases(database, "hub"), MemoryLink(Signer.generate())
    leases.renew()
    sender = PolicySender(database, leases, link, Counters())
    sender.poll()
    # On SQLite writers wait for each other, so that the second one begins when it can commit.
    other = threading.Thread(target=change, args=(database, "saw-0"))
    with database.write() as db:
        db.get_one(AccessPointRow, "machine-0").in_service = False
        db.flush()
        other.start()
        if engine.dialect.name == "postgresql":
            other.join()
            sender.site_changed(SITE)
    other.join()
    sender.site_changed(SITE)
    sent = deltas(link)
    keys = [row.key for delta in sent for row in delta.rows]
    assert sorted(keys) == ["machine-0", "saw-0"]
    if engine.dialect.name == "postgresql":
        assert keys == ["saw-0", "machine-0"]
    with database.read() as db:
        assert sent[-1].to_version == policy.head(db, SITE).version
