"""The open dataset of machines with their requirements and prices."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select

from controller.capabilities.billing import tariffs
from controller.capabilities.billing.rates import MachineRate
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.machines.shapes import RequirementShape
from controller.capabilities.opendata.machine_hours import machines
from controller.capabilities.opendata.tables import (
    REQUIRED,
    Column,
    Dataset,
    Row,
    Table,
    TableScope,
)
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.capabilities.plans.models import PlanRow
from controller.capabilities.training.models import CertificationRow, CourseRow
from controller.domain.facts import Language, Name, Supervisor
from controller.domain.locale.catalogue import N_
from controller.kernel.database import Session
from controller.policy.reading import from_json

_SUPERVISION = {
    Supervisor.NO: "non",
    Supervisor.EACH_START: "a chaque usage",
    Supervisor.WINDOW: "pendant les heures encadrees",
}


def collect(scope: TableScope) -> Table:
    """Return a row for each machine of the site."""
    names = _Names(scope)
    rates = _rates(scope)
    point = AccessPointRow
    columns = point.zone_id, point.risk, point.in_service, point.requirement
    return Table([_row(scope, row, names, rates.get(row.id)) for row in machines(scope, *columns)])


class _Names:
    """Names of what machines require: zones, plans, certifications and courses."""

    def __init__(self, scope: TableScope) -> None:
        self._scope = scope
        self.zones = self._by_id(ZoneRow)
        self.plans = self._by_id(PlanRow)
        self.certifications = self._by_id(CertificationRow)
        courses = scope.db.execute(select(CourseRow.name, CourseRow.grants))
        self.courses = [(scope.read(name), set(grants)) for name, grants in courses]

    def _by_id(
        self, model: type[ZoneRow] | type[PlanRow] | type[CertificationRow]
    ) -> dict[str, str]:
        return {
            key: self._scope.read(name)
            for key, name in self._scope.db.execute(select(model.id, model.name))
        }

    def teaching(self, certifications: Iterable[str]) -> str:
        """Return the names of the courses that grant one of these certifications."""
        granted = set(certifications)
        return " | ".join(name for name, grants in self.courses if grants & granted)


def translated_names(db: Session, site_id: str, language: Language) -> dict[str, str]:
    """Return translations of the names in the published files, by the name in the site's language;
    empty if `language` is that language."""
    site = db.get_one(SiteRow, site_id)
    if site.language == language:
        return {}
    labels = [
        from_json(name, Name)
        for model in (AccessPointRow, ZoneRow, CertificationRow, CourseRow)
        for name in db.scalars(select(model.name).where(model.site_id == site_id))
    ]
    return {name.read(site.language): name.read(language) for name in labels}


def _rates(scope: TableScope) -> dict[str, MachineRate]:
    """Return today's rate of each machine, for people whose plan has no rate of its own."""
    current = tariffs.version_on(tariffs.of_site(scope.db, scope.site.id), scope.today)
    if current is None:
        return {}
    usual = (rate for rate in current.rates if isinstance(rate, MachineRate) and not rate.plan_id)
    return {rate.access_point: rate for rate in usual}


def _row(scope: TableScope, point: Any, names: _Names, rate: MachineRate | None) -> Row:
    requirement = from_json(point.requirement, RequirementShape)
    groups = [
        (certification,) if isinstance(certification, str) else certification
        for certification in requirement.certifications
    ]
    return DATASET.row(
        machine=point.id,
        machine_nom=scope.read(point.name),
        espace=names.zones.get(point.zone_id or "") or None,
        risque=point.risk.value,
        en_service="oui" if point.in_service else "non",
        habilitations=" | ".join(
            " ou ".join(map(names.certifications.__getitem__, group)) for group in groups
        )
        or None,
        formations=names.teaching(key for group in groups for key in group) or None,
        abonnements=" | ".join(names.plans[plan] for plan in requirement.plans) or None,
        encadrement=_SUPERVISION[requirement.supervisor],
        personnes_presentes=requirement.company,
        prix_centimes=rate.price_cents if rate else None,
        prix_minutes=rate.step_min if rate else None,
        minimum_centimes=rate.minimum_cents if rate else None,
    )


DATASET = Dataset(
    id="equipements",
    name=N_("Tools and conditions of use"),
    description=N_(
        "What is available here, what you must learn or sign to use it, and what it costs."
    ),
    collect=collect,
    monthly=False,
    columns=(
        Column("machine", "Identifiant de la machine", constraints=REQUIRED | {"unique": True}),
        Column("machine_nom", "Nom de la machine", constraints=REQUIRED),
        Column("espace", "Espace"),
        Column("risque", "Risque", constraints={"enum": ["low", "door", "dangerous"]}),
        Column("en_service", "En service", constraints=REQUIRED | {"enum": ["oui", "non"]}),
        Column("habilitations", "Habilitations demandées, séparées par « | »"),
        Column("formations", "Formations qui les donnent"),
        Column("abonnements", "Abonnements qui l’ouvrent ; vide : tous"),
        Column("encadrement", "Encadrement", constraints=REQUIRED),
        Column("personnes_presentes", "Personnes présentes, au moins", "integer", {"minimum": 1}),
        Column("prix_centimes", "Prix TTC en centimes, par pas de temps commencé", "integer"),
        Column("prix_minutes", "Pas de temps, en minutes", "integer"),
        Column("minimum_centimes", "Minimum par usage, en centimes", "integer"),
    ),
)
