"""Another site beside `here`: `there`, with rules, an agent, a laser and a door of its own."""

from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.places import sites, zones
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.domain.facts import PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.capabilities.conftest import BOSS

THERE = "there"


def add(db: Session, now: Utc) -> None:
    """Make it; its laser asks for the certification `laser` of `here`."""
    sites.create(db, NewSite(id=THERE, name=Label(fr="Là-bas")), actor=BOSS, now=now)
    hall = NewZone(id="hall", site_id=THERE, name=Label(fr="Halle"))
    zones.create(db, hall, actor=BOSS, now=now)
    plans.create(
        db, NewPlan(id="visit", site_id=THERE, name=Label(fr="Visite")), actor=BOSS, now=now
    )
    db.add(AgentRow(id="pi-there", site_id=THERE, name={"en": "Pi"}, created_at=now))
    db.flush()
    asked = RequirementShape(certifications=("laser",), plans=("visit",))
    for new in (
        NewAccessPoint(
            id="laser-there",
            site_id=THERE,
            kind=PointKind.MACHINE,
            name=Label(fr="Laser"),
            agent_id="pi-there",
            zone_id="hall",
            risk=Risk.DANGEROUS,
            requirement=asked,
            commissioned=True,
        ),
        NewAccessPoint(
            id="door-there",
            site_id=THERE,
            kind=PointKind.DOOR,
            name=Label(fr="Porte"),
            agent_id="pi-there",
            zone_id="hall",
            risk=Risk.DOOR,
            commissioned=True,
        ),
    ):
        access_points.create(db, new, actor=BOSS, now=now)
