"""Certifying: by a trainer of that certification or a manager, never oneself, and on record."""

from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import tokens
from controller.capabilities.members import members, record_merge
from controller.capabilities.members.models import MemberRow
from controller.capabilities.training import certifications, certify_several, member_certifications
from controller.capabilities.training.models import HeldAction
from controller.capabilities.training.shapes import Disuse, Grant, NewCertification, OnDate
from controller.domain.facts import CertificationKind, HeldStatus, Level
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Role
from controller.kernel.bulk_operation import BulkOperation
from controller.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from controller.kernel.shapes import Label
from controller.policy import check_policy
from tests.capabilities.conftest import BOSS, Place

USER = Grant(level=Level.USER)
TRAINER = Grant(level=Level.TRAINER, reason="the first")


def grant(db: Session, place: Place, member: str, actor: Actor, new: Grant = USER) -> Level:
    return member_certifications.grant(db, member, "laser", new, actor=actor, now=place.now).level


def test_a_manager_certifies_and_the_end_follows_the_certification(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        manager = place.account(db, "manager", Role.MANAGER)
        grant(db, place, person.id, manager)
        (found,) = member_certifications.of_member(db, person.id, actor=manager)
    assert (found.certification_id, found.level, found.status) == ("laser", "user", "active")
    assert found.valid_until == Utc.of(place.now + timedelta(days=365))
    assert found.granted_by_name == "manager"


def test_who_certifies_with_a_token_is_named_as_the_person_whose_it_is(place: Place) -> None:
    with place.database.write() as db:
        person, karim = place.member(db), place.member(db, "Karim")
        for login, member_id, named in (
            ("karim", karim.id, "Karim"),
            ("till", None, "API · till · a tablet"),
        ):
            account = place.account(db, login, Role.MANAGER, member_id=member_id).account_id
            assert account is not None
            made, secret = tokens.add(
                db, account, "a tablet", list(HOUSE.permissions), place.now, Actor.system("test")
            )
            actor = tokens.authenticate(db, secret, place.now)
            assert actor is not None
            place.clock.forward(seconds=1)
            grant(db, place, person.id, actor)
            (found,) = member_certifications.of_member(db, person.id, actor=BOSS)
            assert (found.granted_by, found.granted_by_name) == (f"token:{made.id}", named)


@pytest.mark.parametrize("role", [Role.DESK, Role.TRAINER, Role.OBSERVER, Role.MEMBER])
def test_being_staff_is_not_enough(place: Place, role: Role) -> None:
    with place.database.write() as db:
        person = place.member(db)
        staff = place.account(db, "staff", role)
        with pytest.raises((Forbidden, NotFound)):
            grant(db, place, person.id, staff)


def test_a_trainer_certifies_for_that_certification_only(place: Place) -> None:
    with place.database.write() as db:
        person, karim = place.member(db), place.member(db, "Karim")
        trainer = place.account(db, "karim", Role.TRAINER, member_id=karim.id)
        place.certify(db, karim.id, "laser", Level.TRAINER)
        assert grant(db, place, person.id, trainer) is Level.USER
        with pytest.raises(Forbidden):
            member_certifications.grant(db, person.id, "rules", USER, actor=trainer, now=place.now)
        assert member_certifications.grantable(db, person.id, actor=trainer, now=place.now) == [
            ("laser", Level.USER)
        ]
        place.clock.forward(seconds=1)
        member_certifications.suspend(db, karim.id, "laser", "absent", actor=BOSS, now=place.now)
        with pytest.raises(Forbidden):
            grant(db, place, person.id, trainer, Grant(level=Level.ACCOMPANIED))


def test_nothing_is_offered_to_whoever_has_left(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        assert member_certifications.grantable(db, person.id, actor=BOSS, now=place.now)
        gone = {"status": "left", "reason": "moved away"}
        members.change(db, person.id, gone, version=None, actor=BOSS, now=place.now)
        assert member_certifications.grantable(db, person.id, actor=BOSS, now=place.now) == []


def test_the_desk_records_the_documents_of_others_and_replaces_none_that_is_suspended(
    place: Place,
) -> None:
    with place.database.write() as db:
        paper = NewCertification(
            id="charter", name=Label(fr="Charte"), kind=CertificationKind.DOCUMENT
        )
        certifications.create(db, paper, actor=BOSS, now=place.now)
        person, own = place.member(db).id, place.member(db, "Karim").id
        desk = place.account(db, "desk", Role.DESK, member_id=own)
        give = partial(member_certifications.grant, db, certification_id="charter", actor=desk)
        with pytest.raises(Forbidden, match="nobody can certify themselves"):
            give(member_id=own, new=USER, now=place.now)
        for level in (Level.ACCOMPANIED, Level.TRAINER):
            with pytest.raises(Forbidden):
                give(member_id=person, new=Grant(level=level), now=place.now)
        assert give(member_id=person, new=USER, now=place.now).granted_by == desk.ref
        member_certifications.suspend(db, person, "charter", "false", actor=BOSS, now=place.now)
        later = Utc.of(place.now + timedelta(days=1))
        with pytest.raises(Forbidden):
            give(member_id=person, new=USER, now=later)
        with pytest.raises(Forbidden):
            member_certifications.restore(db, person, "charter", "no", actor=desk, now=later)


def test_nobody_certifies_themselves(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.certify(db, person.id, "laser", Level.TRAINER)
        self = place.account(db, "boss", Role.ADMIN, member_id=person.id)
        place.clock.forward(seconds=1)
        with pytest.raises(Forbidden, match="nobody can certify themselves"):
            grant(db, place, person.id, self)
        with pytest.raises(Forbidden, match="nobody can certify themselves"):
            member_certifications.suspend(db, person.id, "laser", "no", actor=self, now=place.now)


def test_an_admin_names_the_first_trainer_also_herself_with_a_reason(place: Place) -> None:
    with place.database.write() as db:
        person, other = place.member(db), place.member(db, "Other")
        self = place.account(db, "boss", Role.ADMIN, member_id=person.id)
        manager = place.account(db, "manager", Role.MANAGER)
        with pytest.raises(Invalid, match="reason"):
            grant(db, place, person.id, self, Grant(level=Level.TRAINER))
        with pytest.raises(Forbidden, match="appoint the first"):
            grant(db, place, person.id, manager, TRAINER)
        assert grant(db, place, person.id, self, TRAINER) is Level.TRAINER
        (step,) = member_certifications.history(db, person.id, "laser", actor=BOSS, now=place.now)
        assert (step.action, step.reason) == (HeldAction.FOUNDING, "the first")
        # From now on there is a trainer: a manager may name more.
        assert grant(db, place, other.id, manager, TRAINER) is Level.TRAINER
    with place.database.read() as db:
        actions = [entry.action for entry in audit.entries(db, actor=BOSS).items]
    assert "certification_founding" in actions


def test_suspended_and_restored_with_reasons_that_stay(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.certify(db, person.id, "laser")
        later = place.clock.forward(minutes=1)
        found = member_certifications.suspend(
            db, person.id, "laser", "left the laser alone", actor=BOSS, now=later
        )
        assert found.status is HeldStatus.SUSPENDED
        with pytest.raises(Conflict, match="suspended already"):
            member_certifications.suspend(db, person.id, "laser", "again", actor=BOSS, now=later)
        later = place.clock.forward(minutes=1)
        with pytest.raises(Conflict, match="restore it"):
            grant(db, place, person.id, BOSS)
        member_certifications.restore(db, person.id, "laser", "talked", actor=BOSS, now=later)
        steps = member_certifications.history(db, person.id, "laser", actor=BOSS, now=later)
        assert [(step.action, step.reason) for step in steps] == [
            (HeldAction.GRANTED, "for the test"),
            (HeldAction.SUSPENDED, "left the laser alone"),
            (HeldAction.RESTORED, "talked"),
        ]
        desk = place.account(db, "desk", Role.DESK)
        told = member_certifications.history(db, person.id, "laser", actor=desk, now=later)
        assert {step.reason for step in told} == {None}


@pytest.mark.parametrize(
    "statement", ["UPDATE held_history SET reason = ''", "DELETE FROM held_history"]
)
def test_history_can_not_be_edited(place: Place, statement: str) -> None:
    with place.database.write() as db:
        place.certify(db, place.member(db).id, "laser")
    with place.database.write() as db:
        with pytest.raises(DBAPIError, match="can only be added to"):
            db.execute(text(statement))
        db.rollback()


def test_the_same_grant_again_does_nothing(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        place.certify(db, person.id, "laser")
        place.certify(db, person.id, "laser")
        assert (
            len(member_certifications.history(db, person.id, "laser", actor=BOSS, now=place.now))
            == 1
        )


def test_a_grant_from_a_clock_that_was_ahead_locks_no_later_one(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        ahead = Utc.of(place.now + timedelta(days=700))
        accompanied = Grant(level=Level.ACCOMPANIED)
        member_certifications.grant(db, person.id, "laser", accompanied, actor=BOSS, now=ahead)
        place.certify(db, person.id, "laser")
        held = member_certifications.get(db, person.id, "laser", actor=BOSS)
        assert (held.level, held.granted_at) == (Level.USER, place.now)


def test_a_date_ends_with_that_day_at_the_site(place: Place) -> None:
    with place.database.write() as db:
        new = NewCertification(
            id="season", name=Label(fr="Saison"), validity=OnDate(date=date(2027, 6, 30))
        )
        certifications.create(db, new, actor=BOSS, now=place.now)
        person = place.member(db)
        found = member_certifications.grant(
            db, person.id, "season", USER, actor=BOSS, now=place.now
        )
    assert found.valid_until == Utc.parse("2027-06-30T22:00:00.000Z")


def test_use_moves_the_end_of_what_ends_by_disuse(place: Place) -> None:
    with place.database.write() as db:
        new = NewCertification(id="lathe", name=Label(fr="Tour"), validity=Disuse(days=90))
        certifications.create(db, new, actor=BOSS, now=place.now)
        person = place.member(db)
        member_certifications.grant(db, person.id, "lathe", USER, actor=BOSS, now=place.now)
        ref = db.get_one(MemberRow, person.id).ref
        used_at = Utc.of(place.now + timedelta(days=30))
        member_certifications.record_use(db, ref, ["lathe", "laser"], at=used_at)
        member_certifications.record_use(db, ref, ["lathe"], at=place.now)
        found = member_certifications.get(db, person.id, "lathe", actor=BOSS)
    assert found.valid_until == Utc.of(used_at + timedelta(days=90))


def test_what_is_unknown_is_not_found(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        with pytest.raises(NotFound):
            member_certifications.grant(db, person.id, "none", USER, actor=BOSS, now=place.now)
        with pytest.raises(NotFound):
            member_certifications.get(db, person.id, "laser", actor=BOSS)
        with pytest.raises(NotFound):
            member_certifications.suspend(db, "nobody", "laser", "x", actor=BOSS, now=place.now)


@pytest.mark.parametrize("id_", ["01000000-0000-7000-8000-000000000000", "begun"])
def test_a_trainer_who_takes_a_renewal_back_brings_no_trainer_back(place: Place, id_: str) -> None:
    """Neither by an operation whose preview is older than the manager's step, nor by an id of
    their own."""
    with place.database.write() as db:
        tom, person = place.member(db, "Tom").id, place.member(db, "Zoe").id
        for member in (tom, person):
            grant(db, place, member, BOSS, TRAINER)
        actor = place.account(db, "tom", Role.TRAINER, member_id=tom)
        forged = BulkOperation(id_) if id_ != "begun" else BulkOperation.begin(place.now)
        place.clock.forward(minutes=1)
        grant(db, place, person, BOSS)
        place.clock.forward(minutes=1)
        rows, now = [db.get_one(MemberRow, person)], place.now
        done = certify_several.certify(db, rows, "laser", Level.USER, forged, actor=actor, now=now)
        again = certify_several.certify(db, rows, "laser", Level.USER, forged, actor=actor, now=now)
        assert (done.done, again.done) == (1, 1)
        undone = certify_several.take_back(db, [person], forged, actor=actor, now=now)
        held = member_certifications.get(db, person, "laser", actor=BOSS)
        steps = member_certifications.history(db, person, "laser", actor=BOSS, now=now)
    assert (undone.done, held.level) == (1, Level.USER)
    assert [step.level for step in steps] == ["trainer", "user", "user", "user"]


def test_the_undo_of_one_grant_withdraws_no_later_one(place: Place) -> None:
    with place.database.write() as db:
        person, first = place.member(db), BulkOperation.begin(place.now)
        rows, earlier = [db.get_one(MemberRow, person.id)], place.now
        certify_several.certify(
            db, rows, "laser", Level.ACCOMPANIED, first, actor=BOSS, now=earlier
        )
        place.clock.forward(minutes=1)
        grant(db, place, person.id, BOSS)
        undone = certify_several.take_back(db, [person.id], first, actor=BOSS, now=place.now)
        assert (undone.done, undone.refused) == (0, 1)
        with pytest.raises(Conflict, match="again since"):
            member_certifications.withdraw(
                db, person.id, "laser", actor=BOSS, now=place.now, at=earlier
            )
        assert member_certifications.get(db, person.id, "laser", actor=BOSS).level is Level.USER


def test_nor_does_a_trainer_bring_back_what_a_merged_record_held(place: Place) -> None:
    """The suspension prevailed when the records were merged, and a manager ended it."""
    with place.database.write() as db:
        tom, kept, gone = (place.member(db, name).id for name in ("Tom", "Zoe", "Zoe D"))
        actor = place.account(db, "tom", Role.TRAINER, member_id=tom)
        grant(db, place, tom, BOSS, TRAINER)
        grant(db, place, kept, BOSS)
        grant(db, place, gone, BOSS, TRAINER)
        place.clock.forward(minutes=1)
        member_certifications.suspend(db, kept, "laser", "unsafe", actor=BOSS, now=place.now)
        record_merge.merge(db, kept, gone, actor=BOSS, now=place.now)
        member_certifications.restore(db, kept, "laser", "learnt", actor=BOSS, now=place.now)
        place.clock.forward(minutes=1)
        grant(db, place, kept, actor)
        with pytest.raises(Forbidden, match="appoint"):
            member_certifications.withdraw(db, kept, "laser", actor=actor, now=place.now)


def test_a_grant_by_mistake_is_taken_back_by_who_gave_it_at_once(place: Place) -> None:
    with place.database.write() as db:
        person = place.member(db)
        boss = place.account(db, "boss", Role.MANAGER)
        other = place.account(db, "other", Role.MANAGER)
        member_certifications.grant(
            db, person.id, "laser", Grant(level=Level.USER), actor=boss, now=place.now
        )
        with pytest.raises(Forbidden, match="who gave"):
            member_certifications.withdraw(db, person.id, "laser", actor=other, now=place.now)
        member_certifications.withdraw(db, person.id, "laser", actor=boss, now=place.now)
        assert member_certifications.of_member(db, person.id, actor=BOSS) == []
        assert check_policy(db, place.now) == []
        first = Utc.of(place.now + timedelta(minutes=1))
        member_certifications.grant(
            db, person.id, "laser", Grant(level=Level.ACCOMPANIED), actor=boss, now=first
        )
        later = Utc.of(place.now + timedelta(minutes=2))
        member_certifications.grant(
            db, person.id, "laser", Grant(level=Level.USER), actor=boss, now=later
        )
        member_certifications.withdraw(db, person.id, "laser", actor=boss, now=later)
        (held,) = member_certifications.of_member(db, person.id, actor=BOSS)
        assert (held.level, held.granted_at) == (Level.ACCOMPANIED, first)
        with pytest.raises(Conflict):
            member_certifications.withdraw(db, person.id, "laser", actor=boss, now=later)
        steps = member_certifications.history(db, person.id, "laser", actor=BOSS, now=later)
        assert [step.action for step in steps] == [
            "granted",
            "withdrawn",
            "granted",
            "granted",
            "withdrawn",
        ]
