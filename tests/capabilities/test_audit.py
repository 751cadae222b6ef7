"""The audit is chained, so that a change made behind the program's back is found."""

from threading import Event, Thread

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from controller.capabilities.places import zones
from controller.capabilities.places.models import ZoneRow
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.paging import Cursor
from tests.capabilities.audit_helpers import protect_nothing
from tests.capabilities.conftest import BOSS, Place
from tests.policy.policy import sound


def write(place: Place, action: str) -> None:
    with place.database.write() as db:
        audit.record(db, BOSS, place.now, action, "member:x", "here", note="é")


def first_broken(place: Place) -> int | None:
    with place.database.read() as db:
        return audit.verify(db)


def test_entries_are_numbered_and_hold(place: Place) -> None:
    before = len(entries(place))
    write(place, "one")
    write(place, "two")
    found = entries(place)
    assert [entry.seq for entry in found] == list(range(1, before + 3))
    assert (found[-1].action, found[-1].detail) == ("two", {"note": "é"})
    assert first_broken(place) is None


def entries(place: Place) -> list[audit.Entry]:
    with place.database.read() as db:
        return list(audit.entries(db, actor=BOSS, cursor=Cursor(limit=500)).items)


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE audit SET actor = 'account:other' WHERE seq = 3",
        "DELETE FROM audit WHERE seq = 3",
        "UPDATE audit SET hash = prev_hash WHERE seq = 3",
    ],
)
def test_a_change_behind_the_programs_back_is_found(place: Place, tamper: str) -> None:
    with place.database.engine.begin() as connection:
        for statement in [*protect_nothing(place), tamper]:
            connection.execute(text(statement))
    assert first_broken(place) == 3


def test_entries_cut_off_at_the_end_are_missed(place: Place) -> None:
    last = entries(place)[-1].seq
    with place.database.engine.begin() as connection:
        for statement in protect_nothing(place):
            connection.execute(text(statement))
        connection.execute(text("DELETE FROM audit WHERE seq = :last"), {"last": last})
    assert first_broken(place) == last


def test_what_a_savepoint_took_back_is_not_recorded(place: Place) -> None:
    before = len(entries(place))
    with place.database.write() as db:
        audit.record(db, BOSS, place.now, "kept", "member:x")
        savepoint = db.begin_nested()
        audit.record(db, BOSS, place.now, "undone", "member:x")
        savepoint.rollback()
        with db.begin_nested():
            audit.record(db, BOSS, place.now, "also kept", "member:x")
    assert [entry.action for entry in entries(place)[before:]] == ["kept", "also kept"]


def test_two_at_once_make_one_chain(place: Place) -> None:
    inside, go_on = Event(), Event()

    def slow() -> None:
        with place.database.write() as db:
            audit.record(db, BOSS, place.now, "slow", "member:x")
            inside.set()
            go_on.wait(60)

    thread = Thread(target=slow)
    thread.start()
    assert inside.wait(60)
    if place.database.engine.dialect.name == "sqlite":
        go_on.set()
    write(place, "fast")
    go_on.set()
    thread.join(60)
    assert {entry.action for entry in entries(place)[-2:]} == {"slow", "fast"}
    assert first_broken(place) is None


def test_only_admins_and_the_dpo_read_it_page_by_page(place: Place) -> None:
    with place.database.write() as db:
        dpo, desk = place.account(db, "dpo", Role.DPO), place.account(db, "desk", Role.DESK)
        with pytest.raises(Forbidden):
            audit.entries(db, actor=desk)
        with pytest.raises(Forbidden):
            audit.entries(db, actor=Actor(ref="account:x"))
        first = audit.entries(db, actor=dpo, cursor=Cursor(limit=2))
        second = audit.entries(db, actor=dpo, cursor=Cursor(limit=2, after=first.next))
    assert [item.seq for item in (*first.items, *second.items)] == [1, 2, 3, 4]


def test_a_savepoint_whose_flush_fails_loses_nothing_of_what_encloses_it(place: Place) -> None:
    """As when two make the same row at the same moment, and one finds the other's."""
    with place.database.write() as db:
        audit.record(db, BOSS, place.now, "before", "member:x", "here")
        zones.change(db, "workshop", {"capacity": 7}, version=None, actor=BOSS, now=place.now)
        twice = ZoneRow(id="workshop", site_id="here", name={"en": "Twice"}, window_max_min=60)
        with pytest.raises(IntegrityError), db.begin_nested():
            db.add(twice)
        audit.record(db, BOSS, place.now, "after", "member:x", "here")
    assert [entry.action for entry in entries(place)][-3:] == ["before", "zone_changed", "after"]
    assert sound(place)
