"""Periods in words, and the links from one period to others."""

from dataclasses import dataclass
from datetime import date

from flask import request, url_for

from controller.capabilities.statistics.funder import MONTH_LIMIT
from controller.capabilities.statistics.periods import Kind, Period
from webui.i18n import _
from webui.i18n.dates import format_day, month_beside, month_name, short_month
from webui.parts import Option
from webui.statistics.site_choice import PLACE


@dataclass(frozen=True, slots=True)
class Step:
    """A link to another period."""

    text: str
    href: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class PeriodChoice:
    """The links and options for choosing another period."""

    before: Step
    later: Step | None
    """The next period; None: it has not begun."""
    lengths: tuple[Step, ...]
    is_free: bool
    months: tuple[Option, ...]
    """The months for a period of the reader's choice, the latest first."""


def period_choice(shown: Period, this_month: str) -> PeriodChoice:
    """Return the links to other periods, and the form of two months; neither needs JavaScript."""
    later = shown.shifted(1)
    return PeriodChoice(
        before=_neighbour_step(shown.shifted(-1), shown),
        later=_neighbour_step(later, shown) if later.first <= this_month else None,
        lengths=tuple(
            _length_step(period, shown) for period in _last_month(shown, this_month).around()
        ),
        is_free=shown.kind is Kind.FREE,
        months=month_options(shown, this_month),
    )


def _last_month(shown: Period, this_month: str) -> Period:
    """Return the last month of the shown period, but not later than now, where other lengths end
    too."""
    last = min(shown.last, max(this_month, shown.first))
    return Period(last, last)


def _length_step(period: Period, shown: Period) -> Step:
    words = {Kind.MONTH: _("Month"), Kind.QUARTER: _("Quarter"), Kind.YEAR: _("Year")}
    is_current = period.kind is shown.kind
    return Step(words[period.kind], _address(shown if is_current else period), is_current)


def _neighbour_step(period: Period, shown: Period) -> Step:
    return Step(_step_name(period, shown), _address(period))


def _step_name(period: Period, shown: Period) -> str:
    if period.kind is Kind.MONTH:
        return month_beside(period.first, shown.first)
    if period.kind is Kind.QUARTER and period.first[:4] == shown.first[:4]:
        return _quarter_text(period, "QQQ")
    return short_period_name(period)


def _address(period: Period) -> str:
    return url_for("reports.show", period=period.key, place=request.args.getlist(PLACE))


def month_options(shown: Period, this_month: str) -> tuple[Option, ...]:
    """Return the months to choose from, including those shown; no more than a report may have."""
    start = Period(shown.first, shown.first)
    until = min(max(this_month, shown.last), start.shifted(MONTH_LIMIT - 1).first)
    since = Period(until, until).shifted(1 - MONTH_LIMIT).first
    months = reversed(Period(since, until).months)
    return tuple(Option(value=month, text=month_name(month)) for month in months)


def period_name(period: Period) -> str:
    """Return the name: `novembre 2026`, `4e trimestre 2026`, `2026`, `août à octobre 2026`."""
    match period.kind:
        case Kind.MONTH:
            return month_name(period.first)
        case Kind.QUARTER:
            return _quarter_text(period, "QQQQ y")
        case Kind.YEAR:
            return period.first[:4]
    first, last = _first_and_last(period)
    return _("%(first)s to %(last)s", first=first, last=last)


def short_period_name(period: Period) -> str:
    """Return the short name: `nov.`, `T4 2026`, `2026`, `août – oct. 2026`."""
    match period.kind:
        case Kind.MONTH:
            return short_month(period.first)
        case Kind.QUARTER:
            return _quarter_text(period, "QQQ y")
        case Kind.YEAR:
            return period.first[:4]
    return f"{month_beside(period.first, period.last)} – {month_beside(period.last, '')}"


def format_period(period: Period) -> str:
    """Return it with a preposition: `en novembre 2026`, `au 4e trimestre 2026`, `en 2026`."""
    match period.kind:
        case Kind.QUARTER:
            return _("in the %(quarter)s", quarter=period_name(period))
        case Kind.FREE:
            first, last = _first_and_last(period)
            return _("between %(first)s and %(last)s", first=first, last=last)
    return _("in %(month)s", month=period_name(period))


def _first_and_last(period: Period) -> tuple[str, str]:
    """Return the first and last month, with the year only once if it is the same."""
    first = date.fromisoformat(f"{period.first}-01")
    pattern = "LLLL" if period.first[:4] == period.last[:4] else "LLLL y"
    return format_day(first, pattern), month_name(period.last)


def _quarter_text(period: Period, pattern: str) -> str:
    return format_day(date.fromisoformat(f"{period.first}-01"), pattern)
