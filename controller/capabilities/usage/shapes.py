"""What happened, and what would happen: events, sessions, decisions, reports."""

from enum import StrEnum

from controller.capabilities.members.shapes import OnBehalf
from controller.domain.time import Utc
from controller.kernel.shapes import Label, Shape, Slug


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
    grams: float
    """Of material, as its printer reported."""
    cause: str | None
    course_session_id: str | None
    version: int
    """Rises when somebody says on whose behalf it was, not with what the agent tells."""


class BookedTo(OnBehalf, frozen=True, kw_only=True):
    """On whose behalf a machine session was; `course_session_id`: the course it was part of."""

    course_session_id: str | None
    version: int


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
    grams: float
    """Of material, as printers reported."""
