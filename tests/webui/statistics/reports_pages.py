"""What tests of reports pages share with others."""

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.organisations import projects
from controller.capabilities.organisations.shapes import NewProject
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7
from tests.support.clock import Clock
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE, make_app, sign_in, token_of

SYSTEM = Actor.system("test")
EVIL = "=1+1|cmd"


@pytest.fixture
def database(database: Database) -> Database:
    """With a laser that worked, one person who came, and a project with a name that computes."""
    filled(database, _fill)
    return database


def _fill(database: Database) -> None:
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        zones.create(
            db, NewZone(id="hall", name=Label(fr="Hall"), capacity=4), actor=SYSTEM, now=NOW
        )
        laser = NewAccessPoint(
            id="laser", kind=PointKind.MACHINE, name=Label(fr=EVIL), agent_id="pi", zone_id="hall"
        )
        access_points.create(db, laser, actor=SYSTEM, now=NOW)
        new = NewMember(display_name="Amina Diallo", categories=("inhabitant",))
        amina = members.create(db, new, actor=SYSTEM, now=NOW)
        here = NewPresence(zone_id="hall", member_id=amina.id)
        presence.check_in(db, here, actor=SYSTEM, now=NOW)
        lab = NewProject(name=Label(fr="Repair’Bassin"), starts_at=NOW)
        projects.create(db, lab, actor=SYSTEM, now=NOW)
        _work(db, 5400.0)


def _work(  # type: ignore[no-untyped-def]
    db, active_s: float, at: str = "2026-11-23T09:00:00.000Z"
) -> str:
    row = SessionRow(
        id=uuid7(),
        site_id=SITE,
        agent_id="pi",
        access_point_id="laser",
        started_at=Utc.parse(at),
        active_s=active_s,
        idle_s=0.0,
        powered_s=active_s,
        gap_s=0.0,
        public="inhabitant",
    )
    db.add(row)
    db.flush()
    totals.recount(db, SITE)
    return row.id


def browser(database: Database, clock: Clock, role: str) -> FlaskClient:
    client = make_app(database, clock).test_client()
    sign_in(client, role)
    return client


def send(client: FlaskClient, address: str, page: str, **fields: object) -> int:
    return client.post(address, data={"csrf_token": token_of(client), **fields}).status_code
