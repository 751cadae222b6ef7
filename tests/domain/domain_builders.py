"""Facts of a place where a tap is granted, to be changed one field at a time."""

from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta

from controller.domain.access.decide import Decision, decide
from controller.domain.facts import (
    AccessPoint,
    Assurance,
    Certification,
    CertificationKind,
    Context,
    HeldCertification,
    Holder,
    Name,
    Plan,
    PointKind,
    RecentTap,
    Requirement,
    Risk,
    Schedule,
    ScheduleException,
    Site,
    WeeklyWindow,
    Window,
    Zone,
)
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc

NOW = Utc.parse("2026-11-24T10:00:00.000Z")
"""A Tuesday, 11:00 in Paris."""

LASER = AccessPointId("laser")
ANA, BEN, EVE = MemberRef("ana"), MemberRef("ben"), MemberRef("eve")

DAYTIME = Schedule(
    weekly=tuple(WeeklyWindow(weekday=d, start=time(9), end=time(18)) for d in range(6)),
    exceptions=(ScheduleException(date=date(2026, 12, 25)),),
)
MORNINGS = Schedule(
    weekly=tuple(WeeklyWindow(weekday=d, start=time(8), end=time(12)) for d in range(7))
)
NEVER = Schedule()


def after(**duration: float) -> Utc:
    """NOW and so much more: `after(days=3)`."""
    return NOW + timedelta(**duration)


def site() -> Site:
    """La Fabrique: open in the daytime, with two plans and three certifications."""
    return Site(
        id="fabrique",
        opening="daytime",
        schedules={"daytime": DAYTIME, "mornings": MORNINGS, "never": NEVER},
        plans={
            "full": Plan(name=Name(fr="Complet", en="Full")),
            "morning": Plan(name=Name(fr="Matin", en="Morning"), schedule="mornings"),
            "night": Plan(name=Name(fr="Nuit", en="Night"), outside_opening=True),
            "closed": Plan(schedule="never", outside_opening=True),
            "upstairs": Plan(name=Name(fr="Étage", en="Upstairs"), zones=("office",)),
        },
        zones={
            "workshop": Zone(name=Name(fr="Atelier", en="Workshop"), capacity=10, window_max_min=60)
        },
        certifications={
            "laser": Certification(
                name=Name(fr="Découpe laser", en="Laser cutting"), next_session=after(days=4)
            ),
            "wood": Certification(name=Name(fr="Bois", en="Wood")),
            "rules": Certification(
                name=Name(fr="Règlement signé", en="Rules signed"), kind=CertificationKind.DOCUMENT
            ),
        },
    )


def point() -> AccessPoint:
    """A dangerous machine in the workshop that asks for a certification and a document."""
    return AccessPoint(
        id=LASER,
        kind=PointKind.MACHINE,
        zone="workshop",
        commissioned=True,
        risk=Risk.DANGEROUS,
        requirement=Requirement(certifications=(("laser",), ("rules",))),
    )


def holder() -> Holder:
    """A member who may use it."""
    return Holder(
        member=ANA,
        plan="full",
        certifications=(
            HeldCertification(certification="laser"),
            HeldCertification(certification="rules"),
        ),
    )


def context() -> Context:
    """A fresh tap, at a machine that nobody holds."""
    return Context(assurance=Assurance.UID, clock_trusted=True, policy_age_s=0.0)


def supervisor_tap(member: MemberRef = BEN, age_s: float = 10.0) -> RecentTap:
    """A supervisor of the workshop has just tapped."""
    who = Holder(member=member, supervises=("workshop",))
    return RecentTap(holder=who, assurance=Assurance.UID, age_s=age_s)


def window(member: MemberRef = BEN, minutes: float = 30, zone: str = "workshop") -> Window:
    """A supervision window opened ten minutes ago."""
    return Window(
        zone=zone, supervisor=member, opened_at=after(minutes=-10), until=after(minutes=minutes)
    )


@dataclass(frozen=True)
class Scene:
    """A tap that is granted, unless something is changed."""

    holder: Holder | None = field(default_factory=holder)
    point: AccessPoint = field(default_factory=point)
    site: Site = field(default_factory=site)
    now: Utc = NOW
    context: Context = field(default_factory=context)

    def decide(self) -> Decision:
        return decide(self.holder, self.point, self.site, self.now, self.context)

    def with_holder(self, **changes: object) -> "Scene":
        assert self.holder is not None
        return replace(self, holder=replace(self.holder, **changes))  # type: ignore[arg-type]

    def with_point(self, **changes: object) -> "Scene":
        return replace(self, point=replace(self.point, **changes))  # type: ignore[arg-type]

    def with_requirement(self, **changes: object) -> "Scene":
        changed = replace(self.point.requirement, **changes)  # type: ignore[arg-type]
        return self.with_point(requirement=changed)

    def with_session(self, **changes: object) -> "Scene":
        return self.with_point(session=replace(self.point.session, **changes))  # type: ignore[arg-type]

    def with_site(self, **changes: object) -> "Scene":
        return replace(self, site=replace(self.site, **changes))  # type: ignore[arg-type]

    def with_context(self, **changes: object) -> "Scene":
        return replace(self, context=replace(self.context, **changes))  # type: ignore[arg-type]

    def at(self, now: Utc) -> "Scene":
        return replace(self, now=now)
