"""The frozen facts that `decide()` reads; a site's policy carries them to its agents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import cast

from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc


class Assurance(StrEnum):
    """What a tap proves, weakest first: a number, a signed message, mutual authentication."""

    UID = "uid"
    SUN = "sun"
    AES = "aes"

    def covers(self, other: "Assurance") -> bool:
        """Return whether this level is at least as high as the other."""
        order = tuple(Assurance)
        return order.index(self) >= order.index(other)


class CardKind(StrEnum):
    """Kinds of cards that can prove more than their number."""

    NTAG424 = "ntag424"
    DESFIRE = "desfire"


class Level(StrEnum):
    """Levels of a certification, lowest first."""

    ACCOMPANIED = "accompanied"
    USER = "user"
    TRAINER = "trainer"


class SuspendedBecause(StrEnum):
    """Why a badge was suspended automatically."""

    COPIED = "copied"
    """The badge was used at two readers in less time than walking between them takes."""


class CredentialStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"


class CredentialKind(StrEnum):
    """Kind of a badge: `guest` needs a host's tap; `group` has a headcount and works only during a
    supervision window."""

    MEMBER = "member"
    GUEST = "guest"
    GROUP = "group"


class MemberStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LEFT = "left"


class HeldStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Language(StrEnum):
    """An ISO 639 code. French and English always exist; each other catalogue adds one."""

    FR = "fr"
    EN = "en"

    @classmethod
    def _missing_(cls, value: object) -> "Language | None":
        """Accept any code of two or three letters, returning the same object each time."""
        if not (isinstance(value, str) and re.fullmatch("[a-z]{2,3}", value)):
            return None
        other = str.__new__(cls, value)
        other._name_, other._value_ = value.upper(), value
        return cast("Language", cls._value2member_map_.setdefault(value, other))


class Aid(StrEnum):
    """Help that a member gets by consent: spoken texts, or more time."""

    SPEECH = "speech"
    MORE_TIME = "more_time"


class CertificationKind(StrEnum):
    CERTIFICATION = "certification"
    DOCUMENT = "document"


class PointKind(StrEnum):
    MACHINE = "machine"
    DOOR = "door"


class Risk(StrEnum):
    """How dangerous a point is; determines the maximum age of the policy (`POLICY_MAX_AGE_S`)."""

    LOW = "low"
    DOOR = "door"
    DANGEROUS = "dangerous"


class Supervisor(StrEnum):
    """When a supervisor is needed: never, at each start, or as long as an open supervision
    window."""

    NO = "no"
    EACH_START = "each_start"
    WINDOW = "window"


class PresenceMode(StrEnum):
    """How a session ends: by another tap, or when the badge leaves the slot."""

    TAP = "tap"
    SLOT = "slot"


class OnEnd(StrEnum):
    """What happens to a running job when the holder leaves or a limit is reached.

    `wait_idle`: the session ends with the job; `refuse`: a tap does not end it; `cut`: power off at
    once.
    """

    WAIT_IDLE = "wait_idle"
    REFUSE = "refuse"
    CUT = "cut"


class OnRevoke(StrEnum):
    """What happens to a running job when the holder's right ends: finish it, or cut the power."""

    FINISH = "finish"
    CUT = "cut"


class Takeover(StrEnum):
    """Whether another person may take over a machine in use."""

    DENY = "deny"
    WHEN_IDLE = "when_idle"
    ALLOW = "allow"


