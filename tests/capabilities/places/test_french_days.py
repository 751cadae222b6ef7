"""French public holidays, against the ministry's own list (calendrier.api.gouv.fr, metropole)."""

from datetime import date

import pytest

from controller.capabilities.places.french_days import easter, public_holidays, upcoming_holidays

KNOWN = {
    2024: "01-01 04-01 05-01 05-08 05-09 05-20 07-14 08-15 11-01 11-11 12-25",
    2025: "01-01 04-21 05-01 05-08 05-29 06-09 07-14 08-15 11-01 11-11 12-25",
    2026: "01-01 04-06 05-01 05-08 05-14 05-25 07-14 08-15 11-01 11-11 12-25",
    2027: "01-01 03-29 05-01 05-06 05-08 05-17 07-14 08-15 11-01 11-11 12-25",
}


@pytest.mark.parametrize("year", KNOWN)
def test_the_eleven_of_a_year(year: int) -> None:
    assert [f"{holiday.day:%m-%d}" for holiday in public_holidays(year)] == KNOWN[year].split()


def test_easter_at_its_edges() -> None:
    assert (easter(1818), easter(1943)) == (date(1818, 3, 22), date(1943, 4, 25))


def test_those_to_come_are_a_year_of_them() -> None:
    found = upcoming_holidays(date(2026, 11, 24))
    assert (found[0].day, found[-1].day, len(found)) == (date(2026, 12, 25), date(2027, 11, 11), 11)
