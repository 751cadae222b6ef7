"""Organisations, projects, on whose behalf people work, and guardians of minors."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from controller import policy
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.shapes import Category, Guardian, NewMember, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.training import course_sessions
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import CourseSession, NewCourseSession
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from controller.policy.models import PolicyRow
from tests.capabilities.conftest import BOSS, Place

STRANGER = Actor(ref="account:x", roles={"elsewhere": frozenset({Role.ADMIN})})


def club(db: Session, place: Place, name: str = "Club") -> str:
    new = NewOrganisation(name=Label(fr=name))
    return organisations.create(db, new, actor=BOSS, now=place.now).id


def project(
    db: Session, place: Place, owner: str | None = None, starts_at: Utc | None = None
) -> str:
    new = NewProject(name=Label(fr="Four"), organisation_id=owner, starts_at=starts_at)
    return projects.create(db, new, actor=BOSS, now=place.now).id


def change(db: Session, place: Place, member: str, **patch: object) -> None:
    members.change(db, member, patch, version=None, actor=BOSS, now=place.now)


def test_organisations_and_projects_are_made_changed_and_hidden_from_others(place: Place) -> None:
    with place.database.write() as db:
        desk = place.account(db, "desk", Role.DESK)
        made = organisations.create(
            db, NewOrganisation(name=Label(fr="Club")), actor=desk, now=place.now
        )
        work = projects.create(
            db,
            NewProject(name=Label(en="Kiln"), organisation_id=made.id),
            actor=BOSS,
            now=place.now,
        )
        assert work.starts_at == place.now
        renamed = organisations.change(
            db,
            made.id,
            {"name": {"en": "Club"}, "active": False},
            version=1,
            actor=BOSS,
            now=place.now,
        )
        assert (renamed.name, renamed.active, renamed.version) == (
            Label(fr="Club", en="Club"),
            False,
            2,
        )
        with pytest.raises(Stale):
            organisations.change(db, made.id, {}, version=1, actor=desk, now=place.now)
        ended = {"ends_at": Utc.of(place.now - timedelta(days=1)).text()}
        with pytest.raises(Invalid, match="ends_at"):
            projects.change(db, work.id, ended, version=1, actor=desk, now=place.now)
        with pytest.raises(Invalid, match="organisation_id"):
            projects.change(
                db, work.id, {"organisation_id": "none"}, version=1, actor=BOSS, now=place.now
            )
        assert list(organisations.page(db, actor=desk).items) == [renamed]
        found = projects.page(db, actor=desk, organisation_id=made.id).items
        assert [project.id for project in found] == [work.id]
        assert organisations.page(db, actor=STRANGER).items == []
        for service, key in ((organisations, made.id), (projects, work.id)):
            with pytest.raises(NotFound):
                service.get(db, key, actor=STRANGER)
        trainer = place.account(db, "trainer", Role.TRAINER)
        with pytest.raises(Forbidden):
            organisations.change(db, made.id, {}, version=2, actor=trainer, now=place.now)


def test_members_belong_to_many_and_each_change_raises_their_version(place: Place) -> None:
    with place.database.write() as db:
        one, two = club(db, place), club(db, place, "Other")
        work = project(db, place)
        zoe = place.member(db, "Zoé")
        before = policy.head(db, "here").version
        patch = {"organisations": [one, two], "projects": [work]}
        changed = members.change(db, zoe.id, patch, version=1, actor=BOSS, now=place.now)
        assert changed.version == 2
        assert (set(changed.organisations), changed.projects) == ({one, two}, (work,))
        with pytest.raises(Stale):
            members.change(db, zoe.id, {"projects": []}, version=1, actor=BOSS, now=place.now)
        for field in ("organisations", "projects"):
            with pytest.raises(Invalid, match=field):
                change(db, place, zoe.id, **{field: ["none"]})
        found = members.page(db, actor=BOSS, organisation_id=one, project_id=work).items
        assert [member.id for member in found] == [zoe.id]
        assert members.page(db, actor=BOSS, project_id="none").items == []
    with place.database.read() as db:
        assert policy.head(db, "here").version == before
        assert policy.check_policy(db, place.now) == []


def test_one_works_for_what_one_is_a_member_of(place: Place) -> None:
    with place.database.write() as db:
        owner = club(db, place)
        work, later = project(db, place, owner), Utc.of(place.now + timedelta(days=1))
        coming = project(db, place, starts_at=later)
        zoe = place.member(db, "Zoé").id
        self = place.account(db, "zoe", Role.MEMBER, member_id=zoe)

        def choose(actor: Actor, **to: str) -> OnBehalf:
            return on_behalf.choose(db, zoe, OnBehalf(**to), actor=actor, now=place.now)

        with pytest.raises(Invalid, match="no member of it"):
            choose(self, project_id=work)
        change(db, place, zoe, organisations=[owner], projects=[work, coming])
        chosen = OnBehalf(organisation_id=owner, project_id=work)
        assert choose(self, project_id=work) == chosen
        assert members.get(db, zoe, actor=self).works_for == chosen
        with pytest.raises(Invalid, match="not begun"):
            choose(self, project_id=coming)
        with pytest.raises(Invalid, match="another organisation"):
            choose(BOSS, project_id=work, organisation_id=club(db, place, "Other"))
        with pytest.raises(Invalid, match="no organisation"):
            choose(BOSS, project_id=work, organisation_id="")
        with pytest.raises(NotFound):
            choose(place.account(db, "ali", Role.MEMBER), project_id=work)
        with pytest.raises(Forbidden):
            choose(place.account(db, "trainer", Role.TRAINER), project_id=work)
        organisations.change(db, owner, {"active": False}, version=1, actor=BOSS, now=place.now)
        with pytest.raises(Invalid, match="active"):
            choose(self, organisation_id=owner)
        assert choose(self) == OnBehalf()


@pytest.mark.parametrize("patch", [{"projects": []}, {"status": "left"}])
def test_who_is_no_longer_a_member_works_for_nobody(place: Place, patch: dict[str, object]) -> None:
    with place.database.write() as db:
        owner = club(db, place)
        work = project(db, place, owner)
        zoe = place.member(db, "Zoé").id
        change(db, place, zoe, organisations=[owner], projects=[work])
        on_behalf.choose(db, zoe, OnBehalf(project_id=work), actor=BOSS, now=place.now)
        change(db, place, zoe, **patch)
        found = members.get(db, zoe, actor=BOSS)
        assert (found.works_for, found.projects) == (OnBehalf(), ())
        assert found.organisations == (() if "status" in patch else (owner,))


def test_a_booking_is_on_behalf_of_what_its_member_works_for(place: Place) -> None:
    with place.database.write() as db:
        owner, other = club(db, place), club(db, place, "Other")
        work, foreign = project(db, place, owner), project(db, place, other)
        zoe = place.member(db, "Zoé").id
        place.certify(db, zoe, "laser")
        self = place.account(db, "zoe", Role.MEMBER, member_id=zoe)
        change(db, place, zoe, projects=[work])
        on_behalf.choose(db, zoe, OnBehalf(project_id=work), actor=self, now=place.now)
        start = Utc.of(place.now + timedelta(days=1))
        new = NewBooking(
            member_id=zoe,
            access_point="laser-1",
            starts_at=start,
            ends_at=Utc.of(start + timedelta(hours=1)),
        )
        made = bookings.create(db, new, actor=self, now=place.now)
        assert (made.organisation_id, made.project_id) == (owner, work)
        patch = {"project_id": foreign}
        with pytest.raises(Invalid, match="no member of it"):
            bookings.change(db, made.id, patch, version=1, actor=self, now=place.now)
        moved = bookings.change(db, made.id, patch, version=1, actor=BOSS, now=place.now)
        assert (moved.organisation_id, moved.project_id) == (other, foreign)
        own = bookings.change(
            db, made.id, {"project_id": None}, version=2, actor=self, now=place.now
        )
        assert (own.organisation_id, own.project_id) == (None, None)
        someone = place.account(db, "ali", Role.MEMBER)
        bookings.change(db, made.id, patch, version=3, actor=BOSS, now=place.now)
        seen = bookings.get(db, made.id, actor=someone)
        assert (seen.member_id, seen.organisation_id, seen.project_id) == (None, None, None)


def test_a_course_session_has_minutes_and_somebody_for_whom_it_was(place: Place) -> None:
    with place.database.write() as db:
        owner = club(db, place)
        work = project(db, place, owner)
        new = NewCourseSession(
            starts_at=place.now,
            ends_at=Utc.of(place.now + timedelta(hours=8)),
            minutes=90,
            kind=CourseSessionKind.DROP_IN,
            theme="Vélo",
            headcount=12,
            project_id=work,
        )
        made = course_sessions.create(db, new, actor=BOSS, now=place.now)
        assert (made.minutes, made.organisation_id, made.project_id) == (90, owner, work)

        def changed(**patch: object) -> CourseSession:
            return course_sessions.change(
                db, made.id, patch, version=None, actor=BOSS, now=place.now
            )

        after = changed(project_id=None, minutes=None)
        assert (after.minutes, after.organisation_id, after.project_id) == (None, None, None)
        with pytest.raises(Invalid, match="project_id"):
            changed(project_id="none")


def test_a_minor_s_guardian_is_seen_by_the_desk_and_no_agent_and_missed_until_known(
    place: Place,
) -> None:
    guardian = Guardian(name="Ana Roy", phone="+33 6 12 34 56 78")
    new = NewMember(display_name="Léo", categories=(Category.MINOR,), guardian=guardian)
    with place.database.write() as db:
        bare = NewMember(display_name="Léo", categories=(Category.MINOR,))
        assert members.create(db, bare, actor=BOSS, now=place.now).guardian_missing
        leo = members.create(db, new, actor=BOSS, now=place.now)
        assert not leo.guardian_missing
        place.badge(db, leo.id)
        desk = place.account(db, "desk", Role.DESK)
        trainer = place.account(db, "trainer", Role.TRAINER)
        own = place.account(db, "leo", Role.MEMBER, member_id=leo.id)
        seen = [members.get(db, leo.id, actor=who).guardian for who in (desk, own, trainer)]
        assert seen == [guardian, guardian, None]
        assert members.page(db, actor=trainer).items[0].guardian is None
    with place.database.read() as db:
        rows = b"".join(filter(None, db.scalars(select(PolicyRow.value))))
        assert b"minor" in rows
        assert b"Ana" not in rows
        assert b"12 34" not in rows


def test_a_guardians_fields_are_checked_strictly_and_a_place_has_words_of_its_own(
    place: Place,
) -> None:
    for guardian, field in (
        ({"name": "Ana"}, "guardian"),
        ({"name": "Ana", "phone": "call me"}, "guardian.phone"),
        ({"name": "Ana", "phone": "0612345678", "email": "x"}, "guardian.email"),
    ):
        with pytest.raises(Invalid) as caught:
            parse({"display_name": "Léo", "guardian": guardian}, NewMember)
        assert [error.field for error in caught.value.errors] == [field]
    new = parse({"display_name": "Léo", "categories": ["minor", "bénévole"]}, NewMember)
    assert new.categories == ("minor", "bénévole")
