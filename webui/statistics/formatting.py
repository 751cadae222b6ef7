"""Figures and their parts in words: names, how they are counted, and units."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.others import REMISSION
from controller.capabilities.statistics.shapes import Figure, Unit, unit_of
from controller.capabilities.training.models import CourseSessionKind
from webui.billing.formatting import euros
from webui.i18n import _, locale, pgettext, plural
from webui.i18n.dates import format_day, month_name
from webui.naming import read_label

HOUR_MS = 3_600_000
NOT_STATED = "non_communique"
"""Value for *not stated*."""


def when_words(when: str) -> str:
    """Return a day or a month in words."""
    if len(when) == len("2026-11"):
        return month_name(when)
    return format_day(date.fromisoformat(when), "EEE d MMM")


@lru_cache(maxsize=4096)
def _decimal(amount: float, pattern: str, language: Locale) -> str:
    """Format a number, from a cache: a page has hundreds of numbers, many of them the same."""
    return format_decimal(amount, format=pattern, locale=language)


def number(amount: float) -> str:
    """Return a number, such as `1 168`."""
    return _decimal(amount, "#,##0.##", locale())


def hours(milliseconds: float) -> str:
    """Return hours, such as `212 h`.

    With one decimal below ten, and never zero for a positive time.
    """
    n = milliseconds / HOUR_MS
    if 0 < n < 0.05:
        return _("< %(n)s h", n=_decimal(0.1, "#,##0.#", locale()))
    return _("%(n)s h", n=_decimal(_round_hours(n), "#,##0.#", locale()))


def hours_between(one: float, other: float) -> str:
    """Return the difference of two times as a reader computes it from what `hours` says of each."""
    return hours(abs(_round_hours(one / HOUR_MS) - _round_hours(other / HOUR_MS)) * HOUR_MS)


def _round_hours(hour_count: float) -> float:
    return round(hour_count) if hour_count >= 10 else round(hour_count, 1)


def exact_hours(milliseconds: float) -> str:
    """Return hours with two decimals, such as `212,35 h`."""
    return _("%(n)s h", n=_decimal(milliseconds / HOUR_MS, "#,##0.00", locale()))


def amount_words(figure: Figure, amount: int) -> str:
    """Return an amount in its unit: people, times, cents, or milliseconds."""
    unit = unit_of(figure)
    if unit is Unit.CENTS:
        return euros(amount)
    return exact_hours(amount) if unit is Unit.SECONDS else number(amount)


def people(count: int) -> str:
    """Return a number of people, such as `96 personnes`."""
    return plural("%(n)s person", "%(n)s people", count)


def _revenue_words() -> Mapping[str, str]:
    return {
        SourceKind.SESSION: _("Machine time"),
        SourceKind.BOOKING: _("Rooms and desks booked"),
        SourceKind.PASS: _("Passes sold"),
        SourceKind.SUBSCRIPTION: _("Subscriptions"),
        SourceKind.ENTRY: _("Materials and courses"),
        REMISSION: _("Remissions"),
    }


def largest_words(figure: Figure, part: str, name: str, share: int) -> str:
    """Return a text on the largest part and its share of the whole in percent."""
    if figure is Figure.REVENUE and part in (text := _largest_revenue(share)):
        return text[part]
    return _("%(name)s: %(share)s%% of the total.", name=name, share=share)


def _largest_revenue(share: int) -> Mapping[str, str]:
    return {
        SourceKind.SESSION: _("Machine time is %(share)s%% of the total.", share=share),
        SourceKind.BOOKING: _(
            "Bookings of rooms and desks are %(share)s%% of the total.", share=share
        ),
        SourceKind.PASS: _("Passes are %(share)s%% of the total.", share=share),
        SourceKind.SUBSCRIPTION: _("Subscriptions are %(share)s%% of the total.", share=share),
        SourceKind.ENTRY: _("Materials and courses are %(share)s%% of the total.", share=share),
    }


def genre_words() -> Mapping[str, str]:
    """Return the labels of genders, by the values of the Coop numérique."""
    return {"feminin": _("Female"), "masculin": _("Male"), NOT_STATED: _("Not stated")}


def tranche_words() -> Mapping[str, str]:
    """Return the labels of age groups, by the values of the Coop numérique."""
    return {
        "moins_de_douze": _("Under 12 years"),
        "douze_dix_huit": _("12 – 17 years"),
        "dix_huit_vingt_quatre": _("18 – 24 years"),
        "vingt_cinq_trente_neuf": _("25 – 39 years"),
        "quarante_cinquante_neuf": _("40 – 59 years"),
        "soixante_soixante_neuf": _("60 – 69 years"),
        "soixante_dix_plus": _("70 years and more"),
        NOT_STATED: _("Not stated"),
    }


def statut_words() -> Mapping[str, str]:
    """Return the labels of social status, by the values of the Coop numérique."""
    return {
        "scolarise": _("In education"),
        "sans_emploi": _("Unemployed"),
        "en_emploi": _("Employed"),
        "retraite": _("Retired"),
        NOT_STATED: _("Not stated"),
    }


def part_words(figure: Figure, part: str, names: Names) -> str:
    """Return the name of a part of a figure."""
    if (part_name := names.get((figure, part))) is not None:
        return read_label(part_name)
    return _words_by_figure(figure).get(part) or part or _none_words(figure)


def _words_by_figure(figure: Figure) -> Mapping[str, str]:
    if figure in (Figure.PUBLIC_VISITORS, Figure.PUBLIC_TIME):
        return {
            "": _("Public not given"),
            "inhabitant": _("Inhabitants"),
            "association": _("Associations"),
            "public_servant": _("Public servants"),
            "entrepreneur": _("Entrepreneurs"),
            "student": _("Students"),
            "minor": _("Minors"),
            "guest": _("Guests"),
        }
    if figure in (Figure.COURSES, Figure.TAUGHT, Figure.HEADCOUNT):
        return {
            CourseSessionKind.COURSE: _("Courses"),
            CourseSessionKind.WORKSHOP: _("Workshops"),
            CourseSessionKind.APPOINTMENT: _("Appointments"),
            CourseSessionKind.DROP_IN: _("Drop-ins"),
            CourseSessionKind.EVENT: _("Events"),
        }
    words: Mapping[Figure, Callable[[], Mapping[str, str]]] = {
        Figure.REVENUE: _revenue_words,
        Figure.GENRE: genre_words,
        Figure.TRANCHE_AGE: tranche_words,
        Figure.STATUT_SOCIAL: statut_words,
        Figure.COMMUNE: lambda: {NOT_STATED: _("Not given")},
    }
    return words[figure]() if figure in words else {}


def _none_words(figure: Figure) -> str:
    return {
        Figure.ROOM_TIME: pgettext("time", "No room"),
        Figure.ORGANISATION_TIME: _("No organisation"),
        Figure.PROJECT_TIME: _("No project"),
        Figure.PARTNER_TIME: _("No partner"),
        Figure.REPAIRS: _("Elsewhere"),
    }.get(figure, _("Together"))


def title_of(figure: Figure) -> str:
    """Return the title of a figure."""
    return {
        Figure.VISITORS: _("Distinct visitors"),
        Figure.PUBLIC_VISITORS: _("Visitors by public"),
        Figure.ENTRIES: _("Entries by room"),
        Figure.PRESENCE: _("Hours of presence by room"),
        Figure.USES: _("Uses by machine"),
        Figure.MACHINE_TIME: _("Working hours by machine"),
        Figure.ROOM_TIME: _("Machine hours by room"),
        Figure.PUBLIC_TIME: _("Machine hours by public"),
        Figure.ORGANISATION_TIME: _("Machine hours by organisation"),
        Figure.PROJECT_TIME: _("Machine hours by project"),
        Figure.PARTNER_TIME: _("Machine hours by funding partner"),
        Figure.COURSES: _("Sessions held"),
        Figure.TAUGHT: _("Hours of sessions"),
        Figure.HEADCOUNT: _("Session attendance"),
        Figure.CERTIFIED: _("People certified"),
        Figure.CERTIFICATIONS: _("Certifications given"),
        Figure.VOLUNTEERS: _("Volunteer hours"),
        Figure.DOWNTIME: _("Hours out of service by machine"),
        Figure.STOPS: _("Periods out of service"),
        Figure.REPAIRS: _("Repairs and maintenance"),
        Figure.REVENUE: _("Statements by type, paid or not"),
        Figure.GENRE: _("Visitors by gender"),
        Figure.TRANCHE_AGE: _("Visitors by age group"),
        Figure.STATUT_SOCIAL: _("Visitors by social status"),
        Figure.COMMUNE: _("Visitors by municipality"),
    }[figure]


def how_counted(figure: Figure) -> str:
    """Return an explanation of how the figure is counted."""
    return _HOW[figure]()


def _stated_text() -> str:
    return _(
        "The month’s visitors who chose to answer, from the month in which they did. Visitors "
        "who did not answer are not included, so the total is lower than the number of visitors."
    )


def _use_text() -> str:
    return _(
        "Sum of daily totals: the time for which the machine really works, measured by its box. "
        "A use counts in full on the day it began."
    )


_HOW = {
    Figure.VISITORS: lambda: _(
        "A person counts once a month, from the first time that a door opens for them, they use "
        "a machine or the desk records their entry. Groups without names are counted in the "
        "entries. The day is not kept, and once entries and exits are erased, only the number "
        "remains."
    ),
    Figure.PUBLIC_VISITORS: lambda: _(
        "The first public of the record, as it was when they first came in the month."
    ),
    Figure.ENTRIES: lambda: _("People who came in, through doors and the desk, groups included."),
    Figure.PRESENCE: lambda: _(
        "For each quarter of an hour, the highest number of people in, counted as a quarter of "
        "an hour each."
    ),
    Figure.USES: lambda: _("Uses that began in the month."),
    Figure.MACHINE_TIME: _use_text,
    Figure.ROOM_TIME: lambda: (
        _use_text() + " " + _("The room is the one where the machine is today.")
    ),
    Figure.PUBLIC_TIME: lambda: (
        _use_text() + " " + _("The public is that of the person when the use began.")
    ),
    Figure.ORGANISATION_TIME: lambda: (
        _use_text() + " " + _("The organisation for which the person worked, or said they did.")
    ),
    Figure.PROJECT_TIME: lambda: _use_text() + " " + _("The project for which the person worked."),
    Figure.PARTNER_TIME: lambda: (
        _use_text()
        + " "
        + _(
            "The hours of the projects that the partner funds. A project that two partners fund "
            "counts in full for each."
        )
    ),
    Figure.COURSES: lambda: _(
        "Sessions that have ended and were not cancelled, by start date, even if nobody was "
        "recorded as present."
    ),
    Figure.TAUGHT: lambda: _(
        "The recorded length of each session, or the time from its start to its end."
    ),
    Figure.HEADCOUNT: lambda: _(
        "People recorded as present, plus unnamed participants. A person counts at each session."
    ),
    Figure.CERTIFIED: lambda: _(
        "People who got at least one certification in the month. A certification withdrawn at "
        "once does not count."
    ),
    Figure.CERTIFICATIONS: lambda: _("Certifications given, except those withdrawn at once."),
    Figure.VOLUNTEERS: lambda: _("Hours recorded by the team, without names."),
    Figure.DOWNTIME: lambda: _(
        "From when a machine is put out of service until it is back, nights included, according "
        "to the audit log."
    ),
    Figure.STOPS: lambda: _("Periods out of service that began in the month."),
    Figure.REPAIRS: lambda: _("Maintenance recorded as done, and faults reported and fixed."),
    Figure.REVENUE: lambda: _(
        "Lines of the month’s statements, paid or not, taxes included. A booking counts once it "
        "has begun. A correction counts in the month in which it is made."
    ),
    Figure.GENRE: _stated_text,
    Figure.TRANCHE_AGE: _stated_text,
    Figure.STATUT_SOCIAL: _stated_text,
    Figure.COMMUNE: _stated_text,
}
