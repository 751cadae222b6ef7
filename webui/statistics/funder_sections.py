"""The figures of the funder report, each by part, and the main ones in sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import url_for

from controller.capabilities.billing.permissions import MONEY_READ
from controller.capabilities.opendata import publication, published_figures
from controller.capabilities.statistics.models import TrancheAge
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.shapes import Counted, Figure, FunderFigures, Unit
from webui.context import context
from webui.guard import actor, is_allowed, site
from webui.i18n import _, plural
from webui.i18n.dates import month_name
from webui.naming import read_label
from webui.statistics.formatting import amount_words, how_counted, number, part_words, title_of
from webui.statistics.funder_asked import FunderData, count_months

ANSWERS = frozenset((Figure.GENRE, Figure.TRANCHE_AGE, Figure.STATUT_SOCIAL, Figure.COMMUNE))
"""Figures of what visitors answer about themselves."""
DISTINCT = frozenset((Figure.VISITORS, Figure.PUBLIC_VISITORS, Figure.CERTIFIED, *ANSWERS))
"""Figures of distinct people, which can't be summed: the same person may come in several months."""


@dataclass(frozen=True, slots=True)
class Share:
    """The share of one site in a figure of several sites."""

    name: str
    amount: str
    percent: str
    source: str


@dataclass(frozen=True, slots=True)
class Section:
    """One figure, by part."""

    key: str
    title: str
    rows: tuple[tuple[str, str], ...]
    total: str
    note: str
    source: str
    how: str
    """How the figure is counted, in words."""
    is_withheld: bool = False
    """Whether open data withhold it, because it is too small."""
    shares: tuple[Share, ...] = ()
    """The share of each of several sites; `source` is then in these."""

    @property
    def is_number(self) -> bool:
        """Whether it is a single number that is of no part, which needs no table of its own."""
        names = [name for name, _amount in self.rows]
        return names == [self.total_name] and not self.shares

    @property
    def total_name(self) -> str:
        """What the total is of: of answers, it is of those who answered, not of all visitors."""
        return _("People who answered") if self.key in ANSWERS else _("Together")


def lead(months: Sequence[FunderFigures], empty_count: int) -> list[str]:
    """Return the main figures as sentences; `empty_count`: sessions without participants."""
    if len(months) == 1:
        came = plural("%(n)s person came.", "%(n)s people came.", months[0].visitors)
    else:
        mean = round(sum(report.visitors for report in months) / count_months(months))
        came = plural("%(n)s person a month on average.", "%(n)s people a month on average.", mean)
    hours_text = amount_words(
        Figure.MACHINE_TIME, round(sum(report.active_s for report in months) * 1000)
    )
    session_count = sum(report.course_sessions for report in months)
    return [
        came,
        _("Machines worked for %(hours)s.", hours=hours_text),
        plural(
            "%(n)s session was held, attended %(heads)s times.",
            "%(n)s sessions were held, attended %(heads)s times.",
            session_count,
            heads=number(sum(report.headcount for report in months)),
        ),
        *_empty_sessions_texts(empty_count),
    ]


def _empty_sessions_texts(empty_count: int) -> list[str]:
    """Return a sentence on how many of these sessions have no participants; nothing if none."""
    text = _("Sessions where nobody was recorded as present: %(n)s.", n=number(empty_count))
    return [text] if empty_count else []


def sections(data: FunderData, names: Names) -> tuple[Section, ...]:
    """Return the figures that are not empty.

    For one month they say whether open data withhold them; for several sites, each one's share.
    """
    counting = _make_sections(data, names)
    if data.is_several:
        return tuple(_with_shares(section, data) for section in counting)
    return tuple(_with_withheld(counting, data.months))


def _make_sections(data: FunderData, names: Names) -> list[Section]:
    figures = [figure for figure in Figure if figure is not Figure.REVENUE or data.may(MONEY_READ)]
    sections = (_section(figure, data.months, names) for figure in figures)
    return [section for section in sections if section.rows]


