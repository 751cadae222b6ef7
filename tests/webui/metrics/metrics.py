"""What tests of metrics share with others."""

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.accounts import tokens
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.metrics.models import DecisionTotal, EventTotal
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.policy.models import PolicySite
from tests.webui.conftest import NOW, SITE

SYSTEM = Actor.system("test")
NAME = "Zoé d’Artois-Lefèvre"


def token(database: Database, role: str, *scopes: Permission) -> str:
    with database.write() as db:
        account = db.scalars(select(AccountRow.id).where(AccountRow.login.like(f"{role}@%"))).one()
        return tokens.add(db, account, "prometheus", scopes, NOW, SYSTEM)[1]


def fill(database: Database) -> None:
    with database.write() as db:
        db.add(EventTotal(site_id=SITE, type="access_granted", stored=7, on_time=4, way_ms=500))
        db.add(DecisionTotal(site_id=SITE, access_point_id="laser", reason="", taps=5))
        db.add(DecisionTotal(site_id=SITE, access_point_id="laser", reason="no_plan", taps=2))
        zone = zones.create(
            db, NewZone(id="atelier", site_id=SITE, name=Label(fr="Atelier")), actor=SYSTEM, now=NOW
        )
        zoe = members.create(db, NewMember(site_id=SITE, display_name=NAME), actor=SYSTEM, now=NOW)
        presence.check_in(db, NewPresence(zone_id=zone.id, member_id=zoe.id), actor=SYSTEM, now=NOW)
        add_agent(db)


def add_agent(db: Session) -> None:
    """Heard just now, two versions and three events behind."""
    agent = AgentRow(
        id="accueil",
        site_id=SITE,
        name={"fr": "Accueil"},
        enrolled_at=NOW,
        created_at=NOW,
        certificate_until=Utc.parse("2027-01-01T00:00:00.000Z"),
    )
    db.add(agent)
    db.flush()
    version = db.get_one(PolicySite, SITE).version
    state = AgentState(
        agent_id=agent.id,
        online=True,
        connection=1,
        protocols=[],
        epoch=1,
        policy_version=version - 2,
        seen_at=NOW,
        telemetry={"backlog": 3, "disk_free_bytes": 1e9},
    )
    db.add(state)


def scrape(client: FlaskClient, secret: str | None) -> tuple[int, str]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    answer = client.get("/metrics", headers=headers)
    return answer.status_code, answer.get_data(as_text=True)
