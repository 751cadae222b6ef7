"""A network's whole life in fixed rows and ids, one transaction a step: what agents are told of it.

Rows are written as they are, not through services, so that every key and every byte is fixed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from controller import policy
from controller.capabilities.agents.models import HubKey
from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.bookings.models import BookingRow
from controller.capabilities.groups.models import GroupRow, WindowRow
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members.models import Maintainer, MemberRow, MemberSite, Supervisor
from controller.capabilities.places.models import ScheduleRow, SiteRow, ZoneRow
from controller.capabilities.plans.models import (
    PassKind,
    PassRow,
    PassUse,
    PlanRow,
    SubscriptionRow,
)
from controller.capabilities.presence.models import PresenceRow
from controller.capabilities.training.models import (
    CertificationRow,
    CourseRow,
    CourseSessionKind,
    CourseSessionRow,
    EnrolmentRow,
    EnrolmentStatus,
    HeldRow,
    Scope,
    ValidityKind,
)
from controller.domain.facts import (
    Assurance,
    CertificationKind,
    CredentialKind,
    CredentialStatus,
    HeldStatus,
    Language,
    Level,
    MemberStatus,
)
from controller.domain.time import Utc
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.store.base import Base
from tests.capabilities import second_site
from tests.capabilities.conftest import Place
from tests.capabilities.second_site import THERE


def key(number: int) -> str:
    """An id."""
    return f"019c0000-0000-7000-8000-{number:012d}"


AMINA, BRUNO, CHLOE, DENIS, ELSA = map(key, range(1, 6))
CLASS, GUESTS = key(11), key(12)
REF = 100
"""How far a person's or group's reference is from their id."""


@dataclass
class Story:
    """A place, and the rows that it gets."""

    place: Place
    rows: int = 1000
    since: Utc = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.place.now

    def at(self, hours: float) -> Utc:
        """A moment so many hours after the beginning."""
        return Utc.of(self.since + timedelta(hours=hours))

    def id(self) -> str:
        """The next id."""
        self.rows += 1
        return key(self.rows)

    def person(self, id: str, site: str = "here", **more: Any) -> MemberRow:
        given: dict[str, Any] = {
            "ref": key(int(id[-12:]) + REF),
            "display_name": "Somebody",
            "language": Language.FR,
            "categories": [],
            "aids": [],
            "status": MemberStatus.ACTIVE,
            "created_at": self.since,
        }
        return MemberRow(id=id, site_id=site, **(given | more))

    def badge(self, name: str, **more: Any) -> CredentialRow:
        given: dict[str, Any] = {
            "id": self.id(),
            "sealed": b"",
            "masked": "…",
            "assurance": Assurance.UID,
            "status": CredentialStatus.ACTIVE,
            "created_at": self.since,
        }
        return CredentialRow(holder_key=f"badge-{name}", **(given | more))

    def subscribed(self, member: str, plan: str, start: float, end: float | None) -> Base:
        until = None if end is None else self.at(end)
        return SubscriptionRow(
            id=self.id(),
            member_id=member,
            plan_id=plan,
            valid_from=self.at(start),
            valid_until=until,
        )

    def holds(self, member: str, certification: str, **more: Any) -> HeldRow:
        given: dict[str, Any] = {
            "level": Level.USER,
            "status": HeldStatus.ACTIVE,
            "valid_from": self.since,
            "granted_by": "system:story",
            "granted_at": self.since,
        }
        return HeldRow(member_id=member, certification_id=certification, **(given | more))

    def group(self, id: str, site: str, **more: Any) -> GroupRow:
        given: dict[str, Any] = {
            "ref": key(int(id[-12:]) + REF),
            "name": "Class",
            "headcount": 12,
            "accompanied": ["kiln", "laser"],
            "ends_at": self.at(6),
            "created_by": "system:story",
            "created_at": self.since,
        }
        return GroupRow(id=id, site_id=site, **(given | more))

    def inside(self, number: int, site: str, zone: str | None, heads: int) -> PresenceRow:
        return PresenceRow(
            id=key(number),
            site_id=site,
            zone_id=zone,
            heads=heads,
            moved_at=self.since,
            by_desk=True,
        )

    def session(self, number: int, site: str, course: str | None, start: float) -> CourseSessionRow:
        return CourseSessionRow(
            id=key(number),
            site_id=site,
            course_id=course,
            kind=CourseSessionKind.COURSE,
            starts_at=self.at(start),
            ends_at=self.at(start + 2),
            places=1,
            is_open=True,
            created_by="system:story",
        )

    def enrolled(self, session: int, member: str) -> EnrolmentRow:
        return EnrolmentRow(
            session_id=key(session), member_id=member, id=self.id(), status=EnrolmentStatus.ENROLLED
        )


Step = Callable[[Story, Session], Iterable[Base] | None]


def a_second_site(s: Story, db: Session) -> None:
    second_site.add(db, s.since)


def what_is_taught(s: Story, db: Session) -> Iterable[Base]:
    yield CertificationRow(
        id="kiln",
        site_id=THERE,
        scope=Scope.SITE,
        name={"fr": "Four"},
        kind=CertificationKind.CERTIFICATION,
        validity_kind=ValidityKind.DATE,
        validity_date=date(2027, 8, 31),
    )
    for name, site, grants in (
        ("cutting", "here", ["laser"]),
        ("firing", THERE, ["kiln", "laser"]),
    ):
        yield CourseRow(
            id=name,
            site_id=site,
            scope=Scope.NETWORK,
            name={"fr": name},
            grants=grants,
            requires=[],
        )


def course_sessions(s: Story, db: Session) -> Iterable[Base]:
    yield s.session(31, "here", "cutting", 48)
    yield s.session(32, "here", "cutting", 96)
    yield s.session(33, THERE, "firing", 24)
    yield s.session(34, "here", None, 12)


def hub_keys(s: Story, db: Session) -> Iterable[Base]:
    for number in (1, 2):
        yield HubKey(
            kid=f"{number:016x}",
            name=f"hub-{number}",
            public_key=f"{number}" * 43,
            created_at=s.since,
        )


def people(s: Story, db: Session) -> Iterable[Base]:
    yield s.person(AMINA, categories=["student", "minor"], aids=["speech", "more_time"])
    yield s.person(BRUNO, language=Language.EN)
    yield s.person(CHLOE, THERE, status=MemberStatus.SUSPENDED)
    yield s.person(DENIS)
    yield s.person(ELSA, THERE)


def where_they_are_known(s: Story, db: Session) -> Iterable[Base]:
    yield MemberSite(member_id=BRUNO, site_id=THERE)
    yield MemberSite(member_id=CHLOE, site_id="here")


def badges(s: Story, db: Session) -> Iterable[Base]:
    yield s.badge("amina-1", member_id=AMINA, assurance=Assurance.AES, valid_from=s.at(-5))
    yield s.badge("amina-2", member_id=AMINA, status=CredentialStatus.LOST)
    yield s.badge("bruno", member_id=BRUNO, valid_until=s.at(999), assurance=Assurance.SUN)
    yield s.badge("chloe", member_id=CHLOE, kind=CredentialKind.GUEST)
    yield s.badge("elsa", member_id=ELSA, lent=True)


def subscriptions(s: Story, db: Session) -> Iterable[Base]:
    yield s.subscribed(AMINA, "atelier", -24, 24)
    yield s.subscribed(AMINA, "atelier", 24, 72)
    yield s.subscribed(AMINA, "bureau", -48, None)
    yield s.subscribed(BRUNO, "bureau", -99, -1)
    yield s.subscribed(BRUNO, "visit", 5, 50)
    yield s.subscribed(DENIS, "atelier", -1, None)
    yield s.subscribed(ELSA, "visit", -9, 9)


def passes(s: Story, db: Session) -> Iterable[Base]:
    for number, member, plan, units in ((41, BRUNO, "atelier", 2), (42, ELSA, "visit", 1)):
        yield PassRow(
            id=key(number),
            member_id=member,
            plan_id=plan,
            kind=PassKind.DAY,
            units=units,
            valid_from=s.at(-2),
            valid_until=s.at(500),
        )


def certified(s: Story, db: Session) -> Iterable[Base]:
    yield s.holds(AMINA, "laser", level=Level.TRAINER)
    yield s.holds(AMINA, "rules", valid_until=s.at(400))
    yield s.holds(BRUNO, "laser", status=HeldStatus.SUSPENDED)
    yield s.holds(BRUNO, "kiln")
    yield s.holds(CHLOE, "rules")
    yield s.holds(CHLOE, "kiln", level=Level.ACCOMPANIED)


def duties(s: Story, db: Session) -> Iterable[Base]:
    yield Maintainer(member_id=AMINA, access_point_id="laser-1")
    yield Maintainer(member_id=AMINA, access_point_id="door-1")
    yield Maintainer(member_id=BRUNO, access_point_id="laser-there")
    yield Maintainer(member_id=BRUNO, access_point_id="laser-1")
    yield Supervisor(member_id=BRUNO, zone_id="workshop")
    yield Supervisor(member_id=BRUNO, zone_id="hall")


def groups(s: Story, db: Session) -> Iterable[Base]:
    yield s.group(CLASS, "here")
    yield s.group(GUESTS, THERE, headcount=3)
    db.flush()
    yield s.badge("class", group_id=CLASS, assurance=Assurance.AES)
    yield s.badge("guests", group_id=GUESTS, status=CredentialStatus.SUSPENDED)


def windows(s: Story, db: Session) -> Iterable[Base]:
    for number, site, zone in ((51, "here", "workshop"), (52, THERE, "hall"), (53, "here", "hall")):
        yield WindowRow(
            id=key(number),
            site_id=site,
            zone_id=zone,
            supervisor=key(2 + REF) if number < 53 else None,
            opened_at=s.since,
            until=s.at(3),
        )


def bookings(s: Story, db: Session) -> Iterable[Base]:
    for number, site, member, what in (
        (61, "here", AMINA, {"access_point_id": "laser-1"}),
        (62, "here", AMINA, {"zone_id": "workshop"}),
        (63, THERE, BRUNO, {"access_point_id": "laser-there"}),
    ):
        yield BookingRow(
            id=key(number),
            site_id=site,
            member_id=member,
            starts_at=s.at(1),
            ends_at=s.at(2),
            created_by="system:story",
            created_at=s.since,
            **what,
        )


def who_is_in(s: Story, db: Session) -> Iterable[Base]:
    yield s.inside(71, "here", "workshop", 1)
    yield s.inside(72, "here", "workshop", 12)
    yield s.inside(73, THERE, "hall", 3)
    yield s.inside(74, "here", None, 0)


def somebody_moves_to_the_other_site(s: Story, db: Session) -> None:
    row = db.get_one(PresenceRow, key(71))
    row.site_id, row.zone_id = THERE, "hall"


def a_group_goes(s: Story, db: Session) -> None:
    db.delete(db.get_one(PresenceRow, key(72)))


def the_last_place_is_taken(s: Story, db: Session) -> Iterable[Base]:
    yield s.enrolled(31, DENIS)


def an_enrolment_is_cancelled(s: Story, db: Session) -> None:
    row = db.get_one(EnrolmentRow, (key(31), DENIS))
    row.status = EnrolmentStatus.CANCELLED


def a_course_session_begins(s: Story, db: Session) -> None:
    db.get_one(CourseSessionRow, key(33)).is_open = False


def a_course_session_is_of_another_course(s: Story, db: Session) -> None:
    db.get_one(CourseSessionRow, key(32)).course_id = "firing"


def a_course_grants_something_else(s: Story, db: Session) -> None:
    db.get_one(CourseRow, "cutting").grants = ["rules"]


def a_certification_is_renamed(s: Story, db: Session) -> None:
    db.get_one(CertificationRow, "rules").name = {"fr": "Charte", "en": "Charter"}


def a_certification_counts_at_home_only(s: Story, db: Session) -> None:
    db.get_one(CertificationRow, "laser").scope = Scope.SITE


def a_certification_counts_everywhere(s: Story, db: Session) -> None:
    db.get_one(CertificationRow, "kiln").scope = Scope.NETWORK


def a_certification_is_suspended(s: Story, db: Session) -> None:
    db.get_one(HeldRow, (AMINA, "rules")).status = HeldStatus.SUSPENDED


def grace(s: Story, db: Session) -> None:
    db.get_one(PlanRow, "bureau").grace_days = 5
    db.get_one(PlanRow, "visit").grace_days = 1


def a_plan_has_rules(s: Story, db: Session) -> None:
    row = db.get_one(PlanRow, "atelier")
    row.schedule_id, row.zones, row.outside_opening = "week", ["workshop"], True


def opening_hours(s: Story, db: Session) -> None:
    site = db.get_one(SiteRow, "here")
    site.opening, site.name = "week", {"en": "Here"}


def a_holiday(s: Story, db: Session) -> None:
    row = db.get_one(ScheduleRow, "week")
    row.data = row.data | {"exceptions": [{"date": "2026-12-25"}]}


def a_smaller_zone(s: Story, db: Session) -> None:
    row = db.get_one(ZoneRow, "workshop")
    row.capacity, row.window_max_min = 4, 30


def out_of_service(s: Story, db: Session) -> None:
    row = db.get_one(AccessPointRow, "laser-1")
    row.in_service, row.service_reason, row.policy_max_age_s = False, "lens", 600


def a_hub_key_is_retired(s: Story, db: Session) -> None:
    db.get_one(HubKey, f"{1:016x}").retired_at = s.since


def a_member_is_suspended(s: Story, db: Session) -> None:
    db.get_one(MemberRow, BRUNO).status = MemberStatus.SUSPENDED


def a_member_is_unknown_there(s: Story, db: Session) -> None:
    db.delete(db.get_one(MemberSite, (BRUNO, THERE)))


def a_member_is_known_there_again(s: Story, db: Session) -> Iterable[Base]:
    yield MemberSite(member_id=BRUNO, site_id=THERE)


def a_pass_is_spent(s: Story, db: Session) -> Iterable[Base]:
    for member, number in ((BRUNO, 41), (ELSA, 42)):
        yield PassUse(
            id=s.id(),
            pass_id=key(number),
            member_id=member,
            day=date(2026, 11, 24),
            half=0,
            starts_at=s.at(-11),
            ends_at=s.at(13),
        )


def a_badge_is_given_back(s: Story, db: Session) -> None:
    db.delete(badge_of(db, "bruno"))


def a_badge_is_lent_to_another(s: Story, db: Session) -> Iterable[Base]:
    db.delete(badge_of(db, "elsa"))
    db.flush()
    yield s.badge("elsa", member_id=DENIS, lent=True)


def a_group_gets_the_badge_of_a_member(s: Story, db: Session) -> Iterable[Base]:
    db.delete(badge_of(db, "amina-2"))
    db.flush()
    yield s.badge("amina-2", group_id=GUESTS)


def a_group_is_smaller(s: Story, db: Session) -> None:
    row = db.get_one(GroupRow, CLASS)
    row.headcount, row.accompanied, row.ends_at = 9, ["rules"], s.at(3)


def a_group_ends(s: Story, db: Session) -> None:
    db.get_one(GroupRow, CLASS).ended_at = s.since
    db.delete(badge_of(db, "class"))


def a_window_is_closed(s: Story, db: Session) -> None:
    db.get_one(WindowRow, key(51)).closed_at = s.since


def a_window_becomes_known(s: Story, db: Session) -> None:
    db.get_one(WindowRow, key(53)).supervisor = key(1 + REF)


def a_booking_is_over(s: Story, db: Session) -> None:
    db.get_one(BookingRow, key(61)).closed_at = s.since


def a_subscription_ends_early(s: Story, db: Session) -> None:
    last = select(SubscriptionRow).where(SubscriptionRow.valid_until == s.at(72))
    db.scalars(last).one().valid_until = s.at(30)


def a_duty_ends(s: Story, db: Session) -> None:
    db.delete(db.get_one(Supervisor, (BRUNO, "workshop")))
    db.delete(db.get_one(Maintainer, (AMINA, "door-1")))


def a_bulk_statement_by_hand(s: Story, db: Session) -> None:
    by_hand = {INVALIDATED_BY_HAND: True}
    db.execute(delete(HeldRow).where(HeldRow.member_id == CHLOE), execution_options=by_hand)
    site = {"member_id": AMINA, "site_id": THERE}
    db.execute(insert(MemberSite), [site], execution_options=by_hand)
    policy.invalidate(db, "member", [CHLOE, AMINA])


def two_flushes(s: Story, db: Session) -> None:
    row = db.get_one(MemberRow, DENIS)
    row.categories = ["staff"]
    db.flush()
    row.categories = ["staff", "night"]


def nothing_that_agents_know(s: Story, db: Session) -> None:
    db.get_one(MemberRow, AMINA).display_name = "Amina D."


def days_pass(s: Story, db: Session) -> None:
    before = s.place.now
    policy.refresh_due(db, before, s.place.clock.forward(hours=40))


def weeks_pass(s: Story, db: Session) -> None:
    before = s.place.now
    policy.refresh_due(db, before, s.place.clock.forward(hours=500))


def people_go(s: Story, db: Session) -> None:
    for model in (SubscriptionRow, PassUse, PassRow, HeldRow, Maintainer, Supervisor, MemberSite):
        for row in db.query(model).filter_by(member_id=AMINA):
            db.delete(row)
    db.delete(badge_of(db, "amina-1"))
    for row in db.query(BookingRow).filter_by(member_id=AMINA):
        db.delete(row)
    db.flush()
    db.delete(db.get_one(MemberRow, AMINA))


def another_language(s: Story, db: Session) -> None:
    db.get_one(SiteRow, THERE).language = Language.EN


def badge_of(db: Session, name: str) -> CredentialRow:
    """The badge of this name."""
    return db.query(CredentialRow).filter_by(holder_key=f"badge-{name}").one()


STEPS: tuple[Step, ...] = (
    a_second_site,
    what_is_taught,
    course_sessions,
    hub_keys,
    people,
    where_they_are_known,
    badges,
    subscriptions,
    passes,
    certified,
    duties,
    groups,
    windows,
    bookings,
    who_is_in,
    somebody_moves_to_the_other_site,
    a_group_goes,
    the_last_place_is_taken,
    an_enrolment_is_cancelled,
    a_course_session_begins,
    a_course_session_is_of_another_course,
    a_course_grants_something_else,
    a_certification_is_renamed,
    a_certification_counts_at_home_only,
    a_certification_counts_everywhere,
    a_certification_is_suspended,
    grace,
    a_plan_has_rules,
    opening_hours,
    a_holiday,
    a_smaller_zone,
    out_of_service,
    a_hub_key_is_retired,
    a_member_is_suspended,
    a_member_is_unknown_there,
    a_member_is_known_there_again,
    a_pass_is_spent,
    a_badge_is_given_back,
    a_badge_is_lent_to_another,
    a_group_gets_the_badge_of_a_member,
    a_group_is_smaller,
    a_group_ends,
    a_window_is_closed,
    a_window_becomes_known,
    a_booking_is_over,
    a_subscription_ends_early,
    a_duty_ends,
    a_bulk_statement_by_hand,
    two_flushes,
    nothing_that_agents_know,
    days_pass,
    weeks_pass,
    people_go,
    another_language,
)
