"""Format amounts and days, and describe charges, in the page's language."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from babel.numbers import format_currency, format_percent

from controller.capabilities.billing.cents import format_amount
from controller.capabilities.billing.kinds import By, Counts, Means, SourceKind, Unit, Why
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import ArticleRate, MachineRate, PassRate, Rate, ZoneRate
from controller.capabilities.billing.shapes import Charge, Payer, PayerKind, Tariff
from controller.capabilities.plans.models import PassKind
from controller.domain.facts import Language, Name
from webui.i18n import _, current, locale, plural
from webui.i18n.dates import format_day, format_remaining

MINUS = "\u2212"


def euros(cents: int) -> str:
    """Format an amount of cents as `1 234,50 €`."""
    text = format_currency(Decimal(abs(cents)) / 100, "EUR", locale=locale())
    return f"{MINUS}\u00a0{text}" if cents < 0 else text


def percent(permille: int) -> str:
    """Format a rate of VAT, as `TVA 5,5 %`."""
    pattern = str(locale().percent_formats[None].pattern).replace("0", "0.#")
    return _("VAT %(rate)s", rate=format_percent(Decimal(permille) / 1000, pattern, locale()))


def short_day(day: date) -> str:
    """Format a day, as `mar. 3`."""
    return format_day(day, "EEE d")


def near_day(day: date) -> str:
    """Format a day, as `30 nov.`."""
    return format_day(day, "d MMM")


def long_day(day: date) -> str:
    """Format a day, as `mardi 3 novembre 2026`."""
    return format_day(day, "EEEE d MMMM y")


def in_field(amount: int) -> str:
    """Format an amount without currency sign, as a form's initial value."""
    return format_amount(amount).replace(",", "." if current() is Language.EN else ",")


def label(name: dict[str, str]) -> str:
    """Return a label in the page's language, otherwise in another one."""
    return Name(fr=name.get("fr"), en=name.get("en")).read(current()) if name else ""


def payer_name(payer: Payer) -> str:
    """Return the payer's name; for sales to nobody in particular, *At the counter*."""
    if payer.name:
        return label(payer.name)
    if payer.kind is PayerKind.COUNTER:
        return _("At the counter")
    if payer.kind is PayerKind.ERASED:
        return _("Erased people")
    return _("Without a name")


def means_texts() -> dict[Means, str]:
    """Return the name of each means of payment."""
    return {
        Means.CASH: _("Cash"),
        Means.CHEQUE: _("Cheque"),
        Means.CARD: _("Card, at the terminal"),
        Means.TRANSFER: _("Transfer"),
    }


def set_off_text(cents: int) -> str:
    """Return what a credit pays: of this month if positive, of others if negative; empty for
    zero."""
    if cents > 0:
        return _("Paid by the credit of another month")
    return _("Credit used for what a closed month still owes") if cents else ""


MEANS_ICONS = {
    Means.CASH: "coins",
    Means.CHEQUE: "pencil",
    Means.CARD: "credit-card",
    Means.TRANSFER: "landmark",
}


def pass_name(plan: str, kind: PassKind, units: int) -> str:
    """Name a pass, as `Pass Coworking, 10 jours`."""
    return _("Pass %(name)s, %(many)s", name=plan, many=_days(kind, units))


def pass_rest(plan: str, kind: PassKind, units: int) -> str:
    """Return the rest of a pass as text, such as `Pass Coworking : il reste 9 jours`."""
    return _("Pass %(name)s: %(many)s left", name=plan, many=_days(kind, units))


def _days(kind: PassKind, units: int) -> str:
    if kind is PassKind.HALF_DAY:
        return plural("%(n)s half-day", "%(n)s half-days", units)
    return plural("%(n)s day", "%(n)s days", units)


