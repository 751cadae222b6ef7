"""What the till of a day shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from controller.capabilities.billing.cents import parse_amount
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import TillDay
from controller.capabilities.billing.till import Till
from webui.billing.words_of import MEANS_ICONS, euros, in_field, long_day, means_texts, near_day
from webui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansLine:
    """Sum of what was paid by one means."""

    icon: str
    text: str
    count: int
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverLine:
    """Cash that was handed over, or given back."""

    id: str
    when: str
    amount: str
    by: str
    receipt: str
    may_undo: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TillView:
    """The till of the day."""

    title: str
    means: tuple[MeansLine, ...]
    count: int
    total: str
    is_compared: bool
    """Whether there were payments other than cash, which have no place in the drawer."""
    float_: str
    float_plain: str
    cash: str
    cash_cents: int
    cash_plain: str
    expected: str
    later: str
    closed: str
    """What was counted and the difference, once the till is closed; empty before."""
    wrong: Mapping[str, str]
    """Errors of the closing form, by field."""
    handovers: tuple[HandoverLine, ...]


def till_view(till: Till, zone: ZoneInfo, wrong: str = "", counted: str = "") -> TillView:
    """Return the view of a day's till; `wrong` is the form's field with an error."""
    words = means_texts()
    lines = tuple(
        MeansLine(icon=MEANS_ICONS[kind], text=words[kind], count=count, amount=euros(total))
        for kind in Means
        for count, total in [till.means.get(kind, (0, 0))]
        if count
    )
    closed = ""
    if till.closed is not None:
        closed = _closed_words(till.closed)
    return TillView(
        title=_("Till of %(day)s", day=long_day(till.day)),
        means=lines,
        count=sum(line.count for line in lines),
        total=euros(sum(total for _count, total in till.means.values())),
        is_compared=bool(till.means.keys() - {Means.CASH}),
        float_=euros(till.float_cents),
        float_plain=in_field(till.float_cents),
        cash=euros(till.cash_cents),
        cash_cents=till.cash_cents,
        cash_plain=in_field(till.cash_cents),
        later=_later_words(till.later),
        expected=euros(till.expected_cents),
        closed=closed,
        wrong=_till_wrong(till, wrong, counted),
        handovers=tuple(
            HandoverLine(
                id=handover.id,
                when=near_day(handover.at.astimezone(zone).date()),
                amount=euros(handover.amount_cents),
                by=handover.by or "",
                receipt=handover.reference or "",
                may_undo=handover.may_be_taken_back,
            )
            for handover in till.handovers
        ),
    )


def _later_words(later: Mapping[Means, int]) -> str:
    """Return the later payments by means; each separately, as the drawer contains only cash."""
    if not later:
        return ""
    words = means_texts()
    sums = (
        _("%(means)s: %(amount)s", means=words[kind], amount=euros(later[kind]))
        for kind in Means
        if kind in later
    )
    return _("Taken since it was closed, for the next till: %(sums)s.", sums=", ".join(sums))


def _till_wrong(till: Till, field: str, counted: str) -> dict[str, str]:
    """Return the error text for the field because of which the till was not closed."""
    amount = parse_amount(counted)
    if field != "difference" or amount is None:
        return {field: _("Give an amount such as 186.40.")}
    off = euros(amount - till.expected_cents)
    return {field: _("The difference is %(amount)s: give its reason.", amount=off)}


def _closed_words(day: TillDay) -> str:
    difference = day.counted_cents - day.expected_cents
    if not difference:
        return _("Closed: %(amount)s counted.", amount=euros(day.counted_cents))
    return _(
        "Closed: %(amount)s counted, %(expected)s expected. Difference of %(off)s: %(reason)s",
        amount=euros(day.counted_cents),
        expected=euros(day.expected_cents),
        off=euros(difference),
        reason=day.reason or "",
    )
