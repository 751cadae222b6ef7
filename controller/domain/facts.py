"""The frozen facts that `decide()` reads, and that a site's policy rows carry to its agents."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import cast

from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc


class Assurance(StrEnum):
    """What a tap proves, weakest first: a number, a signed message, a mutual authentication."""

    UID = "uid"
    SUN = "sun"
    AES = "aes"

    def covers(self, other: "Assurance") -> bool:
        """Whether this level is at least the other."""
        order = tuple(Assurance)
        return order.index(self) >= order.index(other)


class CardKind(StrEnum):
    """Cards that can prove more than their number."""

    NTAG424 = "ntag424"
    DESFIRE = "desfire"


class Level(StrEnum):
    """Levels of a certification, lowest first."""

    ACCOMPANIED = "accompanied"
    USER = "user"
    TRAINER = "trainer"


class SuspendedBecause(StrEnum):
    """Why a badge was suspended without a person deciding it."""

    COPIED = "copied"
    """It was used at two places sooner than anyone gets from one to the other."""


class CredentialStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    LOST = "lost"


class CredentialKind(StrEnum):
    """`guest` needs a host's tap; `group` works only in a supervision window, and has heads."""

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
    """An ISO 639 code. Texts in French and English are always there, a catalogue adds another."""

    FR = "fr"
    EN = "en"

    @classmethod
    def _missing_(cls, value: object) -> "Language | None":
        """Any code of two or three letters, the same object each time; nothing else."""
        if not (isinstance(value, str) and re.fullmatch("[a-z]{2,3}", value)):
            return None
        other = str.__new__(cls, value)
        other._name_, other._value_ = value.upper(), value
        return cast("Language", cls._value2member_map_.setdefault(value, other))


class Aid(StrEnum):
    """Help that a member asked for, by consent."""

    SPEECH = "speech"
    MORE_TIME = "more_time"


class CertificationKind(StrEnum):
    CERTIFICATION = "certification"
    DOCUMENT = "document"


class PointKind(StrEnum):
    MACHINE = "machine"
    DOOR = "door"


class Risk(StrEnum):
    LOW = "low"
    DOOR = "door"
    DANGEROUS = "dangerous"


class Supervisor(StrEnum):
    NO = "no"
    EACH_START = "each_start"
    WINDOW = "window"


class PresenceMode(StrEnum):
    TAP = "tap"
    SLOT = "slot"


class OnEnd(StrEnum):
    WAIT_IDLE = "wait_idle"
    REFUSE = "refuse"
    CUT = "cut"


class OnRevoke(StrEnum):
    FINISH = "finish"
    CUT = "cut"


class Takeover(StrEnum):
    DENY = "deny"
    WHEN_IDLE = "when_idle"
    ALLOW = "allow"


