"""What a machine costs, as a sentence for the machine's page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from controller.capabilities.billing.machine_prices import MachinePrices
from controller.capabilities.billing.rates import MachineRate
from webui.billing import rate_form
from webui.billing.formatting import label, long_day, rate_text
from webui.i18n import _, pgettext


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineCost:
    """The price of using a machine."""

    sentence: str
    next_change: str = ""
    """When the price changes; empty if no change has been decided."""
    tariff_url: str = ""
    """Address of the whole tariff; empty for those who may not see it."""


def machine_cost(prices: MachinePrices | None, tariff_url: str) -> MachineCost:
    """Return the prices as texts; `prices` None: no tariff is in force yet."""
    if prices is None:
        text = _("No tariff yet: nothing is charged.")
        return MachineCost(sentence=text, tariff_url=tariff_url)
    return MachineCost(
        sentence=_sentence(prices),
        next_change=_next_change(prices.other_from),
        tariff_url=tariff_url,
    )


def _sentence(prices: MachinePrices) -> str:
    if not (prices.everybody or prices.by_plan or prices.materials):
        return _("Free: it has no price in tariff %(n)s.", n=prices.number)
    first, *others = _parts(prices)
    text = first
    for part in others:
        text = _("%(so_far)s; %(more)s", so_far=text, more=part)
    return f"{text}."


def _parts(prices: MachinePrices) -> Iterator[str]:
    """Yield what everybody pays, then the prices with a plan, then those of materials."""
    yield _price(prices.everybody, pgettext("price", "Free"))
    for rate, plan in prices.by_plan:
        name, price = label(plan) or str(rate.plan_id), _price(rate, pgettext("price", "free"))
        yield _("with the %(plan)s subscription, %(price)s", plan=name, price=price)
    for material in prices.materials:
        name = rate_form.rate_name(material, {})
        yield _("%(material)s: %(price)s", material=name, price=rate_text(material))


def _price(rate: MachineRate | None, free: str) -> str:
    if rate is None or not (rate.price_cents or rate.session_cents):
        return free
    return rate_form.rate_sentence(rate).removesuffix(".")


def _next_change(day: date | None) -> str:
    return _("The price changes on %(day)s.", day=long_day(day)) if day else ""
