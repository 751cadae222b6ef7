"""Periods in words, and the ways from one to another."""

from dataclasses import dataclass
from datetime import date

from flask import request, url_for

from controller.capabilities.statistics.funder import AT_MOST
from controller.capabilities.statistics.periods import Kind, Period
from webui.i18n import _
from webui.i18n.dates import dated
from webui.i18n.months import month_beside, month_name, short_month
from webui.parts import Option
from webui.statistics.places_asked import PLACE


@dataclass(frozen=True, slots=True)
class Step:
    """A way to another period, or to one of another length."""

    text: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """Where to go from a period."""

    before: Step
    later: Step | None
    """None: it has not begun."""
    lengths: tuple[Step, ...]
    is_free: bool
    months: tuple[Option, ...]
    """From which one of one's own is made, the latest first."""


def choice(shown: Period, this_month: str) -> Choice:
    """By keyboard, and without JavaScript: links, and a form of two months."""
    later = shown.beside(1)
    return Choice(
        before=_beside(shown.beside(-1), shown),
        later=_beside(later, shown) if later.first <= this_month else None,
        lengths=tuple(_length(each, shown) for each in _ending(shown, this_month).around()),
        is_free=shown.kind is Kind.FREE,
        months=_months(shown, this_month),
    )


def _ending(shown: Period, this_month: str) -> Period:
    """Where the others end too; no later than now."""
    last = min(shown.last, max(this_month, shown.first))
    return Period(last, last)


def _length(each: Period, shown: Period) -> Step:
    words = {Kind.MONTH: _("Month"), Kind.QUARTER: _("Quarter"), Kind.YEAR: _("Year")}
    is_current = each.kind is shown.kind
    return Step(words[each.kind], _address(shown if is_current else each), is_current)


def _beside(each: Period, shown: Period) -> Step:
    return Step(_step_name(each, shown), _address(each))


def _step_name(each: Period, shown: Period) -> str:
    if each.kind is Kind.MONTH:
        return month_beside(each.first, shown.first)
    if each.kind is Kind.QUARTER and each.first[:4] == shown.first[:4]:
        return _quarter(each, "QQQ")
    return short(each)


def _address(each: Period) -> str:
    return url_for("reports.show", period=each.key, place=request.args.getlist(PLACE))


def _months(shown: Period, this_month: str) -> tuple[Option, ...]:
    """The latest with those shown, as many as fit into a report: no choice is too long."""
    start = Period(shown.first, shown.first)
    until = min(max(this_month, shown.last), start.beside(AT_MOST - 1).first)
    since = Period(until, until).beside(1 - AT_MOST).first
    months = reversed(Period(since, until).months)
    return tuple(Option(value=each, text=month_name(each)) for each in months)


def period_name(each: Period) -> str:
    """`novembre 2026`, `4e trimestre 2026`, `2026`, `août à octobre 2026`."""
    match each.kind:
        case Kind.MONTH:
            return month_name(each.first)
        case Kind.QUARTER:
            return _quarter(each, "QQQQ y")
        case Kind.YEAR:
            return each.first[:4]
    first, last = _first_and_last(each)
    return _("%(first)s to %(last)s", first=first, last=last)


def short(each: Period) -> str:
    """`nov.`, `T4 2026`, `2026`, `août – oct. 2026`."""
    match each.kind:
        case Kind.MONTH:
            return short_month(each.first)
        case Kind.QUARTER:
            return _quarter(each, "QQQ y")
        case Kind.YEAR:
            return each.first[:4]
    return f"{month_beside(each.first, each.last)} – {month_beside(each.last, '')}"


def during(each: Period) -> str:
    """`en novembre 2026`, `au 4e trimestre 2026`, `en 2026`, `entre août et octobre 2026`."""
    match each.kind:
        case Kind.QUARTER:
            return _("in the %(quarter)s", quarter=period_name(each))
        case Kind.FREE:
            first, last = _first_and_last(each)
            return _("between %(first)s and %(last)s", first=first, last=last)
    return _("in %(month)s", month=period_name(each))


def _first_and_last(each: Period) -> tuple[str, str]:
    """With the year once where it is the same."""
    first = date.fromisoformat(f"{each.first}-01")
    pattern = "LLLL" if each.first[:4] == each.last[:4] else "LLLL y"
    return dated(first, pattern), month_name(each.last)


def _quarter(each: Period, pattern: str) -> str:
    return dated(date.fromisoformat(f"{each.first}-01"), pattern)
