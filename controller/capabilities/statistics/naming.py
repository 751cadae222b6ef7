"""Looks up the names of the things to which the parts of figures refer."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.statistics.models import PartnerRow
from controller.capabilities.statistics.shapes import Figure
from controller.capabilities.training.models import CertificationRow
from controller.kernel.read_memo import memoise
from controller.kernel.shapes import Label
from controller.policy.reading import from_json

Names = dict[tuple[Figure, str], Label]
_MACHINES = (Figure.USES, Figure.MACHINE_TIME, Figure.DOWNTIME, Figure.STOPS, Figure.REPAIRS)
_NAMED: tuple[tuple[Any, Iterable[Figure]], ...] = (
    (AccessPointRow, _MACHINES),
    (ZoneRow, (Figure.ROOM_TIME, Figure.ENTRIES, Figure.PRESENCE)),
    (OrganisationRow, (Figure.ORGANISATION_TIME,)),
    (ProjectRow, (Figure.PROJECT_TIME,)),
    (PartnerRow, (Figure.PARTNER_TIME,)),
    (CertificationRow, (Figure.CERTIFICATIONS,)),
)


def names(db: Session, site_id: str) -> Names:
    """Return the names of a site's machines, rooms, organisations, … by figure and key."""
    return memoise(db, ("names of parts", site_id), lambda: _names(db, site_id))


def _names(db: Session, site_id: str) -> Names:
    names_of_figures: Names = {}
    for model, figures in _NAMED:
        rows = select(model.id, model.name).where(model.site_id == site_id)
        for key, name in db.execute(rows):
            label = from_json(name, Label)
            for figure in figures:
                names_of_figures[figure, key] = label
    return names_of_figures
