"""The safety register: written once, added to with dates, read by those who answer, annulled."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.privacy.erasure.erase import Erasure, erase
from controller.capabilities.privacy.erasure.waiting_list import due_members
from controller.capabilities.privacy.retention.run import retain
from controller.capabilities.safety_register import entries, reading
from controller.capabilities.safety_register.entries import SafetyEntryNews
from controller.capabilities.safety_register.models import AdditionKind, SafetyAddition, SafetyKind
from controller.capabilities.safety_register.models import SafetyEntry as Row
from controller.capabilities.safety_register.shapes import (
    Annulment,
    NewAddition,
    NewSafetyEntry,
    SafetyEntry,
)
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.models import AuditEntry
from controller.kernel.privacy import GONE_REASON
from controller.live import Live
from controller.settings import RetentionSettings
from tests.capabilities.conftest import BOSS, NOW, Place
from tests.support.news import following

CUT = NewAddition(kind=AdditionKind.CARE, text="Two stitches")
GUARD = NewAddition(kind=AdditionKind.MEASURE, text="A guard was ordered")


def happened(**fields: Any) -> NewSafetyEntry:
    new: dict[str, Any] = {
        "kind": SafetyKind.ACCIDENT,
        "happened_at": Utc.of(NOW - timedelta(hours=1)),
        "account": "Cut by the edge of an off-cut",
        "access_point": "laser-1",
    }
    return NewSafetyEntry(**(new | fields))


def people(db: Session, place: Place) -> tuple[Actor, Actor, Actor]:
    """A manager, somebody at the desk, a trainer."""
    return (
        place.account(db, "manager", Role.MANAGER),
        place.account(db, "desk", Role.DESK),
        place.account(db, "trainer", Role.TRAINER),
    )


def write(db: Session, actor: Actor, **fields: Any) -> SafetyEntry:
    return entries.create(db, happened(**fields), actor=actor, now=NOW)


def test_who_writes_is_named_and_the_year_is_the_sites_own(place: Place) -> None:
    with place.database.write() as db:
        _, desk, _ = people(db, place)
        late = Utc.parse("2025-12-31T23:30:00.000Z")  # half past midnight in Paris
        made = write(db, desk, happened_at=late)
    assert (made.written_by, made.year, made.access_point) == ("desk", 2026, "laser-1")
    assert (made.anybody_hurt, made.read, made.annulled_at) == (False, True, None)


@pytest.mark.parametrize(
    ("fields", "at_fault"),
    [
        ({"happened_at": Utc.of(NOW + timedelta(minutes=1))}, "happened_at"),
        ({"access_point": "no-such-machine"}, "access_point"),
        ({"zone_id": "no-such-zone"}, "zone_id"),
        ({"site_id": "elsewhere"}, "site_id"),
    ],
)
def test_what_cannot_be_is_refused(place: Place, fields: dict[str, Any], at_fault: str) -> None:
    with place.database.write() as db, pytest.raises(Invalid) as refused:
        write(db, BOSS, **fields)
    assert [error.field for error in refused.value.errors] == [at_fault]


def test_a_member_who_was_hurt_is_linked_and_anybody_else_is_words(place: Place) -> None:
    with place.database.write() as db:
        manager, _, _ = people(db, place)
        amina = place.member(db).id
        linked = write(db, manager, hurt="Amina Diallo")
        other = write(db, manager, hurt="une stagiaire")
        place.member(db)  # another one of that name
        either = write(db, manager, hurt="Amina Diallo")
        stored = db.get_one(Row, linked.id).hurt
    assert (linked.member_id, linked.hurt, stored) == (amina, "Amina Diallo", None)
    assert (other.member_id, other.hurt) == (None, "une stagiaire")
    assert (either.member_id, either.hurt) == (None, "Amina Diallo")


def test_who_was_hurt_and_how_is_for_those_who_answer_and_the_author(place: Place) -> None:
    with place.database.write() as db:
        manager, desk, trainer = people(db, place)
        key = write(db, desk, hurt="une stagiaire", injury="Cut, left thumb").id
        entries.add_to_entry(db, key, CUT, actor=manager, now=NOW)
        for actor in (manager, desk):
            seen = entries.get(db, key, actor=actor)
            assert (seen.hurt, seen.injury) == ("une stagiaire", "Cut, left thumb")
            assert [addition.text for addition in seen.additions] == ["Two stitches"]
        seen = entries.get(db, key, actor=trainer)
        assert (seen.anybody_hurt, seen.hurt, seen.injury) == (True, None, None)
        assert seen.additions == ()


def test_it_is_added_to_and_never_changed(place: Place) -> None:
    with place.database.write() as db:
        _, desk, trainer = people(db, place)
        key = write(db, desk).id
        later = place.clock.forward(days=2)
        added = entries.add_to_entry(db, key, GUARD, actor=trainer, now=later)
    (addition,) = added.additions
    assert (addition.by, addition.at, addition.text) == ("trainer", later, "A guard was ordered")
    assert (added.account, added.written_at) == ("Cut by the edge of an off-cut", NOW)


def test_each_who_answers_reads_it_again_after_an_addition(place: Place) -> None:
    with place.database.write() as db:
        manager, desk, trainer = people(db, place)
        other = place.account(db, "other", Role.MANAGER)
        key = write(db, desk).id
        assert _waiting(db, manager, other) == (1, 1)
        entries.mark_read(db, key, actor=manager, now=NOW)
        entries.mark_read(db, key, actor=manager, now=place.clock.forward(minutes=1))
        assert _waiting(db, manager, other) == (0, 1)
        later = place.clock.forward(minutes=1)
        entries.add_to_entry(db, key, GUARD, actor=trainer, now=later)
        assert _waiting(db, manager, other) == (1, 1)
        entries.add_to_entry(db, key, CUT, actor=manager, now=place.clock.forward(minutes=1))
        assert _waiting(db, manager, other) == (0, 1)
        seen = entries.get(db, key, actor=other)
        assert (seen.readings[0].by, seen.readings[0].at) == ("manager", NOW)
        assert len(seen.readings) == 2
        assert (seen.read, entries.get(db, key, actor=manager).read) == (False, True)


def _waiting(db: Session, *actors: Actor) -> tuple[int, ...]:
    counts = tuple(reading.count_unread(db, "here", 100, actor=actor) for actor in actors)
    for actor, count in zip(actors, counts, strict=True):
        assert len(entries.page(db, actor=actor, unread=True).items) == count
    return counts


def test_it_is_annulled_with_a_reason_by_who_answers_and_stays(place: Place) -> None:
    with place.database.write() as db:
        manager, desk, _ = people(db, place)
        key = write(db, desk).id
        why = Annulment(reason="Written twice")
        with pytest.raises(Forbidden):
            entries.annul(db, key, why, actor=desk, now=NOW)
        gone = entries.annul(db, key, why, actor=manager, now=NOW)
        assert (gone.annulled_by, gone.annulled_because) == ("manager", "Written twice")
        assert gone.account == "Cut by the edge of an off-cut"
        assert _waiting(db, manager) == (0,)
        with pytest.raises(Conflict):
            entries.annul(db, key, why, actor=manager, now=NOW)
        with pytest.raises(Conflict):
            entries.add_to_entry(db, key, GUARD, actor=desk, now=NOW)


def test_members_and_other_sites_see_nothing_of_it(place: Place) -> None:
    with place.database.write() as db:
        key = write(db, BOSS).id
        member = place.account(db, "member", Role.MEMBER)
        with pytest.raises(NotFound):
            entries.get(db, key, actor=member)
        with pytest.raises(Forbidden):
            write(db, member)
        with pytest.raises(Forbidden):
            entries.entries_of_year(db, "here", 2026, actor=member)
        assert entries.page(db, actor=member).items == []
        with pytest.raises(Forbidden):
            entries.mark_read(db, key, actor=place.account(db, "desk", Role.DESK), now=NOW)


def test_a_year_stands_in_the_order_in_which_things_happened(place: Place) -> None:
    with place.database.write() as db:
        first = Utc.of(NOW - timedelta(days=3))
        keys = [write(db, BOSS).id, write(db, BOSS, happened_at=first).id]
        write(db, BOSS, happened_at=Utc.parse("2025-03-01T09:00:00.000Z"))
        assert [
            entry.id for entry in entries.entries_of_year(db, "here", 2026, actor=BOSS)
        ] == keys[::-1]
        assert entries.years(db, "here", actor=BOSS) == [2026, 2025]


def test_each_act_is_audited_and_told_without_its_words(place: Place, live: Live) -> None:
    with following(place.database, live) as heard:
        with place.database.write() as db:
            manager, desk, _ = people(db, place)
            key = write(db, desk).id
            entries.add_to_entry(db, key, GUARD, actor=desk, now=NOW)
            entries.mark_read(db, key, actor=manager, now=NOW)
            entries.annul(db, key, Annulment(reason="Twice"), actor=manager, now=NOW)
        told = [news_item for news_item in heard.look() if isinstance(news_item, SafetyEntryNews)]
    assert set(told) == {SafetyEntryNews(site="here", key=key)}
    with place.database.read() as db:
        about = select(AuditEntry.action, AuditEntry.detail).where(
            AuditEntry.subject == f"safety_entry:{key}"
        )
        assert [tuple(row) for row in db.execute(about.order_by(AuditEntry.seq))] == [
            ("safety_entry_written", "{}"),
            ("safety_entry_added_to", "{}"),
            ("safety_entry_annulled", "{}"),
        ]


def test_an_erasure_leaves_what_happened_and_not_to_whom(place: Place) -> None:
    with place.database.write() as db:
        amina = place.member(db).id
        key = write(db, BOSS, hurt="Amina Diallo", injury="Cut, left thumb").id
        told = NewAddition(kind=AdditionKind.FACT, text="Amina Diallo says that it was wet")
        entries.add_to_entry(db, key, told, actor=BOSS, now=NOW)
        assert amina not in due_members(db, "here", Utc.of(NOW + timedelta(days=900)))
        done = erase(db, amina, Erasure(reason="asked for by letter"), actor=BOSS, now=NOW)
        left = entries.get(db, key, actor=BOSS)
    assert (left.member_id, left.hurt, left.account) == (
        None,
        None,
        "Cut by the edge of an off-cut",
    )
    assert left.additions[0].text == "[…] says that it was wet"
    assert "safety_entry" in {stay.what for stay in done.stays}


def test_after_five_years_only_that_it_happened_is_left(place: Place) -> None:
    with place.database.write() as db:
        place.member(db)
        june = Utc.parse("2025-06-01T08:00:00.000Z")
        old = write(db, BOSS, hurt="Amina Diallo", happened_at=june)
        entries.add_to_entry(db, old.id, GUARD, actor=BOSS, now=NOW)
        young = write(db, BOSS)
    eve, day = (Utc.parse(f"{name}T11:00:00.000Z") for name in ("2031-01-01", "2031-01-02"))
    assert "safety register" not in retain(place.database, RetentionSettings(), now=eve)
    assert retain(place.database, RetentionSettings(), now=day)["safety register"] == 3
    assert "safety register" not in retain(place.database, RetentionSettings(), now=day)
    with place.database.read() as db:
        left = entries.get(db, old.id, actor=BOSS)
        assert (left.kind, left.happened_at, left.access_point) == (
            SafetyKind.ACCIDENT,
            old.happened_at,
            "laser-1",
        )
        assert (left.account, left.hurt, left.readings) == (GONE_REASON, None, ())
        assert db.scalars(select(SafetyAddition)).all() == []
        assert entries.get(db, young.id, actor=BOSS).account == young.account
