"""What can't be charged to one person holds up nobody else, and is charged once it can be."""

import pytest

from controller.capabilities.billing import statements
from controller.capabilities.billing.book_updates import FAULT_OF_ALL
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.usage.models import SessionRow
from tests.capabilities.billing.month import (
    OCTOBER,
    ended,
    failing,
    follow,
    owed,
    set_tariff,
    somebody,
)
from tests.capabilities.conftest import Place

MONTH_MIN = 30 * 24 * 60


def test_a_use_of_a_month_is_charged(place: Place) -> None:
    set_tariff(place, MachineRate(access_point="laser-1", price_cents=100))
    _key, ref = somebody(place)
    with place.database.write() as db:
        long = ended(db, ref, MONTH_MIN, ago_days=30.5)
    follow(place)
    assert owed(place.database, source_id=long) == MONTH_MIN // 15 * 100


def test_one_person_whose_month_cannot_be_derived_holds_up_nobody_else(place: Place) -> None:
    set_tariff(place)
    refs = [somebody(place, name)[1] for name in ("Amina Diallo", "Zoé Martin", "Karim")]
    with place.database.write() as db:
        first, wrong, last = (ended(db, ref, 38) for ref in refs)
        db.get_one(SessionRow, wrong).active_s = float("inf")
    for _again in range(2):
        follow(place)
        costs = [owed(place.database, source_id=key) for key in (first, wrong, last)]
        assert (costs, failing(place)) == ([300, 0, 300], [refs[1]])
    with place.database.read() as db:
        assert statements.obstacle(db, "here", OCTOBER, place.now) is None
    with place.database.write() as db:
        db.get_one(SessionRow, wrong).active_s = 38 * 60.0  # repaired by hand: no news of it
    follow(place)
    assert (owed(place.database, source_id=wrong), failing(place)) == (300, [])


def test_a_fault_that_everybody_has_fails_the_job_and_adds_no_alarm(place: Place) -> None:
    set_tariff(place)
    refs = [somebody(place, f"Person {n}")[1] for n in range(FAULT_OF_ALL)]
    with place.database.write() as db:
        for ref in refs:
            db.get_one(SessionRow, ended(db, ref, 38)).active_s = float("inf")
    with pytest.raises(OverflowError):
        follow(place)
    assert failing(place) == []
    right = somebody(place, "Zoé Martin")[1]
    with place.database.write() as db:
        ended(db, right, 38)
    follow(place)
    assert sorted(failing(place)) == sorted(refs)
    follow(place)  # those that failed before are tried again, and hold up nobody
    assert sorted(failing(place)) == sorted(refs)
