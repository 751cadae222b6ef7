"""What the sales page shows: the offers of the tariff, and the sale being entered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from controller.capabilities.billing.calculation import article_amount
from controller.capabilities.billing.cents import Cents
from controller.capabilities.billing.kinds import Means, SourceKind, Unit
from controller.capabilities.billing.priced_items import Names
from controller.capabilities.billing.rates import ArticleRate, PassRate, SubscriptionRate
from controller.capabilities.billing.sales import OfferRate
from controller.capabilities.billing.unpaid_plans import UnpaidPlan
from controller.domain.locale.time import of_month
from controller.domain.time import Utc
from webui.billing.formatting import MEANS_ICONS, count_of, euros, label, means_texts, pass_name
from webui.i18n import _, translator
from webui.i18n.dates import day, last_day

_ICONS = {
    Unit.GRAM: "spool",
    Unit.SHEET: "layers",
    Unit.PIECE: "shopping-basket",
    Unit.COURSE: "graduation-cap",
}
MAX_QUANTITY = 100_000
"""Most of an article in one sale."""
PAYS, BESIDE = "pays:", "beside:"
"""Prefixes of the id of an unpaid subscription or pass in the form: pay it, or sell another."""
MANY_OFFERS = 9
"""From this number of offers on, they are grouped by kind and can be searched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An article, a pass or a subscription that can be sold."""

    place: int
    """The offer's position in the tariff, by which the form names it."""
    rate: OfferRate
    name: str

    @property
    def price(self) -> str:
        """The price of one unit, or of as many as the tariff names."""
        return euros(self.rate.price_cents)

    @property
    def unit(self) -> str:
        """What that price is for."""
        if not isinstance(self.rate, ArticleRate):
            return ""
        if self.rate.per > 1:
            return _("for %(many)s", many=count_of(self.rate, self.rate.per))
        return {
            Unit.GRAM: _("per gram"),
            Unit.SHEET: _("per sheet"),
            Unit.PIECE: _("each"),
            Unit.COURSE: _("per place"),
        }[self.rate.unit]

    @property
    def icon(self) -> str:
        """The icon of its kind."""
        if isinstance(self.rate, ArticleRate):
            return _ICONS[self.rate.unit]
        return "ticket-check" if isinstance(self.rate, PassRate) else "id-card"

    @property
    def is_personal(self) -> bool:
        """Whether it is a pass or a subscription, which is somebody's and sold one by one."""
        return not isinstance(self.rate, ArticleRate)

    @property
    def step(self) -> int:
        """By how much a tap changes the quantity."""
        return 10 if isinstance(self.rate, ArticleRate) and self.rate.unit is Unit.GRAM else 1

    def count_words(self, quantity: int) -> str:
        """Return the words after a quantity, as *sheets*."""
        if not isinstance(self.rate, ArticleRate):
            return ""
        return count_of(self.rate, quantity).removeprefix(str(quantity)).strip()

    def amount(self, quantity: int) -> int:
        """Return the price of this quantity, in cents."""
        if not isinstance(self.rate, ArticleRate):
            return self.rate.price_cents
        return article_amount(self.rate, quantity)


def offer(place: int, rate: OfferRate, names: Names) -> Offer:
    """Return an offer of the tariff, with its name."""
    if isinstance(rate, SubscriptionRate):
        plan_name = label(names.get((SourceKind.SUBSCRIPTION, rate.plan_id), {})) or rate.plan_id
        name = _("Subscription for a year: %(plan)s", plan=plan_name)
        return Offer(place=place, rate=rate, name=name)
    if isinstance(rate, PassRate):
        plan_name = label(names.get((SourceKind.PASS, rate.plan_id), {})) or rate.plan_id
        return Offer(place=place, rate=rate, name=pass_name(plan_name, rate.pass_kind, rate.units))
    return Offer(place=place, rate=rate, name=label(names.get((SourceKind.ENTRY, rate.id), {})))


def shelves(offers: tuple[Offer, ...]) -> tuple[tuple[str, tuple[Offer, ...]], ...]:
    """Return the offers by kind, each with its heading; a few offers are one group without one."""
    if len(offers) < MANY_OFFERS:
        return (("", offers),) if offers else ()
    courses = tuple(
        item for item in offers if not item.is_personal and item.icon == _ICONS[Unit.COURSE]
    )
    passes = tuple(item for item in offers if item.is_personal)
    rest = tuple(item for item in offers if item not in courses and item not in passes)
    groups = ((_("Materials"), rest), (_("Passes and plans"), passes), (_("Training"), courses))
    return tuple((title, items) for title, items in groups if items)


