"""The open dataset of machine hours: working, switched on, and out of service."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import QueryableAttribute

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.outages import Outage, outages_at
from controller.capabilities.opendata.tables import REQUIRED, Column, Dataset, Table, TableScope
from controller.capabilities.usage.models import UsageDay
from controller.domain.facts import PointKind
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc


def collect(scope: TableScope) -> Table:
    """Return a row for each machine of the site for a month."""
    used = _milliseconds_by_machine(scope)
    rows = []
    points, span = machines(scope), scope.span
    until = min(span[1], scope.now)
    outages = outages_at(scope.db, [point.id for point in points], Utc.of(until))
    for point in points:
        active, powered = used.get(point.id, (0, 0))
        rows.append(
            DATASET.row(
                mois=scope.month,
                machine=point.id,
                machine_nom=scope.read(point.name),
                heures_travail=_hours(active),
                heures_sous_tension=_hours(powered),
                heures_hors_service=_outage_hours(span, outages.get(point.id, ())),
            )
        )
    return Table(rows)


def machines(scope: TableScope, *columns: QueryableAttribute[Any]) -> Sequence[Row[Any]]:
    """Return the id, the name and these columns of the site's machines, without doors, by id."""
    machines_of_site = (AccessPointRow.site_id == scope.site.id) & (
        AccessPointRow.kind == PointKind.MACHINE
    )
    statement = select(AccessPointRow.id, AccessPointRow.name, *columns).where(machines_of_site)
    return scope.db.execute(statement.order_by(AccessPointRow.id)).all()


def _milliseconds_by_machine(scope: TableScope) -> dict[str, tuple[int, int]]:
    sums = func.sum(UsageDay.active_ms), func.sum(UsageDay.powered_ms)
    rows = scope.db.execute(
        select(UsageDay.access_point_id, *sums)
        .where(
            UsageDay.site_id == scope.site.id,
            UsageDay.day >= scope.first,
            UsageDay.day <= scope.last,
        )
        .group_by(UsageDay.access_point_id)
    )
    return {point: (int(active), int(powered)) for point, active, powered in rows}


def _hours(milliseconds: int) -> int:
    return round(milliseconds / 3_600_000)


def _outage_hours(span: tuple[Utc, Utc], outages: Sequence[Outage]) -> int:
    start, end = span
    seconds = (
        (min(outage.end, end) - max(outage.start, start)).total_seconds()
        for outage in outages
        if outage.end > start and outage.start < end
    )
    return round(sum(seconds) / 3600)


DATASET = Dataset(
    id="heures-machines",
    name=N_("Machine hours"),
    description=N_("How many hours each machine worked, was on or out of service, in the month."),
    withheld_reasons=(
        (N_("Who used it, and on which days"), N_("Hours are given per machine and per month.")),
    ),
    collect=collect,
    columns=(
        Column("mois", "Mois", "yearmonth", REQUIRED),
        Column("machine", "Identifiant de la machine", constraints=REQUIRED),
        Column("machine_nom", "Nom de la machine", constraints=REQUIRED),
        Column("heures_travail", "Heures de travail", "integer", REQUIRED | {"minimum": 0}),
        Column("heures_sous_tension", "Heures sous tension", "integer", REQUIRED | {"minimum": 0}),
        Column("heures_hors_service", "Heures hors service", "integer", REQUIRED | {"minimum": 0}),
    ),
)
