"""Who may give for nothing what the place sells: a subscription or a pass without a price."""

from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.calculation import tariff_on
from controller.capabilities.billing.rates import PassRate, Rate, SubscriptionRate
from controller.capabilities.plans.changes import PlanGiven
from controller.capabilities.plans.lengths import LONGEST, add_length, renewed_end
from controller.capabilities.plans.models import SubscriptionRow
from controller.kernel.corrections import WhyGift, check_gift


def check(db: Session, given: PlanGiven) -> None:
    """Where there is a tariff, what it does not name is a gift (decisions 0216, 0233).

    So is a subscription that is longer than what a price is for. What it names for nothing is none.
    Raises Forbidden, Invalid.
    """
    zone = months.zone_of(db, given.site_id)
    day = months.day_of(given.starts, zone)
    tariff = tariff_on(ledger.tariffs_of(db, given.site_id), day)
    if tariff is None:
        return
    prices = [price for rate in tariff.rates if (price := _price(rate, given)) is not None]
    if not prices:
        why = WhyGift.NO_PRICE
    elif any(prices) and given.pass_kind is None and _is_longer(db, given, zone):
        why = WhyGift.TOO_LONG
    else:
        return
    check_gift(given.actor, given.site_id, given.reason, why, owed_by=given.member_id)


def _is_longer(db: Session, given: PlanGiven, zone: ZoneInfo) -> bool:
    """Whether it has no end, or lasts longer than the longest that forms offer."""
    if given.ends is None:
        return True
    row = SubscriptionRow
    before = select(row.id).where(
        row.member_id == given.member_id,
        row.plan_id == given.plan_id,
        row.valid_until == given.starts,
    )
    last = renewed_end if db.scalar(before.limit(1)) is not None else add_length
    return given.ends > last(given.starts, LONGEST, zone)


def _price(rate: Rate, given: PlanGiven) -> int | None:
    """In cents, when the rate is for what is given."""
    match rate:
        case PassRate():
            wanted = (given.plan_id, given.pass_kind, given.units)
            return (
                rate.price_cents if (rate.plan_id, rate.pass_kind, rate.units) == wanted else None
            )
        case SubscriptionRate() if given.pass_kind is None and rate.plan_id == given.plan_id:
            return rate.price_cents
        case _:
            return None
