"""Handover notes: for the desk of a site, until they are done or over, then forgotten."""

from datetime import timedelta

import pytest

from controller.capabilities.user_reports import handover
from controller.capabilities.user_reports.shapes import NewHandoverNote
from controller.domain.time import Utc
from controller.kernel.actor import Role
from controller.kernel.errors import Forbidden, NotFound, Stale
from tests.capabilities.conftest import BOSS, Place


def test_a_note_is_read_done_and_forgotten(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        until = Utc.of(place.now + timedelta(days=2))
        keys = NewHandoverNote(text="Keys of the van are at the town hall", until=until)
        first = handover.create(db, keys, actor=desk, now=place.now)
        new = NewHandoverNote(text="Call the plumber")
        second = handover.create(db, new, actor=BOSS, now=place.now)
        assert first.created_by == "desk"

        def current(wanted: bool) -> list[str]:
            found = handover.page(db, actor=desk, now=place.now, current=wanted)
            return [note.id for note in found.items]

        assert (current(True), current(False)) == ([first.id, second.id], [])
        done = handover.mark_done(db, second.id, actor=desk, now=place.now)
        assert (done.done_by, done.done_at) == ("desk", place.now)
        assert handover.mark_done(db, second.id, actor=BOSS, now=place.now) == done
        assert (current(True), current(False)) == ([first.id], [second.id])
        place.clock.forward(days=3)
        assert (current(True), current(False)) == ([], [first.id, second.id])
        place.clock.forward(days=29)
        handover.forget_old(db, place.now)
        assert current(False) == [first.id]
        handover.forget_old(db, place.clock.forward(days=2))
        assert current(False) == []


def test_a_note_changes_from_the_version_that_was_read(place: Place) -> None:
    with place.database.write() as db:
        note = handover.create(db, NewHandoverNote(text="A"), actor=BOSS, now=place.now)
        changed = handover.change(
            db, note.id, {"text": "B"}, version=note.version, actor=BOSS, now=place.now
        )
        assert changed.text == "B"
        with pytest.raises(Stale):
            handover.change(
                db, note.id, {"text": "C"}, version=note.version, actor=BOSS, now=place.now
            )


def test_a_note_is_changed_by_its_author_or_a_manager(place: Place) -> None:
    """It keeps its author's name."""
    with place.database.write() as db:
        karim, zoe = (place.account(db, name, Role.DESK) for name in ("karim", "zoe"))
        manager = place.account(db, "chloe", Role.MANAGER)
        note = handover.create(db, NewHandoverNote(text="A"), actor=karim, now=place.now)
        for patch in ({"text": "B"}, {"until": place.now.text()}):
            with pytest.raises(Forbidden, match="its author or a manager"):
                handover.change(db, note.id, patch, version=None, actor=zoe, now=place.now)
        for who in (karim, manager):
            patch = {"text": who.ref}
            changed = handover.change(db, note.id, patch, version=None, actor=who, now=place.now)
            assert changed.text == who.ref
        assert handover.mark_done(db, note.id, actor=zoe, now=place.now).done_by == "zoe"


def test_notes_are_for_the_desk_and_managers(place: Place) -> None:
    with place.database.write() as db:
        note = handover.create(db, NewHandoverNote(text="A"), actor=BOSS, now=place.now)
        manager = place.account(db, "boss", Role.MANAGER)
        assert handover.get(db, note.id, actor=manager).text == "A"
        for role in (Role.TRAINER, Role.MEMBER, Role.OBSERVER, Role.DPO):
            other = place.account(db, role.value, role)
            with pytest.raises(NotFound):
                handover.get(db, note.id, actor=other)
            with pytest.raises(Forbidden):
                handover.create(db, NewHandoverNote(text="X"), actor=other, now=place.now)
