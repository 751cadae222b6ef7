"""School holidays, kept from a file: the calendar that the ministry of education publishes.

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

LARGEST = 2_000_000
"""Bytes of a file."""
MOST = 200
"""Holidays that are kept of a site."""
_NAMES = {
    "name": ("description",),
    "first": ("date de début", "start_date"),
    "last": ("date de fin", "end_date"),
    "zone": ("zones",),
    "who": ("population",),
}
_TEACHERS = "enseignants"
Holiday = tuple[str, date, date]
"""What it is called, its first and its last day."""


def read(data: bytes, zone: str, place: ZoneInfo) -> list[Holiday]:
    """The holidays of pupils in a school zone such as `Zone B`. Raises Invalid."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Invalid.of("file", "it is no UTF-8 text") from problem
    rows = csv.reader(StringIO(text), delimiter=";" if ";" in text.partition("\n")[0] else ",")
    try:
        heads = [cell.strip().casefold() for cell in next(rows, [])]
        at = {key: _column(heads, names) for key, names in _NAMES.items()}
        found = sorted(
            {holiday for row in rows for holiday in _row(row, at, zone, place)}, key=_order
        )
    except csv.Error as problem:
        raise Invalid.of("file", f"line {rows.line_num}: {problem}") from problem
    except (ValueError, OverflowError) as problem:
        raise Invalid.of("file", f"line {rows.line_num}: no date is written so") from problem
    if not found:
        raise Invalid.of("file", f"it has no holidays of {zone}")
    return found[-MOST:]


def replace(
    db: Session, site_id: str, holidays: Iterable[Holiday], *, actor: Actor, now: Utc
) -> int:
    """Keep these instead of those that were kept; returns how many. Raises Forbidden."""
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


def of_site(db: Session, site_id: str, since: date) -> list[Holiday]:
    """Those that are not over."""
    rows = (
        select(SchoolHoliday)
        .where(SchoolHoliday.site_id == site_id, SchoolHoliday.last >= since)
        .order_by(SchoolHoliday.first)
    )
    return [(row.name, row.first, row.last) for row in db.scalars(rows)]


def _column(heads: list[str], names: tuple[str, ...]) -> int:
    for name in names:
        if name in heads:
            return heads.index(name)
    raise Invalid.of("file", f"it has no column {names[0]}")


def _row(row: list[str], at: dict[str, int], zone: str, place: ZoneInfo) -> Iterator[Holiday]:
    """None of a line that is empty, of another zone, or of teachers alone."""
    if len(row) <= max(at.values()):
        return
    name, first, last, where, who = (row[at[key]].strip() for key in _NAMES)
    if where.casefold() == zone.casefold() and who.casefold() != _TEACHERS and last:
        begins, back = _day(first, place), _day(last, place)
        yield name[:200], begins, max(begins, back - timedelta(days=1))


def _day(text: str, place: ZoneInfo) -> date:
    """A date, or an instant: the calendar gives midnights in UTC, and as an end the way back."""
    moment = datetime.fromisoformat(text)
    return moment.date() if moment.tzinfo is None else moment.astimezone(place).date()


def _order(holiday: Holiday) -> tuple[date, str]:
    return holiday[1], holiday[0]
