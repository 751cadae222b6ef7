"""Shapes of machine sessions and of the usage report."""

from enum import StrEnum

from controller.capabilities.members.shapes import OnBehalf
from controller.domain.time import Utc
from controller.kernel.shapes import Label, Shape, Slug


class MachineSession(OnBehalf, frozen=True, kw_only=True):
    """A machine session. `member_id` is null if the person has been erased or is unknown.

    It is booked to the course session in which it took place, otherwise to what its booking names,
    otherwise to the organisation or project that its user worked for when it began. Staff can
    change that.
    """

    id: str
    site_id: Slug
    access_point: Slug
    member_id: str | None
    started_at: Utc | None
    ended_at: Utc | None
    active_s: float
    """Seconds in which a job ran."""
    idle_s: float
    """Seconds with power but without a job."""
    powered_s: float
    """Seconds with power: the sum of the active, idle and gap seconds."""
    gap_s: float
    """Seconds with power during which the agent was not running."""
    grams: float
    """Grams of material, as the printer reported."""
    cause: str | None
    """Why the session ended."""
    course_session_id: str | None
    version: int
    """Increases when somebody changes on whose behalf it was, not with reports of the agent."""


class BookedTo(OnBehalf, frozen=True, kw_only=True):
    """On whose behalf a machine session was.

    `course_session_id`: the course session in which it took place.
    """

    course_session_id: str | None
    version: int


class UsageSplit(StrEnum):
    """What the usage report is split by, in addition to access points and months."""

    ORGANISATION = "organisation"
    PROJECT = "project"


class Usage(Shape, frozen=True, kw_only=True):
    """The use of an access point in one month of its site's time zone.

    Split by organisation or project, each row names one, or none for use without one.
    """

    access_point: Slug
    month: str
    """`YYYY-MM`."""
    organisation_id: str | None = None
    project_id: str | None = None
    booked_to: Label | None = None
    """The name of the organisation or project."""
    sessions: int
    active_s: float
    idle_s: float
    powered_s: float
    active_min: int
    """Whole minutes, rounded once for the month, like the next two fields."""
    idle_min: int
    powered_min: int
    grams: float
    """Grams of material, as printers reported."""
