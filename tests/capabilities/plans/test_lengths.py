"""A length ends on the eve of the day on which it began, or on the month's last day."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.capabilities.plans.lengths import Length, add_length, renewed_end
from controller.domain.time import Utc

PARIS = ZoneInfo("Europe/Paris")


def last_day(end: Utc) -> date:
    return Utc.of(end - timedelta(milliseconds=1)).astimezone(PARIS).date()


@pytest.mark.parametrize(
    ("first", "length", "last", "renewed"),
    [
        ("2028-02-29", Length.YEAR, "2029-02-28", "2030-02-28"),
        ("2028-03-01", Length.YEAR, "2029-02-28", "2030-02-28"),
        ("2028-02-28", Length.YEAR, "2029-02-27", "2030-02-27"),
        ("2027-03-01", Length.YEAR, "2028-02-29", "2029-02-28"),
        ("2027-01-31", Length.MONTH, "2027-02-28", "2027-03-31"),
        ("2027-01-29", Length.MONTH, "2027-02-28", "2027-03-31"),
        ("2027-01-28", Length.MONTH, "2027-02-27", "2027-03-27"),
        ("2027-11-30", Length.QUARTER, "2028-02-29", "2028-05-31"),
        ("2027-08-31", Length.HALF, "2028-02-29", "2028-08-31"),
        ("2027-12-31", Length.MONTH, "2028-01-30", "2028-02-29"),
        ("2027-03-31", Length.MONTH, "2027-04-30", "2027-05-31"),
    ],
)
def test_a_length_ends_on_the_eve_or_on_the_last_day_of_a_month_without_that_day(
    first: str, length: Length, last: str, renewed: str
) -> None:
    start = Utc.midnight(date.fromisoformat(first), PARIS)
    end = add_length(start, length, PARIS)
    assert last_day(end) == date.fromisoformat(last)
    assert last_day(renewed_end(end, length, PARIS)) == date.fromisoformat(renewed)