def _with_shares(section: Section, data: FunderData) -> Section:
    figure, several = Figure(section.key), len(data.months) > 1
    notes = [section.note]
    if figure in DISTINCT:
        notes.append(_("Somebody who comes to two places is counted in both."))
    if figure is Figure.PARTNER_TIME:  # a project of two partners is in both: there is no whole
        return replace(section, source="")
    amounts = {
        place.id: _sum(
            [one for month in data.by_site[place.id] for one in _counts_of(month, figure)]
        )
        for place in data.sites
    }
    whole = sum(amounts.values())
    mean = count_months(data.months) if several and figure in DISTINCT else 0
    shares = tuple(
        Share(
            name=read_label(place.name),
            amount=number(round(amounts[place.id] / mean, 1))
            if mean
            else amount_words(figure, amounts[place.id]),
            percent=_("%(n)s %%", n=round(100 * amounts[place.id] / whole)) if whole > 0 else "",
            source=_source_href(figure, data.months, site=place.id),
        )
        for place in data.sites
    )
    return replace(section, source="", shares=shares, note=" ".join(filter(None, notes)))


_PUBLIC = {
    Figure.MACHINE_TIME: published_figures.HOURS,
    Figure.COURSES: published_figures.SESSIONS,
    Figure.HEADCOUNT: published_figures.AT_SESSIONS,
    Figure.CERTIFIED: published_figures.CERTIFIED,
}
"""The indicator of open data that each exact figure corresponds to."""


def _with_withheld(sections: list[Section], months: Sequence[FunderFigures]) -> list[Section]:
    """Add what open data withhold of a month, for readers who decide about publishing."""
    if len(months) > 1 or not is_allowed(publication.WRITE):
        return sections
    web, month = context(), months[0].month
    days = web.settings.retention.access_days
    with web.database.read() as db:
        published = published_figures.figures_by_indicator(
            db, site().id, month, actor=actor(), now=web.clock(), access_days=days
        )
    names = {figure.value: name for figure, name in _PUBLIC.items()}
    return [
        replace(section, is_withheld=section.key in names and published[names[section.key]] is None)
        for section in sections
    ]


def _section(figure: Figure, months: Sequence[FunderFigures], names: Names) -> Section:
    several = len(months) > 1
    if several and figure in (Figure.VISITORS, Figure.CERTIFIED):
        sums = {report.month: _sum(_counts_of(report, figure)) for report in months}
        rows = tuple((month_name(month), number(n)) for month, n in sums.items() if n)
        return _make_section(
            figure,
            rows,
            "",
            _("By month: a person who comes in two months is counted in both."),
            months,
        )
    by_part: dict[str, int] = {}
    for report in months:
        for one in _counts_of(report, figure):
            by_part[one.part or ""] = by_part.get(one.part or "", 0) + amount_of(one)
    ordered = in_order(figure, by_part)
    if several and figure in DISTINCT:
        rows = tuple(
            (part_words(figure, part, names), number(round(n / count_months(months), 1)))
            for part, n in ordered
        )
        return _make_section(figure, rows, "", _("On average a month."), months)
    rows = tuple((part_words(figure, part, names), amount_words(figure, n)) for part, n in ordered)
    whole = figure is not Figure.PARTNER_TIME and len(rows) > 1
    total = amount_words(figure, sum(by_part.values())) if whole else ""
    return _make_section(figure, rows, total, "", months)


def in_order(figure: Figure, by_part: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the parts of a figure, the largest first; age groups from the youngest."""
    if figure is Figure.TRANCHE_AGE:
        bands = [band.value for band in TrancheAge]
        return sorted(by_part.items(), key=lambda pair: bands.index(pair[0]))
    return sorted(by_part.items(), key=lambda pair: (-pair[1], pair[0]))


def _counts_of(month: FunderFigures, figure: Figure) -> list[Counted]:
    return [count for count in month.figures if count.figure is figure]


def _sum(counts: Sequence[Counted]) -> int:
    return sum(amount_of(count) for count in counts)


def amount_of(count: Counted) -> int:
    """Return the value as it was counted: people, times, cents, or milliseconds."""
    return round(count.value * 1000) if count.unit is Unit.SECONDS else int(count.value)


def _make_section(
    figure: Figure,
    rows: tuple[tuple[str, str], ...],
    total: str,
    note: str,
    months: Sequence[FunderFigures],
) -> Section:
    source = _source_href(figure, months)
    return Section(figure.value, title_of(figure), rows, total, note, source, how_counted(figure))


def _source_href(figure: Figure, months: Sequence[FunderFigures], **at: str) -> str:
    """Return the address that explains how it was counted; `at` is the site, if not the page's."""
    first, last = months[0].month, months[-1].month
    values: dict[str, Any] = {"figure": figure.value, **at}
    values |= {"month": last} if first == last else {"first": first, "last": last}
    return url_for("reports.counted", **values)
