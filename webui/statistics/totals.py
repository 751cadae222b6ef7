"""The top of a report: a summary in sentences, and five numbers with their last twelve months."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from controller.capabilities.statistics.overview import Overview
from controller.capabilities.statistics.shapes import Figure
from webui.billing.formatting import euros
from webui.i18n import _, plural
from webui.naming import read_label
from webui.statistics.charts import Trend, trend
from webui.statistics.formatting import hours, number, people
from webui.statistics.period_words import format_period

Words = Callable[[int], str]
"""Formats an amount."""


@dataclass(frozen=True, slots=True)
class Total:
    """One of the period's numbers, with that of the period before."""

    title: str
    amount: str
    more: str
    """The number of the period before, or another detail."""
    months: tuple[str, ...]
    """The amount of each of twelve months."""
    trend: Trend | None
    """The line through them; None: there are too few."""


def arrivals_and_use(overview: Overview, this_month: str) -> Iterable[str]:
    """Yield how many people came and how long machines ran, in a sentence each.

    A period that is not over is not compared with a whole one that had more.
    """
    when, came = format_period(overview.before), overview.visitors.people
    change = came - overview.visitors_before.people
    if came and overview.visitors.is_distinct:  # else people are counted once a month
        if change < 0 and overview.period.last >= this_month:
            yield plural("%(n)s person has come so far.", "%(n)s people have come so far.", came)
        else:
            yield _arrivals_text(came, change, when)
    run = [machine for machine in overview.machines if machine.active_s]
    if run:
        values = {
            "hours": hours(sum(machine.active_s for machine in run) * 1000),
            "top": hours(run[0].active_s * 1000),
            "name": read_label(run[0].name),
        }
        yield _("Machines ran for %(hours)s. Most used: %(name)s, %(top)s.", **values)


def _arrivals_text(came: int, change: int, when: str) -> str:
    if change > 0:
        return plural(
            "%(n)s person came, %(more)s more than %(when)s.",
            "%(n)s people came, %(more)s more than %(when)s.",
            came,
            more=number(change),
            when=when,
        )
    if change < 0:
        return plural(
            "%(n)s person came, %(fewer)s fewer than %(when)s.",
            "%(n)s people came, %(fewer)s fewer than %(when)s.",
            came,
            fewer=number(-change),
            when=when,
        )
    return plural(
        "%(n)s person came, as many as %(when)s.",
        "%(n)s people came, as many as %(when)s.",
        came,
        when=when,
    )


def totals(overview: Overview, money: bool, this_month: str) -> Iterable[Total]:
    """Yield the period's numbers, each with its twelve months."""
    when, is_over = format_period(overview.before), overview.period.last < this_month

    def total(title: str, figure: Figure, words: Words, amount: str, more: str) -> Total:
        amounts = overview.by_month(figure)
        line = trend(amounts, is_over=is_over)
        return Total(title, amount, more, tuple(map(words, amounts)), line)

    came, before = overview.visitors, overview.visitors_before
    title = _("Distinct visitors") if came.is_distinct else _("Visitors, counted each month")
    more = f"{number(before.people)} {when}"
    yield total(title, Figure.VISITORS, number, number(came.people), more)
    for title, figure in (
        (_("Presence"), Figure.PRESENCE),
        (_("Machines running"), Figure.MACHINE_TIME),
    ):
        this, last = overview.total(figure), overview.total(figure, before=True)
        yield total(title, figure, hours, hours(this), f"{hours(last)} {when}")
    course_total = overview.total(Figure.COURSES)
    sessions = plural("%(n)s session held", "%(n)s sessions held", course_total)
    yield total(_("Certified"), Figure.CERTIFIED, number, number(overview.certified), sessions)
    if money:
        this, last = (
            overview.total(Figure.REVENUE, before=is_before) for is_before in (False, True)
        )
        more = f"{euros(last)} {when}"
        yield total(_("Statements"), Figure.REVENUE, euros, euros(this), more)


def funder_summary(overview: Overview) -> str:
    """Return the funder's summary."""
    return _(
        "%(hours)s of machines, %(people)s certified, %(sessions)s.",
        hours=hours(overview.total(Figure.MACHINE_TIME)),
        people=people(overview.certified),
        sessions=plural(
            "%(n)s session held", "%(n)s sessions held", overview.total(Figure.COURSES)
        ),
    )


def partner_shares(overview: Overview) -> tuple[float, ...]:
    """Return the hours of five partners in percent of the largest."""
    times = [time for partner, time in overview.parts(Figure.PARTNER_TIME) if partner and time > 0]
    return tuple(round(100 * time / times[0], 1) for time in times[:5])
