"""What happened, and what would happen: events, sessions, decisions, reports."""

from enum import StrEnum

from controller.domain.reasons import DenyReason
from controller.domain.time import Utc
from controller.services.shapes.courses import NextSession
from controller.services.shapes.groups import OnBehalf
from controller.services.shapes.scalars import Label, Shape, Slug


class Event(Shape, frozen=True, kw_only=True):
    """An event of an agent's journal. `at` is null when only bounds of the time are known."""

    event_id: str
    agent_id: Slug
    stream: str
    seq: int
    type: str
    access_point: Slug | None
    at: Utc | None
    received_at: Utc
    late: bool
    data: dict[str, object]
    """Its own fields; empty once retention has replaced its bytes by their hash."""


class MachineSession(OnBehalf, frozen=True, kw_only=True):
    """A machine session. `member_id` is null once the person has been erased, or is unknown.

    It is booked to the course that it was part of, else as it was reserved, else to what its user
    worked for as it began, until somebody says otherwise.
    """

    id: str
    site_id: Slug
    access_point: Slug
    member_id: str | None
    started_at: Utc | None
    ended_at: Utc | None
    active_s: float
    idle_s: float
    powered_s: float
    gap_s: float
    cause: str | None
    course_session_id: str | None
    version: int
    """Rises when somebody says on whose behalf it was, not with what the agent tells."""


class BookedTo(OnBehalf, frozen=True, kw_only=True):
    """On whose behalf a machine session was; `course_session_id`: the course it was part of."""

    course_session_id: str | None
    version: int


class Quarantined(Shape, frozen=True, kw_only=True):
    """Something signed that the hub could not take."""

    id: str
    agent_id: Slug
    stream: str
    seq: int
    received_at: Utc
    reason: str
    raw: str


class DecisionText(Shape, frozen=True, kw_only=True):
    """The decision for people: a title, then lines, in each language."""

    fr: str
    en: str


class Explained(Shape, frozen=True, kw_only=True):
    """What a member's tap at an access point would be answered now, and why."""

    access_point: Slug
    granted: bool
    reason: DenyReason | None
    detail: dict[str, object]
    text: DecisionText
    next_course_session: NextSession | None = None
    """Where enrolling would help: the next one with a free place."""


class UsageSplit(StrEnum):
    """By what the usage report is split, beyond access points and months."""

    ORGANISATION = "organisation"
    PROJECT = "project"


class Usage(Shape, frozen=True, kw_only=True):
    """The use of an access point in one month of its site's calendar.

    Split by organisation or project, each row names one, or none for what was booked to none.
    """

    access_point: Slug
    month: str
    """`YYYY-MM`."""
    organisation_id: str | None = None
    project_id: str | None = None
    booked_to: Label | None = None
    """Its name."""
    sessions: int
    active_s: float
    idle_s: float
    powered_s: float
    active_min: int
    """In whole minutes, rounded once over the month; so are the next two."""
    idle_min: int
    powered_min: int
