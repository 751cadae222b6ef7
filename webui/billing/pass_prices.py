"""What passes and subscriptions cost, for whoever gives one: it goes on the person's statement."""

from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from controller.capabilities.billing import ledger, months, priced_items, sales, tariffs
from controller.capabilities.billing.rates import PassRate, SubscriptionRate
from controller.capabilities.billing.reckoning import tariff_on
from controller.capabilities.plans.shapes import Pass
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.rate_form import called
from webui.billing.words_of import euros
from webui.guard import site
from webui.i18n import _
from webui.i18n.months import month_name


def pass_prices(db: Session, now: Utc) -> tuple[str, ...]:
    """Each that has one, in words."""
    return tuple(text for _rate, text in _priced(db, now))


def first_priced(db: Session, now: Utc) -> PassRate | None:
    """The one that a form proposes: the first that has a price."""
    return next((rate for rate, _text in _priced(db, now)), None)


def price_of(db: Session, made: Pass, now: Utc) -> str:
    """The same of one that is given; empty: it costs nothing."""
    key = made.plan_id, made.kind, made.units
    found = (
        text for rate, text in _priced(db, now) if (rate.plan_id, rate.pass_kind, rate.units) == key
    )
    return next(found, "")


class SubscriptionPrices:
    """What subscriptions come to by the tariff of the day on which they begin."""

    def __init__(self, db: Session) -> None:
        self._zone = ZoneInfo(site().time_zone)
        self._tariffs = ledger.tariffs_of(db, site().id)
        self._closed = months.last_closed(db, site().id)

    def of(self, plan_id: str, starts: Utc) -> str:
        """What one costs, and on which statement; empty: it costs nothing."""
        day = months.day_of(starts, self._zone)
        price = sum(rate.price_cents for rate in self.rates(day) if rate.plan_id == plan_id)
        if not price:
            return ""
        month = month_name(months.open_for(months.of(day), self._closed))
        return _("%(price)s on their statement (%(month)s)", price=euros(price), month=month)

    def rates(self, day: date) -> list[SubscriptionRate]:
        """Those of a day, each plan once."""
        tariff = tariff_on(self._tariffs, day)
        return (
            [rate for rate in tariff.rates if isinstance(rate, SubscriptionRate)] if tariff else []
        )


def subscription_prices(db: Session, now: Utc) -> tuple[str, ...]:
    """Each that has one today, in words."""
    day = months.day_of(now, ZoneInfo(site().time_zone))
    rates = [rate for rate in SubscriptionPrices(db).rates(day) if rate.price_cents]
    names = priced_items.names(db, site().id, tariffs.of_site(db, site().id)) if rates else {}
    return tuple(
        _("%(pass)s: %(price)s", **{"pass": called(rate, names), "price": euros(rate.price_cents)})
        for rate in rates
    )


def _priced(db: Session, now: Utc) -> Iterator[tuple[PassRate, str]]:
    rates = [
        rate for rate in sales.offered(db, site().id, now).values() if isinstance(rate, PassRate)
    ]
    names = priced_items.names(db, site().id, tariffs.of_site(db, site().id)) if rates else {}
    for rate in rates:
        price = euros(rate.price_cents)
        yield rate, _("%(pass)s: %(price)s", **{"pass": called(rate, names), "price": price})
