"""To whom a machine session is booked when it is told, late or not, and by hand afterwards."""

from datetime import timedelta

import pytest

from controller.capabilities.badges.vault import Vault
from controller.capabilities.bookings import bookings
from controller.capabilities.bookings.shapes import NewBooking
from controller.capabilities.groups import groups
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.groups.shapes import NewGroup
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members, on_behalf
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.shapes import NewMember, OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.capabilities.organisations.shapes import NewOrganisation, NewProject
from controller.capabilities.training import (
    certifications,
    course_sessions,
    enrolments,
    member_certifications,
)
from controller.capabilities.training.models import CourseSessionKind
from controller.capabilities.training.shapes import Grant, NewCertification, NewCourseSession
from controller.capabilities.usage import report as usage
from controller.capabilities.usage import sessions
from controller.capabilities.usage.models import SessionRow
from controller.capabilities.usage.shapes import MachineSession, Usage, UsageSplit
from controller.domain.facts import Level
from controller.domain.time import Utc
from controller.hub.rebuild import rebuild
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Session
from controller.kernel.errors import Invalid, NotFound, Stale
from controller.kernel.shapes import Label
from tests.hub.conftest import NOW, Place
from tests.hub.fake_agent import START
from tests.hub.world import SITE

ADMIN = Actor.system("test")
DESK = Actor(ref="account:desk", roles={SITE: frozenset({Role.DESK})})
EARLY = Utc.of(START - timedelta(days=1))


@pytest.fixture(autouse=True)
def weeks_later(place: Place) -> None:
    """The hub hears of it all afterwards."""
    place.now = Utc.of(START + timedelta(weeks=12))


def at(minutes: float) -> Utc:
    return Utc.of(START + timedelta(minutes=minutes))


class Works:
    """Ada, who is a member of a club and of two of its projects."""

    def __init__(self, place: Place) -> None:
        self.place = place
        with place.world.database.write() as db:
            self.club = organisations.create(
                db, NewOrganisation(name=Label(fr="Club")), actor=ADMIN, now=EARLY
            ).id
            self.kiln, self.boat = (
                projects.create(
                    db,
                    NewProject(name=Label(fr=name), organisation_id=self.club),
                    actor=ADMIN,
                    now=EARLY,
                ).id
                for name in ("Four", "Bateau")
            )
            new = NewMember(display_name="Ada", projects=(self.kiln, self.boat))
            self.ada = members.create(db, new, actor=ADMIN, now=EARLY).id
            self.ref = db.get_one(MemberRow, self.ada).ref

    def choose(self, project: str | None, when: Utc) -> None:
        with self.place.world.database.write() as db:
            to = OnBehalf(project_id=project)
            on_behalf.choose(db, self.ada, to, actor=ADMIN, now=when)

    def use(self, minute: float, ref: str | None = None) -> str:
        """A session of half an hour from that minute on, which is told now."""
        key = self.place.agent.record_session(minute * 60, 1800.0, member=ref or self.ref)
        self.place.send(self.place.agent.batch(self.place.agent.journal[-2:]))
        return key

    def told(self, key: str) -> MachineSession:
        with self.place.world.database.read() as db:
            return sessions.get(db, key, actor=ADMIN)

    def usage(self, split: UsageSplit | None) -> list[Usage]:
        with self.place.world.database.read() as db:
            return usage.report(
                db, SITE, first="2026-03", last="2026-03", split=split, actor=ADMIN, now=NOW
            )


@pytest.fixture
def works(place: Place) -> Works:
    return Works(place)


def test_a_session_is_booked_to_what_its_user_worked_for_as_it_began(works: Works) -> None:
    first = works.use(0)
    works.choose(works.kiln, at(31))
    works.choose(works.boat, at(62))
    # Told only now, long after she has taken up something else.
    second, third = works.use(35), works.use(70)
    found = [
        (session.organisation_id, session.project_id)
        for session in map(works.told, (first, second))
    ]
    assert found == [(None, None), (works.club, works.kiln)]
    assert works.told(third).project_id == works.boat
    by_project = {usage.project_id: usage.sessions for usage in works.usage(UsageSplit.PROJECT)}
    assert by_project == {None: 1, works.kiln: 1, works.boat: 1}
    by_club = works.usage(UsageSplit.ORGANISATION)
    assert {usage.organisation_id: usage.sessions for usage in by_club} == {None: 1, works.club: 2}
    assert {usage.booked_to for usage in by_club} == {None, Label(fr="Club")}
    (whole,) = works.usage(None)
    assert (whole.sessions, whole.project_id, whole.booked_to) == (3, None, None)
    for split in UsageSplit:
        assert sum(usage.active_s for usage in works.usage(split)) == whole.active_s


