"""Filters the machines and rooms of a report."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from controller.capabilities.statistics.overview import Machine, Overview
from webui.i18n import _, plural
from webui.list_filter import Filters, ListFilter, filters, options_by_name
from webui.naming import read_label
from webui.parts import Option
from webui.statistics.site_choice import PLACE

AT_ONCE, ROOMS_AT_ONCE = 25, 4
"""How many machines and rooms are shown at once."""
WORKED, RESTED, DOWN = "worked", "rested", "down"
"""States by which machines can be filtered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilteredReport:
    """The machines of a report after the filter, and the filters."""

    machines: tuple[Machine, ...]
    more_rooms: str
    filters: Filters


def filter_report(
    overview: Overview, list_filter: ListFilter, zones: Mapping[str, str], also: Sequence[str]
) -> FilteredReport:
    """Return a page of machines filtered by name, room and state.

    `also` are the ids of the report's other sites.
    """
    selected = [machine for machine in overview.machines if _is_shown(machine, list_filter)]
    machines = tuple(list_filter.page(selected, AT_ONCE))
    filter_view = filters(
        "reports.show",
        list_filter,
        options_by_name(zones),
        _states(),
        every=len(overview.machines),
        matching=len(selected),
        shown=len(machines),
        period=overview.period.key,
        **{PLACE: also},
    )
    return FilteredReport(
        machines=machines,
        more_rooms=_more_rooms_text(overview.more_rooms),
        filters=replace(filter_view, is_offered=filter_view.is_offered or overview.more_rooms > 0),
    )


def _is_shown(machine: Machine, list_filter: ListFilter) -> bool:
    states = {WORKED if machine.active_s else RESTED}
    if machine.down_s:
        states.add(DOWN)
    return list_filter.has(read_label(machine.name), (machine.zone,), states)


def _states() -> list[Option]:
    return [
        Option(value=WORKED, text=_("Has worked")),
        Option(value=RESTED, text=_("Has not worked")),
        Option(value=DOWN, text=_("Was out of service")),
    ]


def _more_rooms_text(number: int) -> str:
    if number <= 0:
        return ""
    return plural(
        "%(n)s other room is not shown: choose it at the top, in the filter.",
        "%(n)s other rooms are not shown: choose one at the top, in the filter.",
        number,
    )
