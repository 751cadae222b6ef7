"""What was paid at the counter without a name keeps its price: nobody could pay the rest."""

from typing import Any

import pytest

from controller.capabilities.billing import sales, statements
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.payers import COUNTER
from controller.capabilities.billing.rates import ArticleRate
from controller.capabilities.billing.sales import Sale
from controller.kernel.shapes import Label
from tests.capabilities.billing.correction_steps import REASON
from tests.capabilities.billing.ledger_steps import is_right
from tests.capabilities.billing.month import NOVEMBER, follow, set_tariff, somebody
from tests.capabilities.conftest import BOSS, Place


def plywood(cents: int) -> ArticleRate:
    return ArticleRate(id="plywood", name=Label(fr="Contreplaqué"), price_cents=cents)


@pytest.mark.parametrize("cents", [300, 500])
def test_a_price_from_today_leaves_what_was_paid_without_a_name(place: Place, cents: int) -> None:
    member_id, _ref = somebody(place)
    set_tariff(place, plywood(400))
    sold: dict[str, Any] = {"place": 0, "quantity": 2, "means": Means.CASH}
    with place.database.write() as db:
        unnamed = sales.sell(db, "here", Sale(member_id=None, **sold), actor=BOSS, now=place.now)
        named = sales.sell(db, "here", Sale(member_id=member_id, **sold), actor=BOSS, now=place.now)
    assert (unnamed.amount_cents, named.amount_cents) == (800, 800)
    place.clock.forward(minutes=1)
    set_tariff(place, plywood(cents), since=place.now.date(), decision="2026-62")
    follow(place)
    with place.database.read() as db:
        totals = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
        left = {total.key: total.left_cents for total in totals}
    assert left.pop(COUNTER) == 0
    assert list(left.values()) == [2 * cents - 800], "by name it is charged again (0247)"
    with place.database.write() as db:
        sales.sell(db, "here", Sale(member_id=None, **sold), actor=BOSS, now=place.now)
    follow(place)
    assert is_right(place)
    with place.database.write() as db:
        sales.take_back(db, unnamed.id, REASON, actor=BOSS, now=place.now)
    follow(place)
    with place.database.read() as db:
        totals = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
    (counter,) = (total for total in totals if total.key == COUNTER)
    assert (counter.total_cents, counter.left_cents) == (2 * cents, 0)
    assert is_right(place)


def test_an_article_that_leaves_the_tariff_leaves_what_was_paid_unnamed(place: Place) -> None:
    set_tariff(place, plywood(400))
    sold = Sale(place=0, quantity=2, means=Means.CASH, member_id=None)
    with place.database.write() as db:
        sales.sell(db, "here", sold, actor=BOSS, now=place.now)
    other = ArticleRate(id="acrylic", name=Label(fr="Acrylique"), price_cents=900)
    set_tariff(place, other, since=place.now.date(), decision="2026-62")
    follow(place)
    with place.database.read() as db:
        (counter,) = statements.sums(db, "here", NOVEMBER, actor=BOSS, now=place.now)
    assert (counter.total_cents, counter.left_cents) == (800, 0)
    assert is_right(place)
