"""Who may give for nothing what the place sells: a subscription or a pass without a price."""

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.rates import PassRate, Rate, SubscriptionRate
from controller.capabilities.billing.reckoning import tariff_on
from controller.capabilities.plans.changes import PlanGiven
from controller.capabilities.plans.lengths import LONGEST, after
from controller.kernel.corrections import check_gift


def check(db: Session, given: PlanGiven) -> None:
    """Where the tariff sells such things, one that it does not name is a gift (decision 0216).

    So is a subscription that is longer than what a price is for. What it names for nothing is none.
    Raises Forbidden, Invalid.
    """
    zone = months.zone_of(db, given.site_id)
    day = months.day_of(given.starts, zone)
    tariff = tariff_on(ledger.tariffs_of(db, given.site_id), day)
    kind = SubscriptionRate if given.pass_kind is None else PassRate
    sold = [rate for rate in tariff.rates if isinstance(rate, kind)] if tariff else []
    prices = [rate.price_cents for rate in sold if _is_price_of(rate, given)]
    if sold and not prices:
        why = "the tariff has no price for it: say why it is given"
    elif any(prices) and given.pass_kind is None and _is_longer(given, zone):
        why = "its price is for a year at most: say why it is given for longer"
    else:
        return
    check_gift(given.actor, given.site_id, given.reason, why, owed_by=given.member_id)


def _is_longer(given: PlanGiven, zone: ZoneInfo) -> bool:
    """Whether it has no end, or lasts longer than the longest that forms offer."""
    return given.ends is None or given.ends > after(given.starts, LONGEST, zone)


def _is_price_of(rate: Rate, given: PlanGiven) -> bool:
    match rate:
        case PassRate():
            same = (rate.plan_id, rate.pass_kind, rate.units)
            return same == (given.plan_id, given.pass_kind, given.units)
        case SubscriptionRate():
            return rate.plan_id == given.plan_id
        case _:
            return False