def read_quantity(typed: Mapping[str, str]) -> int | None:
    """Return the quantity that was typed; None if it is no number from 1 to `MAX_QUANTITY`."""
    text = typed.get("quantity", "1")
    is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_QUANTITY))
    return int(text) if is_number and 0 < int(text) <= MAX_QUANTITY else None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpaidLine:
    """An unpaid subscription or pass of the plan that the buyer has already."""

    id: str
    left_cents: int
    left: str
    text: str
    another: str
    """The offer of another one; empty: it is not possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """The sale that is being entered."""

    chosen: Offer | None
    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    people: tuple[tuple[str, str], ...] = ()
    """Ids and names of the members whose names match."""
    sure: str = ""
    """An unusually high amount that has to be confirmed; empty: none."""
    till: str = ""
    """The day in whose till sales are counted, if today's till is closed; empty: today."""
    unpaid: UnpaidLine | None = None
    """The unpaid plan that is paid instead of selling a new one, unless a new one is chosen."""
    already: str = ""
    """Text: the buyer has the subscription already, or owes this article already."""

    @property
    def sells_another(self) -> bool:
        """Whether another one is sold in addition to the unpaid one."""
        return self.unpaid is not None and self.typed.get("unpaid") == f"{BESIDE}{self.unpaid.id}"

    @property
    def total(self) -> str:
        """The amount to pay."""
        if self.unpaid is not None and not self.sells_another:
            return self.unpaid.left
        quantity = read_quantity(self.typed)
        return euros(self.chosen.amount(quantity) if self.chosen and quantity else 0)

    @property
    def count_words(self) -> str:
        """The words after the quantity."""
        return self.chosen.count_words(read_quantity(self.typed) or 1) if self.chosen else ""

    @property
    def person(self) -> str:
        """The name of the only member who matches, or of the chosen one; empty: not one."""
        if len(self.people) == 1:
            return self.people[0][1]
        return dict(self.people).get(self.typed.get("member_id", ""), "")

    @property
    def obstacle(self) -> str:
        """Why the sale can't be recorded yet; empty: it can."""
        if self.chosen is None:
            return _("Choose an item.")
        if read_quantity(self.typed) is None:
            return quantity_error()
        if self.chosen.is_personal and not self.typed.get("who"):
            return _("A pass or a subscription needs a name.")
        return _("Several people have that name: choose one.") if self._is_unsure else ""

    @property
    def _is_unsure(self) -> bool:
        return len(self.people) > 1 and not self.person

    @property
    def means(self) -> tuple[tuple[str, str, str], ...]:
        """Value, label and icon of each means of payment."""
        words, order = means_texts(), sorted(Means, key=lambda kind: kind is not Means.CARD)
        return tuple((kind.value, words[kind], MEANS_ICONS[kind]) for kind in order)


def unpaid_line(plan: UnpaidPlan, another: str, now: Utc, zone: ZoneInfo) -> UnpaidLine:
    """Return the text on the unpaid plan that the buyer has, with the offer of another one."""
    values = {
        "of_month": of_month(plan.month, translator()),
        "left": euros(plan.left_cents),
        "start": day(plan.starts, now, zone),
    }
    if plan.ends is None:
        text = _(
            "This person has it already, from %(start)s on: %(left)s is still to be paid, on the "
            "statement %(of_month)s.",
            **values,
        )
    else:
        text = _(
            "This person has it already, from %(start)s to %(end)s: %(left)s is still to be paid, "
            "on the statement %(of_month)s.",
            end=last_day(plan.ends, now, zone),
            **values,
        )
    return UnpaidLine(
        id=plan.id, left_cents=plan.left_cents, left=values["left"], text=text, another=another
    )


def already_owed_text(month: str, left: Cents) -> str:
    """Return the text on what the buyer owes for the article that is being sold."""
    return _(
        "%(left)s is still to be paid for this item, on the statement %(of_month)s. If that is "
        "what the person pays now, sell nothing: the payment is recorded on the statement.",
        left=euros(left),
        of_month=of_month(month, translator()),
    )


def quantity_error() -> str:
    """Return the message for a quantity that can't be sold."""
    return _(
        "Enter a whole number from 1 to 100,000; passes and subscriptions are sold one at a time."
    )
