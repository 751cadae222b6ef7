"""The funder report and what it is made of, as the API and the pages see them."""

from datetime import date
from enum import StrEnum
from typing import Annotated

import msgspec

from controller.capabilities.statistics.models import Genre, StatutSocial, TrancheAge
from controller.domain.time import Utc
from controller.kernel.shapes import LINE, Label, Line, Shape, Slug

Commune = Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=LINE)]


class Traits(Shape, frozen=True, kw_only=True):
    """What somebody says of themselves for statistics; each may be left unsaid."""

    genre: Genre = Genre.NON_COMMUNIQUE
    tranche_age: TrancheAge = TrancheAge.NON_COMMUNIQUE
    statut_social: StatutSocial = StatutSocial.NON_COMMUNIQUE
    commune: Commune | None = None
    consent: bool = False
    """That the person agrees that it is kept for this purpose."""


class NewPartner(Shape, frozen=True, kw_only=True):
    """Who funds projects."""

    name: Label
    project_ids: tuple[str, ...] = ()
    site_id: Slug | None = None


class Partner(Shape, frozen=True, kw_only=True):
    """Who funds projects, and which."""

    id: str
    site_id: Slug
    name: Label
    project_ids: tuple[str, ...]


class NewVolunteerTime(Shape, frozen=True, kw_only=True):
    """Time that people gave on a day."""

    day: date
    people: Annotated[int, msgspec.Meta(ge=1, le=1000)]
    minutes: Annotated[int, msgspec.Meta(ge=1, le=100_000)]
    """Of all of them together."""
    what: Line
    site_id: Slug | None = None


class Given(Shape, frozen=True, kw_only=True):
    """Time that people gave, as it was noted."""

    id: str
    day: date
    people: int
    minutes: int
    what: str


class Figure(StrEnum):
    """What is counted."""

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
    """In what it is counted."""

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
    """People, unless it is something else."""
    if figure is Figure.REVENUE:
        return Unit.CENTS
    if figure in _TIMED:
        return Unit.SECONDS
    return Unit.TIMES if figure in _TIMES else Unit.PEOPLE


class Counted(Shape, frozen=True, kw_only=True):
    """One figure of a month, exact, with where it is told how it was counted."""

    figure: Figure
    part: str | None
    """Of which machine, room, public, …; null: of none, or of all together."""
    name: Label | None
    value: int | float
    unit: Unit
    source: str
    """The address of a page that shows what it is the sum of."""


class FunderFigures(Shape, frozen=True, kw_only=True):
    """What was done in a month. Nothing in it is about one person, yet small numbers may be
    told apart: it is for the funder, not to be published."""

    month: str
    since: date
    """The first day that is counted: the month's, or that on which the place began."""
    until: date
    """The last day: the month's, or today."""
    visitors: int
    """People who came at least once; of two months, whoever came in both is in both."""
    active_s: float
    """In which machines worked."""
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
    """What a place did in a month."""

    site_id: Slug


class NetworkMonth(FunderFigures, frozen=True, kw_only=True):
    """What several places did in a month together: each figure is the sum of theirs. Whoever came
    to two of them is in both."""

    sites: list[FunderMonth]
    """Each place's own, in the order in which they were asked: its share."""


class TraceLine(Shape, frozen=True, kw_only=True):
    """Part of what a figure is the sum of."""

    when: str
    """A day, or the month."""
    part: str
    amount: int
    """People, times, cents, or milliseconds."""


class Rebuilt(Shape, frozen=True, kw_only=True):
    """What came of making the totals again."""

    site_id: Slug
    months: int
    figures: int
    different: list[str]
    """Which figures were not what events tell; they are now."""
    at: Utc
