"""Prices that are adopted while other versions are planned."""

from datetime import date

import pytest

from controller.capabilities.billing import adoption, tariffs
from controller.capabilities.billing.rates import ArticleRate, MachineRate, Rate
from controller.capabilities.billing.shapes import NewTariff, Tariff
from controller.kernel.errors import Conflict
from controller.kernel.shapes import Label
from tests.capabilities.billing.month import ended, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place

TODAY, SOON, LATER = date(2026, 11, 24), date(2026, 12, 2), date(2026, 12, 10)


def laser(cents: int) -> Rate:
    return MachineRate(access_point="laser-1", price_cents=cents)


def plywood(cents: int) -> Rate:
    return ArticleRate(id="plywood", name=Label(fr="Contreplaqué"), price_cents=cents)


def adopt(place: Place, *rates: Rate) -> tuple[Tariff, ...]:
    new = NewTariff(valid_from=TODAY, decision="2026-99", rates=rates, site_id="here")
    with place.database.write() as db:
        return adoption.adopt(db, new, actor=BOSS, now=place.now)


def test_a_change_stays_until_a_planned_version_changes_the_same_price(place: Place) -> None:
    set_tariff(place, laser(100), plywood(400))
    set_tariff(place, laser(150), plywood(400), since=SOON)
    set_tariff(place, laser(150), plywood(450), since=LATER)
    made = adopt(place, laser(120), plywood(500))
    assert [(tariff.number, tariff.valid_from, tariff.rates) for tariff in made] == [
        (4, TODAY, (laser(120), plywood(500))),
        (5, SOON, (laser(150), plywood(500))),
    ]
    with place.database.write() as db:
        in_effect = tariffs.effective(tariffs.of_site(db, "here"))
        assert [tariff.number for tariff in in_effect] == [1, 4, 5, 3]
        tariffs.take_back(db, made[0].id, actor=BOSS, now=place.now)
        assert [tariff.number for tariff in tariffs.of_site(db, "here")] == [1, 2, 3]


def test_what_was_charged_keeps_all_versions_that_were_added_together(place: Place) -> None:
    set_tariff(place, laser(100))
    set_tariff(place, laser(100), plywood(400), since=SOON)
    first, follower = adopt(place, laser(120))
    assert follower.rates == (laser(120), plywood(400))
    _, ref = somebody(place)
    with place.database.write() as db:
        ended(db, ref, 38, ago_days=0)
    follow(place)
    with place.database.write() as db, pytest.raises(Conflict):
        tariffs.take_back(db, first.id, actor=BOSS, now=place.now)
