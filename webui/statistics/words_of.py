"""Figures and their parts in words: what each is called, what it counts, and in what."""

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
from webui.billing.words_of import euros
from webui.i18n import _, locale, pgettext, plural
from webui.i18n.dates import format_day, month_name
from webui.naming import read_label

HOUR_MS = 3_600_000
NOBODY_SAID = "non_communique"


def when_words(when: str) -> str:
    """A day or a month."""
    if len(when) == len("2026-11"):
        return month_name(when)
    return format_day(date.fromisoformat(when), "EEE d MMM")


@lru_cache(maxsize=4096)
def _decimal(amount: float, pattern: str, language: Locale) -> str:
    """A page of reports has hundreds of numbers, and many are the same."""
    return format_decimal(amount, format=pattern, locale=language)


def number(amount: float) -> str:
    """`1 168`."""
    return _decimal(amount, "#,##0.##", locale())


def hours(milliseconds: float) -> str:
    """`212 h`; under ten with one decimal, and never nothing for something."""
    n = milliseconds / HOUR_MS
    if 0 < n < 0.05:
        return _("< %(n)s h", n=_decimal(0.1, "#,##0.#", locale()))
    shown = round(n) if n >= 10 else round(n, 1)
    return _("%(n)s h", n=_decimal(shown, "#,##0.#", locale()))


def exact_hours(milliseconds: float) -> str:
    """`212,35 h`."""
    shown = format_decimal(milliseconds / HOUR_MS, format="#,##0.00", locale=locale())
    return _("%(n)s h", n=shown)


def amount_words(figure: Figure, amount: int) -> str:
    """An amount as it is counted: people, times, cents, milliseconds."""
    unit = unit_of(figure)
    if unit is Unit.CENTS:
        return euros(amount)
    return exact_hours(amount) if unit is Unit.SECONDS else number(amount)


def people(count: int) -> str:
    """`96 personnes`."""
    return plural("%(n)s person", "%(n)s people", count)


def public_words() -> Mapping[str, str]:
    """What publics are called together."""
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


def _kind_words() -> Mapping[str, str]:
    return {
        CourseSessionKind.COURSE: _("Courses"),
        CourseSessionKind.WORKSHOP: _("Workshops"),
        CourseSessionKind.APPOINTMENT: _("Appointments"),
        CourseSessionKind.DROP_IN: _("Drop-ins"),
        CourseSessionKind.EVENT: _("Events"),
    }


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
    """Which part is the largest, and how much of the whole it is, in percent."""
    if figure is Figure.REVENUE and part in (said := _largest_revenue(share)):
        return said[part]
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
    """In the Coop's words."""
    return {"feminin": _("Female"), "masculin": _("Male"), NOBODY_SAID: _("Not told")}


def tranche_words() -> Mapping[str, str]:
    """In the Coop's words."""
    return {
        "moins_de_douze": _("Under 12 years"),
        "douze_dix_huit": _("12 – 17 years"),
        "dix_huit_vingt_quatre": _("18 – 24 years"),
        "vingt_cinq_trente_neuf": _("25 – 39 years"),
        "quarante_cinquante_neuf": _("40 – 59 years"),
        "soixante_soixante_neuf": _("60 – 69 years"),
        "soixante_dix_plus": _("70 years and more"),
        NOBODY_SAID: _("Not told"),
    }


def statut_words() -> Mapping[str, str]:
    """In the Coop's words."""
    return {
        "scolarise": _("In school"),
        "sans_emploi": _("Without work"),
        "en_emploi": _("In work"),
        "retraite": _("Retired"),
        NOBODY_SAID: _("Not told"),
    }


def part_words(figure: Figure, part: str, names: Names) -> str:
    """What a part of a figure is called."""
    if (named := names.get((figure, part))) is not None:
        return read_label(named)
    return _words_by_figure(figure).get(part) or part or _none_words(figure)


