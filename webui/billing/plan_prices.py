"""Prices of passes and subscriptions, shown when one is given to a member.

The price goes on the member's statement.
"""

from collections.abc import Collection, Iterator

from controller.capabilities.billing import charges, months, priced_items, tariffs
from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.plans.shapes import Pass
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.formatting import euros
from webui.billing.rate_form import rate_name
from webui.guard import site, site_zone
from webui.i18n import _
from webui.i18n.dates import month_name

PlanRate = PassRate | SubscriptionRate


def plan_prices(db: Session, now: Utc) -> dict[str, tuple[str, ...]]:
    """Return the prices of subscriptions and of passes in today's tariff, as texts."""
    priced_rates = list(_priced_rates(db, now))
    return {
        "subscriptions": tuple(
            text for rate, text in priced_rates if isinstance(rate, SubscriptionRate)
        ),
        "passes": tuple(text for rate, text in priced_rates if isinstance(rate, PassRate)),
    }


def first_priced(db: Session, now: Utc) -> PassRate | None:
    """Return the pass that a form proposes: the first with a price; None if none has one."""
    return next((rate for rate in _rates(db, now) if isinstance(rate, PassRate)), None)


def price_of(db: Session, pass_: Pass) -> str:
    """Return the price of a pass that was given, on its first day; empty: it is free."""
    key = (pass_.plan_id, pass_.kind, pass_.units)
    prices = (
        text
        for rate, text in _priced_rates(db, pass_.valid_from)
        if isinstance(rate, PassRate) and (rate.plan_id, rate.pass_kind, rate.units) == key
    )
    return next(prices, "")


class SubscriptionPrices:
    """What subscriptions cost in the tariff of the day on which they begin."""

    def __init__(self, db: Session) -> None:
        self._zone = site_zone()
        self._versions = tariffs.of_site(db, site().id)
        self._closed = months.last_closed(db, site().id)

    def cents(self, plan_id: str, starts: Utc) -> int:
        """Return the price."""
        tariff = tariffs.version_on(self._versions, months.day_of(starts, self._zone))
        return sum(
            rate.price_cents
            for rate in (tariff.rates if tariff else ())
            if isinstance(rate, SubscriptionRate) and rate.plan_id == plan_id
        )

    def of(self, plan_id: str, starts: Utc) -> str:
        """Return the price and the month of its statement as a text; empty: it is free."""
        if not (price := self.cents(plan_id, starts)):
            return ""
        day = months.day_of(starts, self._zone)
        month = month_name(months.open_month_for(months.month_of(day), self._closed))
        return _("%(price)s on their statement (%(month)s)", price=euros(price), month=month)


def paid_note(db: Session, sources: Collection[str]) -> str:
    """Return the payments on the statements of these subscriptions, which stay there when the
    subscriptions are withdrawn; empty: none."""
    return " ".join(
        _(
            "Paid on their statement (%(month)s): %(amount)s. What is too much is given back from "
            "there.",
            month=month_name(month),
            amount=euros(cents),
        )
        for month, cents in charges.paid_by_month(db, sources)
    )


def _rates(db: Session, at: Utc) -> list[PlanRate]:
    tariff = tariffs.version_on(tariffs.of_site(db, site().id), months.day_of(at, site_zone()))
    return [
        rate
        for rate in (tariff.rates if tariff else ())
        if isinstance(rate, PlanRate) and rate.price_cents
    ]


def _priced_rates(db: Session, at: Utc) -> Iterator[tuple[PlanRate, str]]:
    rates, kinds = _rates(db, at), (SourceKind.PASS, SourceKind.SUBSCRIPTION)
    names = priced_items.names(db, site().id, [], kinds) if rates else {}
    for rate in rates:
        price = euros(rate.price_cents)
        yield rate, _("%(pass)s: %(price)s", **{"pass": rate_name(rate, names), "price": price})
