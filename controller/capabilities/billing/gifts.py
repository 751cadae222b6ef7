"""Who may give for nothing what the place sells: a subscription or a pass without a price."""

from sqlalchemy.orm import Session

from controller.capabilities.billing import ledger, months
from controller.capabilities.billing.rates import PassRate, Rate, SubscriptionRate
from controller.capabilities.billing.reckoning import tariff_on
from controller.capabilities.plans.changes import PlanGiven
from controller.kernel.corrections import check_gift


def check(db: Session, given: PlanGiven) -> None:
    """Where the tariff sells such things, one that it does not name is a gift (decision 0216).

    What it names for nothing is none. Raises Forbidden, Invalid.
    """
    day = months.day_of(given.starts, months.zone_of(db, given.site_id))
    tariff = tariff_on(ledger.tariffs_of(db, given.site_id), day)
    kind = SubscriptionRate if given.pass_kind is None else PassRate
    sold = [rate for rate in tariff.rates if isinstance(rate, kind)] if tariff else []
    if sold and not any(_is_price_of(rate, given) for rate in sold):
        why = "the tariff has no price for it: say why it is given"
        check_gift(given.actor, given.site_id, given.reason, why, owed_by=given.member_id)


def _is_price_of(rate: Rate, given: PlanGiven) -> bool:
    match rate:
        case PassRate():
            same = (rate.plan_id, rate.pass_kind, rate.units)
            return same == (given.plan_id, given.pass_kind, given.units)
        case SubscriptionRate():
            return rate.plan_id == given.plan_id
        case _:
            return False
