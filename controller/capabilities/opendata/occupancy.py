"""The open dataset of occupancy: monthly means by room, weekday and quarter-hour, in bands."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import select

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
from controller.domain.time import Utc

MAX_BANDS = 6
"""Maximum number of bands into which the occupancy of a room is divided."""
FEWEST_DAYS = 3
"""Fewest days for a mean; the mean of one or two would reveal a single day."""
DAY = range(7 * 4, 22 * 4)
"""Quarters of the day with rows of their own; the others are summed up as the night."""
_Days = dict[date, dict[int, int]]
"""People present by day and by quarter of the day."""


def collect(at: TableScope) -> Table:
    """Return the occupancy of a site's rooms for a month."""
    heads, entries = _heads(at)
    rows, hidden = list[Row](), 0
    zones = select(ZoneRow).where(ZoneRow.site_id == at.site.id).order_by(ZoneRow.id)
    for zone in at.db.scalars(zones):
        days = heads.get(zone.id, {})
        band_rows = list(_week(at, zone, days)) if zone.capacity else []
        rows += band_rows
        hidden += bool(days) and not band_rows
        if zone.id in entries:
            night = entries[zone.id]
            hidden += night < THRESHOLD
            rows.append(_night(at, zone, night))
    return Table(rows, hidden)


def _heads(at: TableScope) -> tuple[dict[str, _Days], dict[str, int]]:
    """Return people present by room, day and quarter, and entries at night by room."""
    start, end = at.span
    statement = select(Occupancy.zone_id, Occupancy.quarter, Occupancy.peak, Occupancy.entries)
    quarters = (Occupancy.site_id == at.site.id) & (Occupancy.quarter >= start)
    heads: defaultdict[str, _Days] = defaultdict(lambda: defaultdict(dict))
    nights: defaultdict[str, int] = defaultdict(int)
    for zone, quarter, peak, entered in at.db.execute(
        statement.where(quarters, Occupancy.quarter < end)
    ):
        local = Utc.of(quarter).astimezone(at.zone)
        place = local.hour * 4 + local.minute // 15
        if place in DAY:
            before = heads[zone][local.date()].get(place, 0)  # this hour occurs twice in autumn
            heads[zone][local.date()][place] = max(before, peak)
        else:
            nights[zone] += entered
    return heads, nights


def _week(at: TableScope, zone: ZoneRow, days: _Days) -> Iterator[Row]:
    for weekday in range(7):
        open_ = [day for day in _all_days(at) if day.weekday() == weekday and day in days]
        bands = bands_of(zone.capacity or 0, len(open_))
        if len(open_) < FEWEST_DAYS or bands < 2:
            continue
        for place in DAY:
            total = sum(days[day].get(place, 0) for day in open_)
            band = band_of(total, zone.capacity or 0, len(open_), bands)
            yield DATASET.row(
                mois=at.month,
                espace=zone.id,
                espace_nom=at.read(zone.name),
                periode="journee",
                jour_semaine=weekday + 1,
                heure=f"{place // 4:02d}:{place % 4 * 15:02d}",
                taux_min=round(100 * band / bands),
                taux_max=round(100 * (band + 1) / bands),
            )


def bands_of(capacity: int, days: int) -> int:
    """Return the number of bands: at most six, each of at least `THRESHOLD` possible counts."""
    return min(MAX_BANDS, (capacity * days + 1) // THRESHOLD)


def band_of(total: int, capacity: int, days: int, bands: int) -> int:
    """Return the band of `total` people counted on `days` days; beyond the capacity counts as
    full."""
    return min(bands - 1, total * bands // (capacity * days + 1))


def _night(at: TableScope, zone: ZoneRow, entries: int) -> Row:
    return DATASET.row(
        mois=at.month,
        espace=zone.id,
        espace_nom=at.read(zone.name),
        periode="nuit",
        entrees=entries if entries >= THRESHOLD else None,
    )


def _all_days(at: TableScope) -> Iterator[date]:
    day = at.first
    while day <= at.last:
        yield day
        day += timedelta(days=1)


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