def item_name(charge: Charge, names: Names, tariff: Tariff | None) -> str:
    """Return the name and the quantity of the used or sold item."""
    if charge.why is Why.REMISSION or (charge.source is SourceKind.ENTRY and charge.reason):
        return _("Remission: “%(reason)s”", reason=charge.reason or "")
    name = label(names.get((charge.source, charge.thing), {})) or charge.thing
    match charge.source:
        case SourceKind.SESSION:
            measured = format_remaining(charge.quantity / 1000)
            return _("%(thing)s, %(measure)s", thing=name, measure=measured)
        case SourceKind.BOOKING:
            measured = format_remaining(charge.quantity * 60)
            return _("%(thing)s, %(measure)s", thing=name, measure=measured)
        case SourceKind.PASS:
            rate = _rate_of(charge, tariff.rates if tariff else ())
            kind = rate.pass_kind if isinstance(rate, PassRate) else PassKind.DAY
            return pass_name(name, kind, charge.quantity)
        case SourceKind.SUBSCRIPTION:
            return _("Plan %(thing)s", thing=name)
        case SourceKind.ENTRY:
            return name


def calculation_text(charge: Charge, tariff: Tariff | None) -> str:
    """Return how the amount was calculated, or why nothing is charged."""
    free = {
        Why.INCLUDED: _("included in the plan"),
        Why.PLACE_CUT: _("stopped by the place: not charged"),
        Why.COURSE: _("during a course, which has its own price"),
        Why.UNSEEN: _("power on, no work measured: nothing is charged"),
        Why.COUNTER: _("corrects a line on an earlier statement"),
        Why.REMISSION: "",
    }
    if charge.why in free:
        return free[charge.why]
    steps = _times(charge, tariff)
    if charge.why is Why.MINIMUM:
        return _("%(steps)s, raised to the minimum", steps=steps)
    if charge.why is Why.CAPPED:
        return _("%(steps)s, up to the day’s cap", steps=steps)
    return steps


def _times(charge: Charge, tariff: Tariff | None) -> str:
    price, n = euros(charge.unit_cents), charge.steps
    rate = _rate_of(charge, tariff.rates if tariff else ())
    match rate:
        case MachineRate():
            return _("%(n)s × %(step)s min at %(price)s", n=n, step=rate.step_min, price=price)
        case ZoneRate() if rate.by is By.HOUR:
            return plural("%(n)s hour at %(price)s", "%(n)s hours at %(price)s", n, price=price)
        case ZoneRate():
            return plural(
                "%(n)s half-day at %(price)s", "%(n)s half-days at %(price)s", n, price=price
            )
        case ArticleRate():
            return f"{count_of(rate, charge.quantity)} × {rate_text(rate)}"
        case _:
            return _("%(n)s × %(price)s", n=n, price=price)


def _rate_of(charge: Charge, rates: Sequence[Rate]) -> Rate | None:
    for rate in rates:
        match rate:
            case MachineRate() if charge.source is SourceKind.SESSION:
                matches = (rate.access_point, rate.price_cents) == (charge.thing, charge.unit_cents)
            case ZoneRate() if charge.source is SourceKind.BOOKING:
                matches = (rate.zone_id, rate.price_cents) == (charge.thing, charge.unit_cents)
            case PassRate() if charge.source is SourceKind.PASS:
                matches = (rate.plan_id, rate.units) == (charge.thing, charge.quantity)
            case ArticleRate() if charge.source is SourceKind.ENTRY:
                matches = rate.id == charge.thing
            case _:
                matches = False
        if matches:
            return rate
    return None


def count_of(rate: ArticleRate, n: int) -> str:
    """Return a quantity with its unit, as `2 plaques`."""
    match rate.unit:
        case Unit.GRAM:
            return _("%(n)s g", n=n)
        case Unit.SHEET:
            return plural("%(n)s sheet", "%(n)s sheets", n)
        case Unit.COURSE:
            return plural("%(n)s place", "%(n)s places", n)
        case Unit.PIECE:
            return plural("%(n)s piece", "%(n)s pieces", n)


def rate_text(rate: ArticleRate) -> str:
    """Return an article's price, as `4,00 €` or `4,50 € les 100 g`."""
    price = euros(rate.price_cents)
    if rate.per == 1:
        return price
    return _("%(price)s for %(many)s", price=price, many=count_of(rate, rate.per))


def counts_word(counts: Counts) -> str:
    """Return which time of a machine is charged: work or power."""
    return _("work") if counts is Counts.RUNNING else _("power")