def teacher(db: Session) -> str:
    new = NewCertification(id="kilns", name=Label(fr="Fours"))
    certifications.create(db, new, actor=ADMIN, now=EARLY)
    key = members.create(db, NewMember(display_name="Zoé"), actor=ADMIN, now=EARLY).id
    grant = Grant(level=Level.TRAINER, reason="for the test")
    member_certifications.grant(db, key, "kilns", grant, actor=ADMIN, now=EARLY)
    return key


def test_a_booking_comes_before_that_and_a_course_before_both(works: Works) -> None:
    works.choose(works.kiln, EARLY)
    with works.place.world.database.write() as db:
        booked = NewBooking(
            member_id=works.ada,
            access_point="machine-0",
            starts_at=at(31),
            ends_at=at(60),
            project_id=works.boat,
        )
        bookings.create(db, booked, actor=ADMIN, now=START)
        course = NewCourseSession(
            kind=CourseSessionKind.WORKSHOP,
            starts_at=at(40),
            ends_at=at(55),
            organisation_id=works.club,
            trainer_id=teacher(db),
        )
        key = course_sessions.create(db, course, actor=ADMIN, now=START).id
        enrolments.enrol(db, key, works.ada, actor=ADMIN, now=START)
        db.get_one(AccessPointRow, "machine-0").requirement = {"certifications": [["kilns"]]}
    targets = [works.told(works.use(minute)) for minute in (0, 35, 45, 61)]
    assert [target.project_id for target in targets] == [works.kiln, works.boat, None, works.kiln]
    assert [target.course_session_id for target in targets] == [None, None, key, None]
    assert targets[2].organisation_id == works.club


def test_a_groups_session_is_its_organisations(works: Works) -> None:
    with works.place.world.database.write() as db:
        new = NewGroup(
            name="École",
            headcount=8,
            ends_at=at(600),
            organisation_id=works.club,
            value="uid:04AABBCCDDEE00",
        )
        made = groups.create(db, new, vault=Vault(bytes(32), bytes(32)), actor=ADMIN, now=START)
        ref = db.get_one(GroupRow, made.id).ref
    told = works.told(works.use(5, ref))
    assert (told.organisation_id, told.project_id, told.member_id) == (works.club, None, None)


def test_the_desk_says_it_afterwards_and_a_rebuild_leaves_it_so(works: Works) -> None:
    works.choose(works.kiln, EARLY)
    key = works.use(0)
    database = works.place.world.database
    with database.write() as db:
        before = sessions.booked_to(db, key, actor=DESK)
        assert (before.project_id, before.version) == (works.kiln, 1)
        patch = {"project_id": works.boat}
        after = sessions.change(db, key, patch, version=1, actor=DESK, now=NOW)
        assert (after.organisation_id, after.project_id, after.version) == (
            works.club,
            works.boat,
            2,
        )
        with pytest.raises(Stale):
            sessions.change(db, key, patch, version=1, actor=DESK, now=NOW)
        with pytest.raises(Invalid, match="project_id"):
            sessions.change(db, key, {"project_id": "none"}, version=2, actor=DESK, now=NOW)
        stranger = Actor(ref="x", roles={"elsewhere": frozenset({Role.ADMIN})})
        trainer = Actor(ref="x", roles={SITE: frozenset({Role.TRAINER})})
        for who in (stranger, trainer):
            with pytest.raises(NotFound):
                sessions.change(db, key, patch, version=2, actor=who, now=NOW)
            with pytest.raises(NotFound):
                sessions.booked_to(db, key, actor=who)
    works.place.send(works.place.agent.batch())
    with database.write() as db:
        assert rebuild(db) == []
        row = db.get_one(SessionRow, key)
        assert (row.project_id, row.booked_by) == (works.boat, DESK.ref)
