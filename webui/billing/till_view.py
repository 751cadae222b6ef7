"""What the till shows: of all days since it was counted, or of one of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from flask import abort, request, url_for

from controller.capabilities.billing import books, months, till
from controller.capabilities.billing.cents import parse_amount
from controller.capabilities.billing.kinds import Means
from controller.capabilities.billing.models import TillDay
from controller.capabilities.billing.till import Till
from controller.domain.time import Utc
from controller.kernel.database import Session
from webui.billing.cancelled_payments import CancelledPaymentList, days_list
from webui.billing.formatting import MEANS_ICONS, euros, in_field, long_day, means_texts, near_day
from webui.guard import actor, site
from webui.i18n import _


@dataclass(frozen=True, slots=True, kw_only=True)
class MeansLine:
    """The sum of the payments by one means."""

    icon: str
    text: str
    count: int
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverLine:
    """A handover of cash, or its cancellation."""

    id: str
    when: str
    amount: str
    by: str
    receipt: str
    may_undo: bool


class DayLink(NamedTuple):
    """A link to the till of other days."""

    text: str
    href: str
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TillView:
    """The till of some days, and the cash that is in it now."""

    title: str
    is_now: bool
    """Whether its last day is today."""
    days: tuple[DayLink, ...]
    """Links to the days before and after, and to all days since it was counted."""
    is_uncounted: bool
    """Whether it covers days on which it was not counted."""
    cancelled: CancelledPaymentList
    cancelled_in_month: CancelledPaymentList
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
    version: str
    """Sent with the closing form, so that later payments are asked about."""
    later: str
    """What was taken after it was closed, for the next till, as text; empty: nothing."""
    closed: str
    """What was counted and the difference, once the till is closed; empty before."""
    wrong: Mapping[str, str]
    """Errors of the closing form, by field."""
    handovers: tuple[HandoverLine, ...]


def read_till(db: Session, month: str, zone: ZoneInfo, now: Utc) -> TillView:
    """Read the till of the day in the address, by default of all days since it was counted."""
    site_id, who, today = site().id, actor(), months.day_of(now, zone)
    uncounted = till.first_uncounted(db, site_id, today)
    chosen = _day_in_address(today)
    since, until = (chosen, chosen) if chosen else (uncounted, today)
    first, last = date.fromisoformat(f"{month}-01"), books.last_day(month)
    return _view(
        till.till_of_day(db, site_id, until, since=since, actor=who),
        zone,
        is_now=until == today,
        days=_day_links(month, chosen, uncounted, today),
        cancelled=days_list(db, site_id, since, until, zone, actor=who),
        cancelled_in_month=days_list(db, site_id, first, last, zone, actor=who),
    )


def _day_in_address(today: date) -> date | None:
    """Return the day in the address, or None; 404 if it is invalid or after today."""
    text = request.args.get("day")
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        abort(404)
    if not date(2000, 1, 1) < day <= today:
        abort(404)
    return day


def _day_links(
    month: str, chosen: date | None, uncounted: date, today: date
) -> tuple[DayLink, ...]:
    def link(text: str, day: date | None, icon: str = "") -> DayLink:
        to = day.isoformat() if day else None
        return DayLink(text, url_for("money.show", month=month, day=to, _anchor="till"), icon)

    shown, one_day = chosen or today, timedelta(days=1)
    links = [link(near_day(shown - one_day), shown - one_day, "chevron-left")]
    if uncounted < today:
        whole = link(_("Not counted"), None)
        links.append(whole if chosen else link(_("Only today"), today))
    if shown < today:
        links.append(link(near_day(shown + one_day), shown + one_day, "chevron-right"))
    return tuple(links)


def _view(
    data: Till,
    zone: ZoneInfo,
    *,
    is_now: bool,
    days: tuple[DayLink, ...],
    cancelled: CancelledPaymentList,
    cancelled_in_month: CancelledPaymentList,
) -> TillView:
    """Return the view; the field of the address with an error has its text."""
    wrong = request.args.get("form", "")
    words = means_texts()
    lines = tuple(
        MeansLine(icon=MEANS_ICONS[kind], text=words[kind], count=count, amount=euros(total))
        for kind in Means
        if kind in data.means
        for count, total in [data.means[kind]]
    )
    return TillView(
        title=_title(data),
        is_now=is_now,
        days=days,
        is_uncounted=data.since < data.day and data.closed is None,
        cancelled=cancelled,
        cancelled_in_month=cancelled_in_month,
        means=lines,
        count=sum(line.count for line in lines),
        total=euros(sum(total for _count, total in data.means.values())),
        is_compared=bool(data.means.keys() - {Means.CASH}),
        float_=euros(data.float_cents),
        float_plain=in_field(data.float_cents),
        cash=euros(data.cash_cents),
        cash_cents=data.cash_cents,
        cash_plain=in_field(data.cash_cents),
        later=_later_words(data.later),
        expected=euros(data.expected_cents),
        version=data.version,
        closed=_closed_words(data.closed) if data.closed else "",
        wrong=_closing_errors(data, wrong),
        handovers=tuple(
            HandoverLine(
                id=handover.id,
                when=near_day(handover.at.astimezone(zone).date()),
                amount=euros(handover.amount_cents),
                by=handover.by or "",
                receipt=handover.reference or "",
                may_undo=handover.may_be_taken_back,
            )
            for handover in data.handovers
        ),
    )


def _title(data: Till) -> str:
    if data.since == data.day:
        return _("Till of %(day)s", day=long_day(data.day))
    return _("Till from %(since)s to %(day)s", since=near_day(data.since), day=near_day(data.day))


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


def _closing_errors(data: Till, field: str) -> dict[str, str]:
    """Return the error text for the field that prevented closing the till."""
    typed = "float" if field == "float" else "counted"
    amount = parse_amount(request.args.get(typed, "")[:12])
    if field == "changed":
        now = euros(data.expected_cents)
        return {
            "counted": _(
                "Something was paid or cancelled since you opened this page: %(amount)s should be "
                "there now. Check the payments and what was cancelled, then close the day.",
                amount=now,
            )
        }
    if amount is not None and amount < 0:
        return {field: _("This can’t be negative: give what is in the drawer.")}
    counted = parse_amount(request.args.get("counted", "")[:12])
    if field == "float" and amount is not None and counted is not None and counted < amount:
        most = euros(counted)
        return {field: _("You counted %(amount)s: leave %(amount)s or less.", amount=most)}
    if field != "difference" or amount is None:
        return {field: _("Give an amount such as 186.40.")}
    difference = euros(amount - data.expected_cents)
    return {field: _("The difference is %(amount)s: give its reason.", amount=difference)}


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
