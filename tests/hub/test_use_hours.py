"""Hours of use follow from events, whatever their order, sent twice or made again."""

from random import Random

import pytest

from controller.capabilities.maintenance import maintenance
from controller.capabilities.maintenance.shapes import NewDone, NewMaintenance
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.actor import Actor
from controller.kernel.shapes import Label
from controller.wire.events import SessionStarted, SessionState
from controller.wire.ids import uuid7
from controller.wire.messages import State
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START

ADMIN = Actor.system("test")


def asked(place: Place) -> str:
    new = NewMaintenance(
        access_point="machine-0", name=Label(en="Belt"), starts_at=START, every_h=1000
    )
    with place.world.database.write() as db:
        return maintenance.create(db, new, actor=ADMIN, now=NOW).id


def used_s(place: Place, key: str) -> float:
    with place.world.database.read() as db:
        return maintenance.get(db, key, actor=ADMIN, now=NOW).used_s


@pytest.mark.parametrize("seed", range(2))
def test_shuffled_repeated_and_rebuilt_they_are_the_same(place: Place, seed: int) -> None:
    dice, key = Random(seed), asked(place)
    lengths = [dice.randint(10, 300) * 2 for _ in range(12)]
    for number, length in enumerate(lengths):
        place.agent.record_session(number * 30.0, length)
    running = uuid7()  # one that is not over: what was told of it so far
    place.agent.record(SessionStarted, at_s=800, session_id=running)
    for so_far in (20.0, 40.0):
        place.agent.record(
            SessionState,
            at_s=800 + so_far,
            session_id=running,
            state=State.RUNNING,
            active_s=so_far,
            idle_s=0.0,
            powered_s=so_far,
        )
    told = list(place.agent.journal)
    for _ in range(3):
        for start in range(0, len(told), 5):
            dice.shuffle(told)
            place.send(place.agent.batch(told[start : start + 5]))
    place.send(place.agent.batch())
    assert used_s(place, key) == sum(lengths) / 2 + 40
    with place.world.database.write() as db:
        assert rebuild(db) == []
    assert used_s(place, key) == sum(lengths) / 2 + 40


def test_what_is_told_after_it_was_done_counts_where_it_belongs(place: Place) -> None:
    key = asked(place)
    place.agent.record_session(60, 100)
    place.agent.record_session(1200, 300)
    with place.world.database.write() as db:
        at = Utc.parse("2026-03-02T09:10:00.000Z")  # between the two
        maintenance.log_maintenance(db, key, NewDone(at=at), actor=ADMIN, now=NOW)
    place.send(place.agent.batch())
    assert used_s(place, key) == 150
    with place.world.database.read() as db:
        (done,) = maintenance.history(db, key, actor=ADMIN).items
    assert done.used_s == 50
