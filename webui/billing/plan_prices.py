"""What passes and subscriptions cost, for whoever gives one: it goes on the person's statement."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from controller.capabilities.billing import months, priced_items, tariffs
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.plans.shapes import Pass, Subscription
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.rate_form import called
from webui.billing.words_of import euros
from webui.guard import site
from webui.i18n import _

PlanRate = PassRate | SubscriptionRate


def plan_prices(db: Session, now: Utc) -> dict[str, tuple[str, ...]]:
    """Those of today's tariff in words, of subscriptions and of passes."""
    found = list(_priced(db, now))
    return {
        "subscriptions": tuple(text for rate, text in found if isinstance(rate, SubscriptionRate)),
        "passes": tuple(text for rate, text in found if isinstance(rate, PassRate)),
    }


def price_of(db: Session, made: Pass | Subscription) -> str:
    """The same of one that is given, on its first day; empty: it costs nothing."""
    found = (text for rate, text in _priced(db, made.valid_from) if _is_of(rate, made))
    return next(found, "")


def _is_of(rate: PlanRate, made: Pass | Subscription) -> bool:
    if isinstance(rate, SubscriptionRate) or isinstance(made, Subscription):
        same = isinstance(rate, SubscriptionRate) and isinstance(made, Subscription)
        return same and rate.plan_id == made.plan_id
    wanted = (made.plan_id, made.kind, made.units)
    return (rate.plan_id, rate.pass_kind, rate.units) == wanted


def _priced(db: Session, at: Utc) -> Iterator[tuple[PlanRate, str]]:
    versions = tariffs.of_site(db, site().id)
    tariff = tariffs.on(versions, months.day_of(at, ZoneInfo(site().time_zone)))
    rates = [
        rate
        for rate in (tariff.rates if tariff else ())
        if isinstance(rate, PlanRate) and rate.price_cents
    ]
    names = priced_items.names(db, site().id, versions) if rates else {}
    for rate in rates:
        price = euros(rate.price_cents)
        yield rate, _("%(pass)s: %(price)s", **{"pass": called(rate, names), "price": price})