def _words_by_figure(figure: Figure) -> Mapping[str, str]:
    if figure in (Figure.PUBLIC_VISITORS, Figure.PUBLIC_TIME):
        return public_words()
    if figure in (Figure.COURSES, Figure.TAUGHT, Figure.HEADCOUNT):
        return _kind_words()
    words: Mapping[Figure, Callable[[], Mapping[str, str]]] = {
        Figure.REVENUE: _revenue_words,
        Figure.GENRE: genre_words,
        Figure.TRANCHE_AGE: tranche_words,
        Figure.STATUT_SOCIAL: statut_words,
        Figure.COMMUNE: lambda: {NOBODY_SAID: _("Not given")},
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
    """What a figure is called."""
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
        Figure.HEADCOUNT: _("Attendance of sessions"),
        Figure.CERTIFIED: _("People certified"),
        Figure.CERTIFICATIONS: _("Certifications given"),
        Figure.VOLUNTEERS: _("Volunteer hours"),
        Figure.DOWNTIME: _("Hours out of service by machine"),
        Figure.STOPS: _("Times out of service"),
        Figure.REPAIRS: _("Repairs and maintenance"),
        Figure.REVENUE: _("Revenue by kind"),
        Figure.GENRE: _("Visitors by gender"),
        Figure.TRANCHE_AGE: _("Visitors by age band"),
        Figure.STATUT_SOCIAL: _("Visitors by social status"),
        Figure.COMMUNE: _("Visitors by municipality"),
    }[figure]


def how(figure: Figure) -> str:
    """How it is counted, for who asks."""
    return _HOW[figure]()


def _said() -> str:
    return _(
        "Of the month’s visitors those who were willing to say so, from the month in which they "
        "did. Who said nothing is not in it: together they are fewer than the visitors."
    )


def _used() -> str:
    return _(
        "Sum of daily totals: the time in which the machine really works, measured by its box. "
        "A use counts on the day on which it began, in whole."
    )


_HOW = {
    Figure.VISITORS: lambda: _(
        "A person counts once a month, from the first time that a door opens for them, a "
        "machine takes them or the desk notes that they are in. Groups without names are in the "
        "entries. The day is not kept, and at the latest when passages are forgotten only the "
        "number is left."
    ),
    Figure.PUBLIC_VISITORS: lambda: _(
        "The first public of the record, as it was when they first came in the month."
    ),
    Figure.ENTRIES: lambda: _("Heads that came in, by doors and the desk, groups included."),
    Figure.PRESENCE: lambda: _(
        "For each quarter of an hour the most people who were in, a quarter of an hour each."
    ),
    Figure.USES: lambda: _("Uses that began in the month."),
    Figure.MACHINE_TIME: _used,
    Figure.ROOM_TIME: lambda: _used() + " " + _("The room is the one where the machine is today."),
    Figure.PUBLIC_TIME: lambda: (
        _used() + " " + _("The public is that of the person as the use began.")
    ),
    Figure.ORGANISATION_TIME: lambda: (
        _used() + " " + _("The organisation for which the person worked, or was said to.")
    ),
    Figure.PROJECT_TIME: lambda: _used() + " " + _("The project for which the person worked."),
    Figure.PARTNER_TIME: lambda: (
        _used()
        + " "
        + _(
            "The hours of the projects that the partner funds. A project that two partners fund "
            "counts in whole for each."
        )
    ),
    Figure.COURSES: lambda: _(
        "Sessions that are over and were not called off, by the day of their start."
    ),
    Figure.TAUGHT: lambda: _("Noted length of each session, else from its start to its end."),
    Figure.HEADCOUNT: lambda: _(
        "People noted as present, and the number noted of those who came without a name. A "
        "person counts at each session."
    ),
    Figure.CERTIFIED: lambda: _(
        "People who got at least one certification in the month; one that was taken back at "
        "once does not count."
    ),
    Figure.CERTIFICATIONS: lambda: _("Certifications given, without those taken back at once."),
    Figure.VOLUNTEERS: lambda: _("Hours noted by the team, without names."),
    Figure.DOWNTIME: lambda: _(
        "From when a machine is put out of service until it is back, nights included, in the audit."
    ),
    Figure.STOPS: lambda: _("Times out of service that began in the month."),
    Figure.REPAIRS: lambda: _("Maintenance noted as done, and faults that were told and mended."),
    Figure.REVENUE: lambda: _(
        "Lines of the month’s statements, taxes included. A correction stands in the month in "
        "which it is written."
    ),
    Figure.GENRE: _said,
    Figure.TRANCHE_AGE: _said,
    Figure.STATUT_SOCIAL: _said,
    Figure.COMMUNE: _said,
}
