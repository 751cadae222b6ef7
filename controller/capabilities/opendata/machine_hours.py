"""The open dataset of machine hours: working, switched on, and out of service."""

from sqlalchemy import func, select

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.outages import outages
from controller.capabilities.opendata.tables import REQUIRED, Column, Dataset, Table, TableScope
from controller.capabilities.usage.models import UsageDay
from controller.domain.facts import PointKind
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Actor

_READER = Actor.system("open_data")


def collect(at: TableScope) -> Table:
    """Return a row for each machine of the site for a month."""
    used = _used(at)
    rows = []
    for point in machines(at):
        active, powered = used.get(point.id, (0, 0))
        rows.append(
            DATASET.row(
                mois=at.month,
                machine=point.id,
                machine_nom=at.read(point.name),
                heures_travail=_hours(active),
                heures_sous_tension=_hours(powered),
                heures_hors_service=_out(at, point.id),
            )
        )
    return Table(rows)


def machines(at: TableScope) -> list[AccessPointRow]:
    """Return the site's machines, without doors, by id."""
    machines_of_site = (AccessPointRow.site_id == at.site.id) & (
        AccessPointRow.kind == PointKind.MACHINE
    )
    return list(
        at.db.scalars(select(AccessPointRow).where(machines_of_site).order_by(AccessPointRow.id))
    )


def _used(at: TableScope) -> dict[str, tuple[int, int]]:
    sums = func.sum(UsageDay.active_ms), func.sum(UsageDay.powered_ms)
    rows = at.db.execute(
        select(UsageDay.access_point_id, *sums)
        .where(UsageDay.site_id == at.site.id, UsageDay.day >= at.first, UsageDay.day <= at.last)
        .group_by(UsageDay.access_point_id)
    )
    return {point: (int(active), int(powered)) for point, active, powered in rows}


def _hours(milliseconds: int) -> int:
    return round(milliseconds / 3_600_000)


def _out(at: TableScope, point: str) -> int:
    start, end = at.span
    until = min(end, at.now)
    outages_since = outages(at.db, point, start, actor=_READER, now=Utc.of(until))
    seconds = (
        (min(outage.end, end) - max(outage.start, start)).total_seconds()
        for outage in outages_since
        if outage.start < end
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