class BookingRule(StrEnum):
    """`respected`: free unless somebody else has booked; `required`: only one's own booking."""

    RESPECTED = "respected"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name that people read, in French, in English, or both."""

    fr: str | None = None
    en: str | None = None

    def read(self, language: Language) -> str:
        """The name in that language, else in the other."""
        first, second = (self.fr, self.en) if language is Language.FR else (self.en, self.fr)
        return first or second or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A certification or document that a member holds, for a time."""

    certification: str
    level: Level = Level.USER
    status: HeldStatus = HeldStatus.ACTIVE
    valid_from: Utc | None = None
    valid_until: Utc | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """One more subscription (or pass) of a member, beside the one that the holder names."""

    plan: str
    subscription_from: Utc | None = None
    subscription_until: Utc | None = None
    grace_days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Everything that the rule and the display need of a person behind a credential; no name."""

    member: MemberRef
    kind: CredentialKind = CredentialKind.MEMBER
    status: CredentialStatus = CredentialStatus.ACTIVE
    valid_from: Utc | None = None
    valid_until: Utc | None = None
    assurance: Assurance = Assurance.UID
    member_status: MemberStatus = MemberStatus.ACTIVE
    plan: str | None = None
    subscription_from: Utc | None = None
    subscription_until: Utc | None = None
    grace_days: int = 0
    subscriptions: tuple[Subscribed, ...] = ()
    """Others that have not ended; at each tap the one counts that grants it, for longest."""
    categories: tuple[str, ...] = ()
    certifications: tuple[Held, ...] = ()
    maintains: tuple[AccessPointId, ...] = ()
    """Access points for which this person is a maintainer."""
    supervises: tuple[str, ...] = ()
    """Zones in which this person may open a supervision window, or be the supervisor of a start."""
    headcount: int | None = None
    """Heads of a group badge."""
    language: Language = Language.FR
    aids: tuple[Aid, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """What an access point asks. All of `certifications`; of an inner tuple, any one is enough."""

    certifications: tuple[tuple[str, ...], ...] = ()
    plans: tuple[str, ...] = ()
    """Plans that may use this point; empty: any plan, but a subscription all the same."""
    subscription: bool = True
    assurance: Assurance = Assurance.UID
    supervisor: Supervisor = Supervisor.NO
    company: int = 1
    """How many people must be there, the holder among them."""
    booking: BookingRule = BookingRule.RESPECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRules:
    """How a machine session behaves. Durations in seconds."""

    presence: PresenceMode = PresenceMode.TAP
    slot_grace_s: float = 3.0
    idle_timeout_s: float = 900.0
    idle_warn_s: float = 60.0
    idle_warn_more_time_s: float = 180.0
    hold_s: float = 30.0
    """How long the meter must stay below its threshold before running becomes idle."""
    cool_down_s: float = 0.0
    on_end: OnEnd = OnEnd.WAIT_IDLE
    on_revoke: OnRevoke = OnRevoke.FINISH
    takeover: Takeover = Takeover.DENY
    max_duration_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorRules:
    """How a door behaves. Durations in seconds."""

    pulse_s: float = 5.0
    held_s: float = 30.0
    open_within_s: float = 10.0
    """A person moves zone only if the door opens within this time of the grant."""
    public_schedule: str | None = None
    """Schedule during which the door stays released."""


POLICY_MAX_AGE_S: Mapping[Risk, int] = {
    Risk.DOOR: 30 * 86_400,
    Risk.LOW: 14 * 86_400,
    Risk.DANGEROUS: 3 * 86_400,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPoint:
    """What a credential can be granted or denied: a machine, or one direction of a door."""

    id: AccessPointId
    kind: PointKind
    agent: str | None = None
    name: Name = field(default_factory=Name)
    icon: str = "cog"
    zone: str | None = None
    """Zone in which the machine stands, or that the door leads into."""
    from_zone: str | None = None
    in_service: bool = True
    service_reason: str | None = None
    commissioned: bool = False
    risk: Risk = Risk.LOW
    requirement: Requirement = field(default_factory=Requirement)
    session: SessionRules = field(default_factory=SessionRules)
    door: DoorRules = field(default_factory=DoorRules)
    policy_max_age_s: int | None = None
    """Overrides the default for the risk."""
    needs: tuple[str, ...] = ()
    """Names of rules beyond protocol version 1 that this point uses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """From start to end local time on one weekday (0 is Monday); an end of 00:00 is midnight."""

    weekday: int
    start: time
    end: time


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleException:
    """A date whose windows replace the weekly ones; with none, closed all day (a holiday)."""

    date: date
    windows: tuple[tuple[time, time], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Weekly windows in a site's time zone, and the dates that differ."""

    weekly: tuple[WeeklyWindow, ...] = ()
    exceptions: tuple[ScheduleException, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a member may use, and when. No schedule: at any time."""

    name: Name = field(default_factory=Name)
    schedule: str | None = None
    zones: tuple[str, ...] = ()
    """Zones that it opens; empty: all."""
    outside_opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A room or area that people are in or out of."""

    name: Name = field(default_factory=Name)
    capacity: int | None = None
    window_max_min: int = 240
    present: int | None = None
    """How many people are in; as old as the policy, whose head is signed again every minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Certification:
    """A certification or document, as displays and pages name it."""

    name: Name = field(default_factory=Name)
    kind: CertificationKind = CertificationKind.CERTIFICATION
    next_session: Utc | None = None
    """The next course session with a free place that would help."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """An access point booked for a member."""

    access_point: AccessPointId
    member: MemberRef
    starts_at: Utc
    ends_at: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A time in which a supervisor is answerable for others in a zone."""

    zone: str
    supervisor: MemberRef
    opened_at: Utc
    until: Utc


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One place, with everything shared by its access points that the rule reads."""

    id: str
    name: Name = field(default_factory=Name)
    time_zone: str = "Europe/Paris"
    language: Language = Language.FR
    opening: str | None = None
    """Schedule of its opening hours; none: always open."""
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    plans: Mapping[str, Plan] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)
    certifications: Mapping[str, Certification] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentTap:
    """The previous tap at the same reader: who, how well it was proved, and how long ago."""

    holder: Holder
    assurance: Assurance
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is true of this tap and this moment. With no facts the answer is no."""

    assurance: Assurance | None = None
    """The assurance of this tap."""
    clock_trusted: bool = False
    policy_age_s: float | None = None
    held_by: MemberRef | None = None
    """Who holds the machine."""
    held_running: bool | None = None
    """Whether its job runs; None: unknown, which counts as running."""
    windows: tuple[Window, ...] = ()
    recent: RecentTap | None = None
    admitted_until: Utc | None = None
    """Until when a host admitted this guest badge; None: not admitted."""
    zone_count: int | None = None
    zone_count_age_s: float | None = None
    bookings: tuple[Booking, ...] = ()
    present: int | None = None
    """How many people are in the zone, the holder among them; None: unknown."""
    fault_latched: bool = False
    open_interlocks: tuple[str, ...] = ()
    """Names of inputs that must hold for power, and do not, or are unknown."""
    open_start_inputs: tuple[str, ...] = ()
    """Names of inputs that must hold when a session starts, and do not, or are unknown."""
    unknown_needs: tuple[str, ...] = ()
    """Rules named in the point's `needs` that this program does not know."""
