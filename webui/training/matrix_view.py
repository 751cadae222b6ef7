"""The matrix of members and certifications, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from controller.capabilities.training.matrix import SOON, Cell, Line
from controller.domain.facts import HeldStatus, Level
from controller.domain.time import Utc
from webui.i18n import _, pgettext
from webui.i18n.dates import format_day, last_date
from webui.members.member_view import CertificationName
from webui.training.matrix_query import MatrixView
from webui.training.requirements import RequiringMachines


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A certification as a column of the table."""

    id: str
    name: str
    document: bool
    shown: bool
    """Whether it is the one that a small screen shows."""
    first: bool
    taught: bool
    """Whether somebody can teach it; always true for documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A heading over the columns of the certifications that a room's machines require."""

    name: str
    columns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CellView:
    """What a cell shows, and the address that opens it."""

    look: str
    icon: str
    word: str
    column: Column
    href: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A member and their cells."""

    id: str
    name: str
    cells: tuple[CellView, ...]

    @property
    def open(self) -> bool:
        """Whether one of the cells is open."""
        return any(cell.open for cell in self.cells)


def columns(
    certifications: dict[str, CertificationName],
    requirements: RequiringMachines,
    taught: frozenset[str],
    view: MatrixView,
) -> tuple[tuple[Room, ...], tuple[Column, ...]]:
    """Return the rooms and their columns.

    At the end come certifications that machines of several rooms require, then those that no
    machine requires.
    """
    keys = [
        key for key in certifications if not view.zone or view.zone in _rooms(requirements, key)
    ]
    keys.sort(
        key=lambda key: (
            _column_order(requirements, key),
            certifications[key].document,
            certifications[key].name,
        )
    )
    shown = view.shown if view.shown in keys else next(iter(keys), "")
    all_columns, rooms, last = list[Column](), list[Room](), None
    for key in keys:
        room = _room_name(requirements, key)
        first = room != last
        last = room
        if first:
            rooms.append(Room(name=room, columns=0))
        rooms[-1] = Room(name=room, columns=rooms[-1].columns + 1)
        all_columns.append(
            Column(
                id=key,
                name=certifications[key].name,
                document=certifications[key].document,
                shown=key == shown,
                first=first,
                taught=certifications[key].document or key in taught,
            )
        )
    return tuple(rooms), tuple(all_columns)


def rows(
    lines: Sequence[Line], all_columns: Sequence[Column], view: MatrixView, now: Utc, zone: ZoneInfo
) -> tuple[Row, ...]:
    """Return a row for each member."""
    href = view.cells()
    return tuple(
        Row(
            id=line.member_id,
            name=line.name,
            cells=tuple(
                _cell(line, column, view, href(line.member_id, column.id), now, zone)
                for column in all_columns
            ),
        )
        for line in lines
    )


def _cell(
    line: Line, column: Column, view: MatrixView, href: str, now: Utc, zone: ZoneInfo
) -> CellView:
    look, icon, word = _cell_text(
        line.cells.get(column.id), line.next_starts.get(column.id), column, now, zone
    )
    return CellView(
        look=look,
        icon=icon,
        word=word,
        column=column,
        href=href,
        open=(view.member, view.certification) == (line.member_id, column.id),
    )


def _cell_text(
    cell: Cell | None, taught: Utc | None, column: Column, now: Utc, zone: ZoneInfo
) -> tuple[str, str, str]:
    """Return look, icon and word; without an icon, the page shows a coloured dot for a usual
    state."""
    is_over = cell is not None and cell.valid_until is not None and cell.valid_until <= now
    if taught is not None and (cell is None or is_over):
        return "next", "calendar-days", _("session on %(day)s", day=short_day(taught, zone))
    if cell is None:
        return "none", "", _("nothing")
    if cell.status is HeldStatus.SUSPENDED:
        return "stop", "ban", pgettext("certification", "suspended")
    if cell.valid_until is not None and is_over:
        day = _short_text(last_date(cell.valid_until, zone))
        return "over", "calendar-x", _("expired on %(day)s", day=day)
    if cell.valid_until is not None and cell.valid_until <= now + SOON:
        return (
            "soon",
            "timer",
            _("ends on %(day)s", day=_short_text(last_date(cell.valid_until, zone))),
        )
    if column.document:
        return "user", "", _("signed")
    return {
        Level.ACCOMPANIED: ("with", "", _("accompanied")),
        Level.USER: ("user", "", _("autonomous")),
        Level.TRAINER: ("trainer", "graduation-cap", _("trainer")),
    }[cell.level]


def short_day(at: Utc, zone: ZoneInfo) -> str:
    """Return the day as `16 déc.`, with a no-break space."""
    return _short_text(at.astimezone(zone).date())


def _short_text(day: date) -> str:
    return str(format_day(day, "d MMM")).replace(" ", "\u00a0")


def _rooms(requirements: RequiringMachines, key: str) -> frozenset[str]:
    return requirements.rooms.get(key, frozenset())


def _room_name(requirements: RequiringMachines, key: str) -> str:
    rooms = _rooms(requirements, key)
    if len(rooms) == 1:
        (only,) = rooms
        return requirements.names.get(only, only)
    return _("Everywhere") if rooms else _("Elsewhere")


def _column_order(requirements: RequiringMachines, key: str) -> tuple[int, str]:
    """Sort key: certifications of a single room by its name, then of several rooms, then of
    none."""
    rooms = _rooms(requirements, key)
    return {0: 2, 1: 0}.get(len(rooms), 1), _room_name(requirements, key)
