"""A place where something is paid for."""

import pytest

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.plans import plans
from controller.capabilities.plans.shapes import NewPlan
from controller.domain.facts import PointKind
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE

SYSTEM = Actor.system("test")


@pytest.fixture
def database(database: Database) -> Database:
    """With a laser, a plan and two people of one beginning."""
    filled(database, _fill)
    return database


def _fill(database: Database) -> None:
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        laser = NewAccessPoint(
            id="laser", kind=PointKind.MACHINE, name=Label(fr="Découpe laser"), agent_id="pi"
        )
        access_points.create(db, laser, actor=SYSTEM, now=NOW)
        plans.create(db, NewPlan(id="day", name=Label(fr="Journée")), actor=SYSTEM, now=NOW)
        for name in ("Amina Diallo", "Aminata Sow"):
            members.create(db, NewMember(display_name=name), actor=SYSTEM, now=NOW)
