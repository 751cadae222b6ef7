"""The funder report, its parts, and stated traits, as the API and the pages see them."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from controller.capabilities.statistics.models import Genre, StatutSocial, TrancheAge
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Label, Line, Shape, Slug

Commune = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]


class Traits(Shape, frozen=True, kw_only=True):
    """What a person states about themselves for statistics; each answer is optional."""

    genre: Genre = Genre.NON_COMMUNIQUE
    tranche_age: TrancheAge = TrancheAge.NON_COMMUNIQUE
    statut_social: StatutSocial = StatutSocial.NON_COMMUNIQUE
    commune: Commune | None = None
    consent: bool = False
    """Whether the person agrees that it is stored for this purpose."""


class NewPartner(Shape, frozen=True, kw_only=True):
    """A partner to add, and the projects that it funds."""

    name: Label
    project_ids: tuple[str, ...] = ()
    site_id: Slug | None = None


class Partner(Shape, frozen=True, kw_only=True):
    """A partner, and the projects that it funds."""

    id: str
    site_id: Slug
    name: Label
    project_ids: tuple[str, ...]


class NewVolunteerTime(Shape, frozen=True, kw_only=True):
    """Volunteers' time on a day, to be recorded."""

    day: date
    people: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    """Total of all of them together."""
    what: Line
    site_id: Slug | None = None


class VolunteerEntry(Shape, frozen=True, kw_only=True):
    """Volunteers' time on a day, as it was recorded."""

    id: str
    day: date
    people: int
    minutes: int
    what: str


class Figure(StrEnum):
    """What is counted in the funder report."""

    VISITORS = "visitors"
    PUBLIC_VISITORS = "visitors_by_public"
    ENTRIES = "entries"
    PRESENCE = "presence"
    USES = "uses"
    MACHINE_TIME = "machine_time"
    ROOM_TIME = "room_time"
    PUBLIC_TIME = "public_time"
    ORGANISATION_TIME = "organisation_time"
    PROJECT_TIME = "project_time"
    PARTNER_TIME = "partner_time"
    COURSES = "course_sessions"
    TAUGHT = "taught"
    HEADCOUNT = "headcount"
    CERTIFIED = "certified"
    CERTIFICATIONS = "certifications"
    VOLUNTEERS = "volunteer_time"
    DOWNTIME = "downtime"
    STOPS = "stops"
    REPAIRS = "repairs"
    REVENUE = "revenue"
    GENRE = "genre"
    TRANCHE_AGE = "tranche_age"
    STATUT_SOCIAL = "statut_social"
    COMMUNE = "commune"


class Unit(StrEnum):
    """The unit of a figure."""

    PEOPLE = "people"
    TIMES = "times"
    SECONDS = "s"
    CENTS = "cents"


_TIMED = frozenset(
    (
        *(Figure.PRESENCE, Figure.MACHINE_TIME, Figure.ROOM_TIME, Figure.PUBLIC_TIME),
        *(Figure.ORGANISATION_TIME, Figure.PROJECT_TIME, Figure.PARTNER_TIME),
        *(Figure.TAUGHT, Figure.VOLUNTEERS, Figure.DOWNTIME),
    )
)
_COUNTED = frozenset((Figure.ENTRIES, Figure.USES, Figure.COURSES, Figure.CERTIFICATIONS))
_TIMES = _COUNTED | {Figure.STOPS, Figure.REPAIRS}


def unit_of(figure: Figure) -> Unit:
    """Return the figure's unit; people, unless it is money, a time or a number of times."""
    if figure is Figure.REVENUE:
        return Unit.CENTS
    if figure in _TIMED:
        return Unit.SECONDS
    return Unit.TIMES if figure in _TIMES else Unit.PEOPLE


class Counted(Shape, frozen=True, kw_only=True):
    """An exact figure of a month, with the address of the page that shows how it was counted."""

    figure: Figure
    part: str | None
    """Key of the machine, room, category, …; null: none, or all together."""
    name: Label | None
    value: int | float
    unit: Unit
    source: str
    """Address of a page that shows which amounts add up to it."""


class FunderFigures(Shape, frozen=True, kw_only=True):
    """What was done in a month.

    Contains no names, but small numbers could identify somebody, so it is for the funder and not
    for publication.
    """

    month: str
    since: date
    """The first day that is counted: of the month, or when the place began."""
    until: date
    """The last day that is counted: of the month, or today."""
    visitors: int
    """People who came at least once; somebody who came in two months is counted in both."""
    active_s: float
    """Seconds in which machines worked."""
    uses: int
    course_sessions: int
    taught_min: int
    headcount: int
    certified: int
    volunteer_min: int
    downtime_s: float
    repairs: int
    revenue_cents: int
    figures: list[Counted]


class FunderMonth(FunderFigures, frozen=True, kw_only=True):
    """The figures of a place in a month."""

    site_id: Slug


class NetworkMonth(FunderFigures, frozen=True, kw_only=True):
    """The figures of several places in a month: sums of the places' own.

    People who came to two of them are counted in both.
    """

    sites: list[FunderMonth]
    """Each place's own figures, in the order in which they were requested."""


class TraceLine(Shape, frozen=True, kw_only=True):
    """One of the amounts that add up to a figure."""

    when: str
    """A day, or the month."""
    part: str
    amount: int
    """Number of people or times, cents, or milliseconds, by figure."""


class Rebuilt(Shape, frozen=True, kw_only=True):
    """The result of recomputing the totals."""

    site_id: Slug
    months: int
    figures: int
    different: list[str]
    """Lines about the figures that were wrong; they are corrected now."""
    at: Utc
