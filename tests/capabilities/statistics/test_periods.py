"""Periods of Reports: what an address asks for, what lies beside, and who came in some months."""

import pytest
from sqlalchemy.orm import Session

from controller.capabilities.statistics import overview
from controller.capabilities.statistics.models import Visitor, VisitorPast
from controller.capabilities.statistics.periods import Kind, Period, parse_period, period_of
from controller.kernel.errors import Invalid
from controller.wire.ids import uuid7
from tests.capabilities.conftest import BOSS, Place


@pytest.mark.parametrize(
    ("key", "kind", "first", "last", "before"),
    [
        ("2026-11", Kind.MONTH, "2026-11", "2026-11", "2026-10"),
        ("2026-01", Kind.MONTH, "2026-01", "2026-01", "2025-12"),
        ("2026-q1", Kind.QUARTER, "2026-01", "2026-03", "2025-q4"),
        ("2026-q4", Kind.QUARTER, "2026-10", "2026-12", "2026-q3"),
        ("2026", Kind.YEAR, "2026-01", "2026-12", "2025"),
        ("2026-08_2026-09", Kind.FREE, "2026-08", "2026-09", "2026-06_2026-07"),
        ("2025-12_2026-02", Kind.FREE, "2025-12", "2026-02", "2025-09_2025-11"),
    ],
)
def test_a_period_is_its_months_and_the_one_before_is_as_long(
    key: str, kind: Kind, first: str, last: str, before: str
) -> None:
    period = parse_period(key)
    assert (period.kind, period.first, period.last) == (kind, first, last)
    assert period.key == key
    assert period.shifted(-1).key == before
    assert period.shifted(-1).shifted(1) == period


def test_two_months_that_are_a_whole_quarter_are_that_quarter() -> None:
    assert period_of("2026-04", "2026-06").key == "2026-q2"
    assert period_of("2026-06", "2026-04").key == "2026-q2"
    assert period_of("2026-04", "2026-04").key == "2026-04"
    assert [period.key for period in Period("2026-04", "2026-05").around()] == [
        *("2026-05", "2026-q2", "2026")
    ]


@pytest.mark.parametrize(
    "key",
    ["", "2026-13", "2026-q5", "26", "2026-09_2026-08", "2026-01_2029-01", "2026-11 ", "1999-01"],
)
def test_what_is_no_period_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        parse_period(key)


def came(db: Session, ref: str, *months: str) -> None:
    rest = {"public": "inhabitant", "by_event": True, "by_desk": 0, "traits_counted": False}
    for month in months:
        db.add(Visitor(site_id="here", month=month, ref=ref, **rest))
    db.flush()


def test_who_came_in_two_months_of_a_quarter_is_one_visitor_while_it_is_known_who_it_was(
    place: Place,
) -> None:
    with place.database.write() as db:
        came(db, uuid7(), "2026-10", "2026-11")
        came(db, uuid7(), "2026-11")
        came(db, uuid7(), "2026-07", "2026-08")
        quarter = overview.read_overview(
            db, "here", parse_period("2026-q4"), actor=BOSS, now=place.now
        )
        assert quarter.visitors.is_distinct
        assert (quarter.visitors.people, quarter.visitors_before.people) == (2, 1)
        assert quarter.visitors.by_public == {"inhabitant": 2}
        month = overview.read_overview(
            db, "here", parse_period("2026-11"), actor=BOSS, now=place.now
        )
        assert (month.visitors.people, month.visitors_before.people) == (2, 1)
        db.add(VisitorPast(site_id="here", month="2026-07", public="inhabitant", people=4))
        db.flush()
        again = overview.read_overview(
            db, "here", parse_period("2026-q4"), actor=BOSS, now=place.now
        )
    assert not again.visitors.is_distinct
    assert (again.visitors.people, again.visitors_before.people) == (3, 6)


def test_who_is_certified_in_two_months_is_one_person(place: Place) -> None:
    with place.database.write() as db:
        ada = place.member(db, "Ada B").id
        place.certify(db, ada, "laser")
        found = [
            overview.read_overview(
                db, "here", parse_period(key), actor=BOSS, now=place.now
            ).certified
            for key in ("2026-11", "2026-q4", "2026", "2025")
        ]
    assert found == [1, 1, 1, 0]
