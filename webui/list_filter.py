"""Filter lists of machines by name, room and state, and divide them into pages."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from flask import url_for

from controller.domain.facts import Site
from controller.kernel.privacy.names import fold, folded_words
from webui.i18n import _, current
from webui.parts import Option

MAX_UNFILTERED = 6
"""Lists with at most this many items have no filters."""
MAX_CHARACTERS = 80
"""Longer values in an address are cut."""
_DIGITS = re.compile("([0-9]+)")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ListFilter:
    """Filter and page of a list; `start` is the number of items before the page."""

    query: str = ""
    room: str = ""
    state: str = ""
    start: int = 0

    @property
    def parameters(self) -> dict[str, str]:
        """The parameters of an address, without the page."""
        fields = {"q": self.query, "room": self.room, "state": self.state}
        return {name: value for name, value in fields.items() if value}

    @property
    def address(self) -> dict[str, str]:
        """The parameters of an address, with the page."""
        return self.parameters | ({"from": str(self.start)} if self.start else {})

    @property
    def text(self) -> str:
        """The filter as a text for a hidden field; see `from_text`."""
        return urlencode(self.address)

    def has(self, name: str, rooms: Collection[str | None], states: Collection[str]) -> bool:
        """Return whether the list contains an item with this name, in these rooms and states."""
        if (self.room and self.room not in rooms) or (self.state and self.state not in states):
            return False
        words, parts = folded_words(name) if self.query else [], folded_words(self.query)
        return all(any(word.startswith(part) for word in words) for part in parts)

    def page(self, items: Sequence[T], size: int) -> Sequence[T]:
        """Return the items of the page, or of the first one if the list has become shorter."""
        start = self.start if self.start < len(items) else 0
        return items[start : start + size]


def read(fields: Mapping[str, str]) -> ListFilter:
    """Return the filter in an address; invalid parts are ignored."""
    start = fields.get("from", "")
    return ListFilter(
        query=fields.get("q", "")[:MAX_CHARACTERS].strip(),
        room=fields.get("room", "")[:MAX_CHARACTERS],
        state=fields.get("state", "")[:MAX_CHARACTERS],
        start=int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 0,
    )


def from_text(text: str) -> ListFilter:
    """Return the filter in a hidden field; see `ListFilter.text`."""
    return read(dict(parse_qsl(text[: 10 * MAX_CHARACTERS])))


NO_FILTER = ListFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The filter form of a list, the number of results, and addresses of other pages."""

    list_filter: ListFilter
    action: str
    hidden_fields: Mapping[str, Sequence[str]]
    """Hidden fields of the form."""
    rooms: tuple[Option, ...]
    states: tuple[Option, ...]
    result_text: str
    here: str
    """Address of this page of the list."""
    every: str
    """Address of the list without filters."""
    first: str
    next: str
    is_offered: bool


def filters(
    endpoint: str,
    list_filter: ListFilter,
    rooms: Sequence[Option],
    states: Sequence[Option],
    *,
    every: int,
    matching: int,
    shown: int,
    **hidden_fields: Any,
) -> Filters:
    """Return the filters of a list; `every`, `matching` and `shown` are numbers of items."""
    start = list_filter.start if list_filter.start < matching else 0
    end = start + shown
    text = _("%(first)s to %(last)s of %(n)s", first=start + 1, last=end, n=matching)
    is_whole = not start and end == matching
    if not matching:
        text = _("No results. Try fewer letters, or another filter.")
    elif is_whole:
        text = _("%(n)s of %(most)s", n=matching, most=every)
    hidden_fields = {name: value for name, value in hidden_fields.items() if value}
    query: dict[str, Any] = {**hidden_fields, **list_filter.parameters}
    return Filters(
        list_filter=list_filter,
        action=url_for(endpoint),
        hidden_fields={
            name: value
            if isinstance(value, Sequence) and not isinstance(value, str)
            else [str(value)]
            for name, value in hidden_fields.items()
        },
        rooms=(Option(value="", text=_("All rooms")), *rooms),
        states=(Option(value="", text=_("All states")), *states),
        result_text="" if is_whole and not list_filter.parameters else text,
        here=url_for(endpoint, **{**hidden_fields, **list_filter.address}),
        every=url_for(endpoint, **hidden_fields),
        first=url_for(endpoint, **query) if start else "",
        next=url_for(endpoint, **query | {"from": end}) if end < matching else "",
        is_offered=every > MAX_UNFILTERED or bool(list_filter.address),
    )


def natural_key(name: str) -> list[str | int]:
    """Return a sort key for names: *Printer 9* before *Printer 10*, *Élan* before *Four*."""
    return [int(part) if part.isdecimal() else part for part in _DIGITS.split(fold(name))]


def room_options(site: Site, zones: Iterable[str | None]) -> tuple[Option, ...]:
    """Return the rooms of a site that are used, by name."""
    names = {zone: site.zones[zone].name.read(current()) or zone for zone in site.zones}
    return options_by_name({zone: names[zone] for zone in zones if zone and zone in names})


def options_by_name(names: Mapping[str, str]) -> tuple[Option, ...]:
    """Return the options in the order of their names."""
    sorted_names = sorted(names.items(), key=lambda item: natural_key(item[1]))
    return tuple(Option(value=key, text=name) for key, name in sorted_names)
