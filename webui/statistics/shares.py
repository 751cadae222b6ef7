"""A period of several sites together, with the share of each site."""

from collections.abc import Sequence
from dataclasses import dataclass

from controller.capabilities.places.shapes import Site
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.overview import Overview
from controller.capabilities.statistics.shapes import Figure
from webui.i18n import _
from webui.naming import read_label
from webui.statistics.formatting import amount_words, hours, number


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """The report of one site, or of several together."""

    whole: Overview
    names: Names
    sites: Sequence[Site]
    apart: Sequence[Overview]
    """The report of each site alone."""
    shows_money: bool
    """Whether the reader may see the money of all of them."""


def share_rows(reported: ReportData) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Return the titles, and a row for each site and for all, each with its share of the whole."""
    figures = [Figure.PRESENCE, Figure.MACHINE_TIME, Figure.COURSES]
    figures += [Figure.REVENUE] if reported.shows_money else []
    titles = (_("Presence"), _("Machines running"), _("Sessions"), _("Statements"))
    head = (_("Place"), _("Visitors"), *titles[: len(figures)], _("Certified"))

    def row(name: str, overview: Overview) -> tuple[str, ...]:
        whole = reported.whole
        cells = [
            _share(
                number(overview.visitors.people), overview.visitors.people, whole.visitors.people
            ),
            *(
                _share(
                    _amount(figure, overview.total(figure)),
                    overview.total(figure),
                    whole.total(figure),
                )
                for figure in figures
            ),
            _share(number(overview.certified), overview.certified, whole.certified),
        ]
        return (name, *cells)

    rows = [
        row(read_label(site.name), one)
        for site, one in zip(reported.sites, reported.apart, strict=True)
    ]
    return head, (*rows, row(_("Together"), reported.whole))


def _share(amount: str, part: int, whole: int) -> str:
    if whole <= 0 or part == whole:
        return amount
    return _("%(amount)s (%(share)s %%)", amount=amount, share=round(100 * part / whole))


def _amount(figure: Figure, amount: int) -> str:
    return (
        hours(amount)
        if figure is not Figure.REVENUE and figure is not Figure.COURSES
        else (amount_words(figure, amount))
    )