class BookingRule(StrEnum):
    """`respected`: usable unless somebody else has booked; `required`: only with one's own
    booking."""

    RESPECTED = "respected"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name for people, in French, in English, or both."""

    fr: str | None = None
    en: str | None = None

    def read(self, language: Language) -> str:
        """Return the name in that language, else in the other; empty if it has neither."""
        first, second = (self.fr, self.en) if language is Language.FR else (self.en, self.fr)
        return first or second or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldCertification:
    """A certification or document that a member holds, with its validity."""

    certification: str
    level: Level = Level.USER
    status: HeldStatus = HeldStatus.ACTIVE
    valid_from: Utc | None = None
    valid_until: Utc | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSubscription:
    """A further subscription (or pass) of a member, beside the one in `Holder`."""

    plan: str
    subscription_from: Utc | None = None
    subscription_until: Utc | None = None
    grace_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """What decisions and displays need to know about a badge's holder; never the name."""

    member: MemberRef
    kind: CredentialKind = CredentialKind.MEMBER
    status: CredentialStatus = CredentialStatus.ACTIVE
    valid_from: Utc | None = None
    """Validity of the badge, not of the member's rights."""
    valid_until: Utc | None = None
    assurance: Assurance = Assurance.UID
    member_status: MemberStatus = MemberStatus.ACTIVE
    plan: str | None = None
    subscription_from: Utc | None = None
    subscription_until: Utc | None = None
    grace_days: int = 0
    subscriptions: tuple[OtherSubscription, ...] = ()
    """Further current subscriptions; each tap uses the one that grants for longest."""
    categories: tuple[str, ...] = ()
    certifications: tuple[HeldCertification, ...] = ()
    maintains: tuple[AccessPointId, ...] = ()
    """Access points for which this person is a maintainer."""
    supervises: tuple[str, ...] = ()
    """Zones in which this person may open a supervision window or supervise a start."""
    headcount: int | None = None
    """Number of people who share a group badge."""
    language: Language = Language.FR
    aids: tuple[Aid, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What an access point requires: one certification of each group, and more."""

    certifications: tuple[tuple[str, ...], ...] = ()
    plans: tuple[str, ...] = ()
    """Plans that may use this point. Empty: any plan, but a subscription is required."""
    subscription: bool = True
    assurance: Assurance = Assurance.UID
    supervisor: Supervisor = Supervisor.NO
    company: int = 1
    """How many people must be present, the holder included."""
    booking: BookingRule = BookingRule.RESPECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """The rules of a machine's sessions; durations in seconds."""

    presence: PresenceMode = PresenceMode.TAP
    slot_grace_s: float = 3.0
    """How long the badge may leave the slot without ending the session."""
    idle_timeout_s: float = 900.0
    idle_warn_s: float = 60.0
    """Length of the warning before a session ends for being idle."""
    idle_warn_more_time_s: float = 180.0
    """Length of the warning for members who have asked for more time."""
    hold_s: float = 30.0
    """How long the meter must stay below its threshold before running becomes idle."""
    cool_down_s: float = 0.0
    on_end: OnEnd = OnEnd.WAIT_IDLE
    on_revoke: OnRevoke = OnRevoke.FINISH
    takeover: Takeover = Takeover.DENY
    max_duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules:
    """The rules of a door; durations in seconds."""

    pulse_s: float = 5.0
    """How long the strike is released."""
    held_s: float = 30.0
    """After this time an open door is reported as held open."""
    open_within_s: float = 10.0
    """A person changes zone only if the door opens within this time of the grant."""
    public_schedule: str | None = None
    """Schedule during which the door stays released."""


POLICY_MAX_AGE_S: Mapping[Risk, int] = {
    Risk.DOOR: 30 * 86_400,
    Risk.LOW: 14 * 86_400,
    Risk.DANGEROUS: 3 * 86_400,
}
"""The oldest policy, in seconds, with which a tap may still be granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """A machine, or one direction of a door."""

    id: AccessPointId
    kind: PointKind
    agent: str | None = None
    name: Name = field(default_factory=Name)
    icon: str = "cog"
    zone: str | None = None
    """Zone in which the machine stands, or that the door leads into."""
    from_zone: str | None = None
    """For a door: the zone that it leads out of; None: the outside."""
    in_service: bool = True
    service_reason: str | None = None
    commissioned: bool = False
    risk: Risk = Risk.LOW
    requirement: Requirement = field(default_factory=Requirement)
    session: SessionRules = field(default_factory=SessionRules)
    door: DoorRules = field(default_factory=DoorRules)
    policy_max_age_s: int | None = None
    """In seconds; overrides the default for the risk (`POLICY_MAX_AGE_S`)."""
    needs: tuple[str, ...] = ()
    """Rules beyond protocol version 1 that an agent must know to decide at this point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """From start to end, local time, on one weekday (0 is Monday); an end of 00:00 means
    midnight."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleException:
    """A date whose windows replace the weekly ones; without windows it is closed all day."""

    date: date
    windows: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Weekly windows in a site's time zone, and dates with other windows."""

    weekly: tuple[WeeklyWindow, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a member may use, and when; without a schedule at any time."""

    name: Name = field(default_factory=Name)
    schedule: str | None = None
    zones: tuple[str, ...] = ()
    """Zones that the plan opens; empty: all."""
    outside_opening: bool = False
    """Whether the plan is also valid outside the site's opening hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A room or area that people are in or out of."""

    name: Name = field(default_factory=Name)
    capacity: int | None = None
    window_max_min: int = 240
    """Longest supervision window, in minutes."""
    present: int | None = None
    """How many people are in the zone, at the time of the policy's head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certification:
    """The name and kind of a certification or document, as displays and pages show it."""

    name: Name = field(default_factory=Name)
    kind: CertificationKind = CertificationKind.CERTIFICATION
    next_session: Utc | None = None
    """The next course session with a free place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A member's booking of an access point."""

    access_point: AccessPointId
    member: MemberRef
    starts_at: Utc
    ends_at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A supervision window: until when a supervisor answers for others in a zone."""

    zone: str
    supervisor: MemberRef
    opened_at: Utc
    until: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One site, with all facts that its access points share."""

    id: str
    name: Name = field(default_factory=Name)
    time_zone: str = "Europe/Paris"
    language: Language = Language.FR
    opening: str | None = None
    """The schedule of its opening hours; None: always open."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    certifications: Mapping[str, Certification] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentTap:
    """The previous tap at the same reader: its holder, what it proved, and how long ago it was."""

    holder: Holder
    assurance: Assurance
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The circumstances of a tap; an unknown value never grants access."""

    assurance: Assurance | None = None
    """What this tap proved."""
    clock_trusted: bool = False
    policy_age_s: float | None = None
    held_by: MemberRef | None = None
    """The member who is using the machine."""
    held_running: bool | None = None
    """Whether that member's job is running; None: unknown, treated as running."""
    windows: tuple[Window, ...] = ()
    recent: RecentTap | None = None
    admitted_until: Utc | None = None
    """Until when a host's tap admits this guest badge; None: not admitted."""
    zone_count: int | None = None
    zone_count_age_s: float | None = None
    bookings: tuple[Booking, ...] = ()
    present: int | None = None
    """How many people are in the zone, the holder included; None: unknown."""
    fault_latched: bool = False
    open_interlocks: tuple[str, ...] = ()
    """Inputs that must be closed for power and are open or unknown."""
    open_start_inputs: tuple[str, ...] = ()
    """Inputs that must be closed at a session's start and are open or unknown."""
    unknown_needs: tuple[str, ...] = ()
    """Rules in the point's `needs` that this program does not know."""
