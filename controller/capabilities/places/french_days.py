"""French public holidays (code du travail, article L3133-1).

Without those of Alsace-Moselle and of the overseas departments.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from controller.domain.facts import Name

_FIXED = (
    (1, 1, Name(fr="Jour de l’an", en="New Year’s Day")),
    (5, 1, Name(fr="Fête du Travail", en="Labour Day")),
    (5, 8, Name(fr="Victoire 1945", en="Victory in Europe Day")),
    (7, 14, Name(fr="Fête nationale", en="Bastille Day")),
    (8, 15, Name(fr="Assomption", en="Assumption")),
    (11, 1, Name(fr="Toussaint", en="All Saints’ Day")),
    (11, 11, Name(fr="Armistice 1918", en="Armistice Day")),
    (12, 25, Name(fr="Noël", en="Christmas Day")),
)
_AFTER_EASTER = (
    (1, Name(fr="Lundi de Pâques", en="Easter Monday")),
    (39, Name(fr="Ascension", en="Ascension Day")),
    (50, Name(fr="Lundi de Pentecôte", en="Whit Monday")),
)


@dataclass(frozen=True, slots=True, order=True)
class PublicHoliday:
    """The date and the name of a public holiday."""

    day: date
    name: Name


def easter(year: int) -> date:
    """Return Easter Sunday, by the anonymous Gregorian algorithm (Nature, 20 April 1876)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def public_holidays(year: int) -> list[PublicHoliday]:
    """Return the eleven public holidays of a year, in order."""
    sunday = easter(year)
    moving = [PublicHoliday(sunday + timedelta(days=n), name) for n, name in _AFTER_EASTER]
    fixed = [PublicHoliday(date(year, month, day), name) for month, day, name in _FIXED]
    return sorted((*fixed, *moving), key=lambda holiday: holiday.day)


def upcoming_holidays(today: date, days: int = 365) -> list[PublicHoliday]:
    """Return the public holidays in the next `days` days."""
    last = today + timedelta(days=days)
    years = range(today.year, last.year + 1)
    return [
        holiday
        for year in years
        for holiday in public_holidays(year)
        if today <= holiday.day <= last
    ]
