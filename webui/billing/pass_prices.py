"""What passes cost by today's tariff, for whoever gives one: it goes on the person's statement."""

from collections.abc import Iterator

from controller.capabilities.billing import priced_items, sales, tariffs
from controller.capabilities.billing.rates import PassRate
from controller.capabilities.plans.shapes import Pass
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.rate_form import called
from webui.billing.words_of import euros
from webui.guard import site
from webui.i18n import _


def pass_prices(db: Session, now: Utc) -> tuple[str, ...]:
    """Each that has one, in words."""
    return tuple(text for _rate, text in _priced(db, now))


def price_of(db: Session, made: Pass, now: Utc) -> str:
    """The same of one that is given; empty: it costs nothing."""
    key = made.plan_id, made.kind, made.units
    found = (
        text for rate, text in _priced(db, now) if (rate.plan_id, rate.pass_kind, rate.units) == key
    )
    return next(found, "")


def _priced(db: Session, now: Utc) -> Iterator[tuple[PassRate, str]]:
    rates = [
        rate for rate in sales.offered(db, site().id, now).values() if isinstance(rate, PassRate)
    ]
    names = priced_items.names(db, site().id, tariffs.of_site(db, site().id)) if rates else {}
    for rate in rates:
        price = euros(rate.price_cents)
        yield rate, _("%(pass)s: %(price)s", **{"pass": called(rate, names), "price": price})
