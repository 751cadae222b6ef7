"""A place with a laser, who may use it, and who will not when its rule gets stricter."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines import access_points
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.members import members
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import zones
from controller.capabilities.places.shapes import NewZone
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Grant, NewCertification
from controller.capabilities.usage import totals
from controller.capabilities.usage.models import SessionRow
from controller.domain.facts import Level, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, Session
from controller.kernel.shapes import Label
from controller.wire.ids import uuid7, uuid7_of
from tests.support.databases import filled
from tests.webui.conftest import NOW, SITE

SYSTEM = Actor.system("test")
LASER = "laser"
PEOPLE = {"Ada Both": ("laser", "rules"), "Ben Laser": ("laser",), "Cleo None": ()}
WIRING = {
    "access_points": [
        {"id": LASER, "reader": {"driver": "sim"}, "power": {"driver": "sim"}, "inputs": {}}
    ]
}


@dataclass
class Place:
    """What a test needs to name."""

    database: Database
    members: dict[str, str]
    refs: dict[str, str]


@pytest.fixture
def place(database: Database) -> Place:
    """Filled."""
    return Place(database, **filled(database, _fill))


def _fill(database: Database) -> dict[str, dict[str, str]]:
    with database.write() as db:
        zone = NewZone(id="atelier", site_id=SITE, name=Label(fr="Atelier"))
        zones.create(db, zone, actor=SYSTEM, now=NOW)
        add_agent(db, "box")
        for key, name in (("laser", "Découpe laser"), ("rules", "Règlement signé")):
            new = NewCertification(id=key, site_id=SITE, name=Label(fr=name))
            certifications.create(db, new, actor=SYSTEM, now=NOW)
        plan = NewPlan(id="open", site_id=SITE, name=Label(fr="Atelier libre"))
        plans.create(db, plan, actor=SYSTEM, now=NOW)
        point = NewAccessPoint(
            id=LASER,
            site_id=SITE,
            kind=PointKind.MACHINE,
            name=Label(fr="Découpe laser CO₂"),
            agent_id="box",
            zone_id="atelier",
            risk=Risk.DANGEROUS,
            requirement=RequirementShape(certifications=("laser",)),
            commissioned=True,
        )
        access_points.create(db, point, actor=SYSTEM, now=NOW)
        add_state(db, "off")
        people = {
            name: add_person(db, number, name, held)
            for number, (name, held) in enumerate(PEOPLE.items())
        }
        refs = {name: members.member_row(db, key, SYSTEM).ref for name, key in people.items()}
    return {"members": people, "refs": refs}


def add_person(db: Session, number: int, name: str, held: tuple[str, ...]) -> str:
    """A member with a subscription, a badge, and what they hold; their id."""
    person = members.create(db, NewMember(site_id=SITE, display_name=name), actor=SYSTEM, now=NOW)
    bought = NewSubscription(
        member_id=person.id, plan_id="open", valid_from=Utc.of(NOW - timedelta(days=1))
    )
    subscriptions.create(db, bought, actor=SYSTEM, now=NOW)
    badge = NewCredential(member_id=person.id, value=f"uid:04A1B2C{number}")
    vault = Vault(b"k" * 32, b"w" * 32)
    credentials.create(db, badge, vault=vault, actor=SYSTEM, now=NOW)
    for key in held:
        given = Grant(level=Level.USER, reason="test")
        member_certifications.grant(db, person.id, key, given, actor=SYSTEM, now=NOW)
    return person.id


def add_agent(db: Session, key: str, **telemetry: object) -> None:
    """An agent that is online."""
    db.add(
        AgentRow(
            id=key,
            site_id=SITE,
            name={"fr": f"Boîtier {key}"},
            created_at=NOW,
            enrolled_at=NOW,
            wiring=WIRING,
        )
    )
    db.flush()
    db.add(
        AgentState(
            agent_id=key,
            online=True,
            boot_id=uuid7(),
            connection=1,
            version="0.3.0",
            protocols=[],
            epoch=1,
            policy_version=1,
            seen_at=NOW,
            telemetry=telemetry or None,
        )
    )
    db.flush()


def add_state(db: Session, state: str, session: str | None = None) -> None:
    """What the laser was last told to be."""
    db.merge(
        PointStateRow(
            access_point_id=LASER,
            agent_id="box",
            state=state,
            since=NOW,
            session_id=session,
            available=True,
            warning=False,
            faults=[],
            received_at=NOW,
        )
    )
    db.flush()


def add_session(db: Session, start: Utc, hours: float, member: str | None = None) -> None:
    """A session of the laser that worked all the time, and is over."""
    end = Utc.of(start + timedelta(hours=hours))
    row = SessionRow(
        id=uuid7_of(start.millis() << 12, start.millis()),
        site_id=SITE,
        agent_id="box",
        access_point_id=LASER,
        member_ref=member,
        started_at=start,
        ended_at=end,
        active_s=hours * 3600,
        idle_s=0.0,
        powered_s=hours * 3600,
        gap_s=0.0,
    )
    db.add(row)
    db.flush()
    totals.update_totals(db, (), [totals.share(row, {SITE: ZoneInfo("Europe/Paris")})])
