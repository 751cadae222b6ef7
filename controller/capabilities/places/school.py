"""School holidays, imported from the calendar file of the French ministry of education.

https://data.education.gouv.fr/explore/dataset/fr-en-calendrier-scolaire, exported as CSV.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from controller.capabilities.places.models import SchoolHoliday
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid
from controller.wire.ids import uuid7

MAX_FILE_BYTES = 2_000_000
"""Maximum size of a file in bytes."""
MAX_HOLIDAYS = 200
"""Maximum number of holidays stored for a site; the latest are kept."""
_COLUMN_NAMES = {
    "name": ("description",),
    "first": ("date de début", "start_date"),
    "last": ("date de fin", "end_date"),
    "zone": ("zones",),
    "who": ("population",),
}
"""Lower-case names that the file may give to each column."""
_TEACHERS = "enseignants"
Holiday = tuple[str, date, date]
"""The name of a holiday, its first and its last day."""


def read_holidays(data: bytes, zone: str, time_zone: ZoneInfo) -> list[Holiday]:
    """Read the pupils' holidays in a school zone such as `Zone B` from a file. Raises Invalid."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid.of("file", "it is not UTF-8 text") from problem
    rows = csv.reader(StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    try:
        header = [cell.strip().casefold() for cell in next(rows, [])]
        at = {key: _column(header, names) for key, names in _COLUMN_NAMES.items()}
        holidays = sorted(
            {holiday for row in rows for holiday in _row(row, at, zone, time_zone)}, key=_order
        )
    except csv.Error as problem:
        raise Invalid.of("file", f"line {rows.line_num}: {problem}") from problem
    except (ValueError, OverflowError) as problem:
        raise Invalid.of("file", f"line {rows.line_num}: not a valid date") from problem
    if not holidays:
        raise Invalid.of("file", f"it has no holidays of {zone}")
    return holidays[-MAX_HOLIDAYS:]


def replace_holidays(
    db: Session, site_id: str, holidays: Iterable[Holiday], *, actor: Actor, now: Utc
) -> int:
    """Replace a site's stored holidays; return the number of new ones. Raises Forbidden."""
    actor.require(Permission.RULES_WRITE, site_id)
    db.execute(delete(SchoolHoliday).where(SchoolHoliday.site_id == site_id))
    rows = [
        SchoolHoliday(id=uuid7(), site_id=site_id, name=name, first=first, last=last)
        for name, first, last in holidays
    ]
    db.add_all(rows)
    audit.record(db, actor, now, "school_holidays_kept", f"site:{site_id}", site_id)
    db.flush()
    return len(rows)


def current_holidays(db: Session, site_id: str, since: date) -> list[Holiday]:
    """Return the holidays of a site that end on that day or later."""
    rows = (
        select(SchoolHoliday)
        .where(SchoolHoliday.site_id == site_id, SchoolHoliday.last >= since)
        .order_by(SchoolHoliday.first)
    )
    return [(row.name, row.first, row.last) for row in db.scalars(rows)]


def _column(header: list[str], names: tuple[str, ...]) -> int:
    for name in names:
        if name in header:
            return header.index(name)
    raise Invalid.of("file", f"it has no column {names[0]}")


def _row(row: list[str], at: dict[str, int], zone: str, time_zone: ZoneInfo) -> Iterator[Holiday]:
    """Yield the line's holiday, unless it is empty, of another zone, or for teachers only."""
    if len(row) <= max(at.values()):
        return
    name, first, last, zone_cell, population = (row[at[key]].strip() for key in _COLUMN_NAMES)
    if zone_cell.casefold() == zone.casefold() and population.casefold() != _TEACHERS and last:
        begins, back = _day(first, time_zone), _day(last, time_zone)
        yield name[:200], begins, max(begins, back - timedelta(days=1))


def _day(text: str, time_zone: ZoneInfo) -> date:
    """Parse a date, or the local date of a time.

    The calendar contains midnights in UTC; a holiday ends when school begins again.
    """
    moment = datetime.fromisoformat(text)
    return moment.date() if moment.tzinfo is None else moment.astimezone(time_zone).date()


def _order(holiday: Holiday) -> tuple[date, str]:
    return holiday[1], holiday[0]
