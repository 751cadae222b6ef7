"""The open dataset of occupancy: monthly means by room, weekday and quarter-hour, in bands."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import cache, partial
from zoneinfo import ZoneInfo

from sqlalchemy import String, select, type_coerce

from controller.capabilities.opendata.tables import (
    REQUIRED,
    Column,
    Dataset,
    Row,
    Table,
    TableScope,
)
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence.models import Occupancy
from controller.domain.disclosure.suppression import THRESHOLD
from controller.domain.locale.catalogue import N_

MAX_BANDS = 6
"""Maximum number of bands into which the occupancy of a room is divided."""
FEWEST_DAYS = 3
"""Fewest days for a mean; the mean of one or two would reveal a single day."""
DAY = range(7 * 4, 22 * 4)
"""Quarters of the day with rows of their own; the others are summed up as the night."""
_HOURS = [f"{place // 4:02d}:{place % 4 * 15:02d}" for place in DAY]
_Days = dict[date, list[int]]
"""People present by day, in each quarter of `DAY`."""


def collect(scope: TableScope) -> Table:
    """Return the occupancy of a site's rooms for a month."""
    heads, entries = _heads(scope)
    rows, hidden = list[Row](), 0
    zones = select(ZoneRow).where(ZoneRow.site_id == scope.site.id).order_by(ZoneRow.id)
    for zone in scope.db.scalars(zones):
        days = heads.get(zone.id, {})
        band_rows = list(_week(scope, zone, days)) if zone.capacity else []
        rows += band_rows
        hidden += bool(days) and not band_rows
        if zone.id in entries:
            night = entries[zone.id]
            hidden += night < THRESHOLD
            rows.append(_night_row(scope, zone, night))
    return Table(rows, hidden)


def _heads(scope: TableScope) -> tuple[dict[str, _Days], dict[str, int]]:
    """Return people present by room, day and quarter, and entries at night by room."""
    start, end = scope.span
    columns = Occupancy.__table__.c  # not of the model: a month has thousands of rows
    plain = type_coerce(columns.quarter, String)  # each time is read once, by `local_of`
    statement = select(columns.zone_id, plain, columns.peak, columns.entries).where(
        columns.site_id == scope.site.id, columns.quarter >= start, columns.quarter < end
    )
    local_of = cache(partial(_local, scope.zone))
    heads: defaultdict[str, _Days] = defaultdict(lambda: defaultdict(lambda: [0] * len(DAY)))
    nights: defaultdict[str, int] = defaultdict(int)
    for zone, quarter, peak, entered in scope.db.execute(statement).all():
        day, place = local_of(quarter)
        if place is None:
            nights[zone] += entered
            continue
        quarters_of_day = heads[zone][day]
        if quarters_of_day[place] < peak:  # an hour occurs twice in autumn
            quarters_of_day[place] = peak
    return heads, nights


def _local(zone: ZoneInfo, quarter: datetime | str) -> tuple[date, int | None]:
    """Return the local day and the index of the quarter in `DAY`; None at night."""
    read = datetime.fromisoformat(quarter) if isinstance(quarter, str) else quarter
    local = (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(zone)
    place = local.hour * 4 + local.minute // 15
    return local.date(), place - DAY.start if place in DAY else None


def _week(scope: TableScope, zone: ZoneRow, days: _Days) -> Iterator[Row]:
    name, capacity = scope.read(zone.name), zone.capacity or 0
    for weekday in range(7):
        counted_days = [heads for day, heads in days.items() if day.weekday() == weekday]
        bands = bands_of(capacity, len(counted_days))
        if len(counted_days) < FEWEST_DAYS or bands < 2:
            continue
        rows_by_band = [
            DATASET.row(
                mois=scope.month,
                espace=zone.id,
                espace_nom=name,
                periode="journee",
                jour_semaine=weekday + 1,
                taux_min=round(100 * band / bands),
                taux_max=round(100 * (band + 1) / bands),
            )
            for band in range(bands)
        ]
        for hour, total in zip(_HOURS, map(sum, zip(*counted_days, strict=True)), strict=True):
            row = rows_by_band[band_of(total, capacity, len(counted_days), bands)].copy()
            row[_HOUR] = hour
            yield row


def bands_of(capacity: int, days: int) -> int:
    """Return the number of bands: at most six, each of at least `THRESHOLD` possible counts."""
    return min(MAX_BANDS, (capacity * days + 1) // THRESHOLD)


def band_of(total: int, capacity: int, days: int, bands: int) -> int:
    """Return the band of `total` people counted on `days` days; beyond the capacity counts as
    full."""
    return min(bands - 1, total * bands // (capacity * days + 1))


def _night_row(scope: TableScope, zone: ZoneRow, entries: int) -> Row:
    return DATASET.row(
        mois=scope.month,
        espace=zone.id,
        espace_nom=scope.read(zone.name),
        periode="nuit",
        entrees=entries if entries >= THRESHOLD else None,
    )


DATASET = Dataset(
    id="frequentation",
    name=N_("Occupancy"),
    description=N_(
        "The share of places taken, by room, weekday and quarter of an hour: a monthly average, "
        "in bands."
    ),
    withheld_reasons=(
        (N_("One particular day"), N_("A monthly average does not show who was there on Tuesday.")),
        (
            N_("The night, hour by hour"),
            N_(
                "Night hours are counted only in the month’s total, so as not to show when the "
                "place is empty."
            ),
        ),
        (
            N_("Rooms that are too small, or open on too few days"),
            N_("Each band covers at least eleven possible numbers of people."),
        ),
    ),
    collect=collect,
    columns=(
        Column("mois", "Mois", "yearmonth", REQUIRED),
        Column("espace", "Identifiant de l’espace", constraints=REQUIRED),
        Column("espace_nom", "Nom de l’espace", constraints=REQUIRED),
        Column(
            "periode",
            "Journée (7 h à 22 h) ou nuit",
            constraints=REQUIRED | {"enum": ["journee", "nuit"]},
        ),
        Column("jour_semaine", "1 lundi, 7 dimanche", "integer", {"minimum": 1, "maximum": 7}),
        Column("heure", "Début du quart d’heure, heure locale", "time"),
        Column(
            "taux_min",
            "Part des places prises, au moins, en %",
            "integer",
            {"minimum": 0, "maximum": 100},
        ),
        Column(
            "taux_max",
            "Part des places prises, au plus, en %",
            "integer",
            {"minimum": 0, "maximum": 100},
        ),
        Column(
            "entrees",
            "Entrées de nuit, total du mois ; vide : moins de 11",
            "integer",
            {"minimum": 11},
        ),
    ),
)
_HOUR = DATASET.header.index("heure")
