"""Checks who may give a subscription or a pass for free."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.calculation import Tariff, tariff_on
from controller.capabilities.billing.rates import PassRate, Rate, SubscriptionRate
from controller.capabilities.plans.changes import PlanGiven
from controller.capabilities.plans.lengths import LONGEST_LENGTH, add_length, renewed_end
from controller.capabilities.plans.models import SubscriptionRow
from controller.kernel.corrections import WhyGift, check_gift


def check(db: Session, change: PlanGiven) -> None:
    """Check that the actor may give this, if it is a gift (decisions 0216, 0233).

    If the site has a tariff, a plan without a price in it is a gift, and so is a priced
    subscription that is longer than any that forms offer, even if only a later tariff has its
    price. A plan with the price 0 is not a gift. Raises Forbidden, Invalid.
    """
    zone = months.zone_of(db, change.site_id)
    tariffs = ledger.tariffs_of(db, change.site_id)
    start = months.day_of(change.starts, zone)
    end = date.max if change.ends is None else months.day_of(change.ends, zone)
    later = {tariff.valid_from for tariff in tariffs if start < tariff.valid_from <= end}
    tariff, *others = [tariff_on(tariffs, day) for day in (start, *later)]
    prices = _prices(tariff, change)
    if tariff is not None and not prices:
        why = WhyGift.NO_PRICE
    elif (
        change.pass_kind is None
        and any((*prices, *(price for other in others for price in _prices(other, change))))
        and _is_longer(db, change, zone)
    ):
        why = WhyGift.TOO_LONG
    else:
        return
    check_gift(change.actor, change.site_id, change.reason, why, owed_by=change.member_id)


def _prices(tariff: Tariff | None, change: PlanGiven) -> list[int]:
    rates = () if tariff is None else tariff.rates
    return [price for rate in rates if (price := _price(rate, change)) is not None]


def _is_longer(db: Session, change: PlanGiven, zone: ZoneInfo) -> bool:
    """Whether the subscription has no end, or is longer than the longest that forms offer."""
    if change.ends is None:
        return True
    row = SubscriptionRow
    before = select(row.id).where(
        row.member_id == change.member_id,
        row.plan_id == change.plan_id,
        row.valid_until == change.starts,
    )
    longest_end = renewed_end if db.scalar(before.limit(1)) is not None else add_length
    return change.ends > longest_end(change.starts, LONGEST_LENGTH, zone)


def _price(rate: Rate, change: PlanGiven) -> int | None:
    """Return the price in cents if the rate is for the given plan, else None."""
    match rate:
        case PassRate():
            key = (change.plan_id, change.pass_kind, change.units)
            return rate.price_cents if (rate.plan_id, rate.pass_kind, rate.units) == key else None
        case SubscriptionRate() if change.pass_kind is None and rate.plan_id == change.plan_id:
            return rate.price_cents
        case _:
            return None
