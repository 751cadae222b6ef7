"""A database with a site, agents and access points, and a hub on a link in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines.models import AccessPointRow
from controller.capabilities.members import members
from controller.capabilities.members.models import MemberRow, Supervisor
from controller.capabilities.members.shapes import NewMember
from controller.capabilities.places import sites, zones
from controller.capabilities.places.models import ZoneRow
from controller.capabilities.places.shapes import NewSite, NewZone
from controller.domain.facts import Language, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.store.engine import open_database
from controller.wire.base64url import b64encode
from tests.hub.fake_agent import START, FakeAgent
from tests.support.databases import migrated_sqlite

SITE = "fabrique"


def new_database(folder: Path) -> Engine:
    """An empty database of the present version."""
    return open_database(migrated_sqlite(folder))


def add_site(database: Database, site: str = SITE) -> None:
    """A site with nothing in it."""
    new = NewSite(
        id=site, name=Label(fr="La Fabrique"), time_zone="Europe/Paris", language=Language.FR
    )
    with database.write() as db:
        sites.create(db, new, actor=Actor.system("test"), now=START)


def add_agent(database: Database, agent: FakeAgent) -> None:
    """Enrol an agent, with its access points."""
    with database.write() as db:
        db.add(
            AgentRow(
                id=agent.name,
                site_id=agent.site,
                name={"en": agent.name},
                kid=agent.signer.kid,
                public_key=b64encode(agent.signer.public_key_bytes),
                enrolled_at=START,
                revoked_at=None,
                wiring=None,
                created_at=START,
            )
        )
        db.flush()
        for point in agent.points:
            db.add(machine(point, agent.site, agent.name))


def machine(point: str, site: str, agent: str | None) -> AccessPointRow:
    """A machine with default rules."""
    return AccessPointRow(
        id=point,
        site_id=site,
        agent_id=agent,
        kind=PointKind.MACHINE,
        name={"en": point},
        icon="cog",
        zone_id=None,
        from_zone_id=None,
        in_service=True,
        service_reason=None,
        commissioned=True,
        risk=Risk.LOW,
        requirement={},
        session={},
        door={},
        policy_max_age_s=None,
        needs=[],
    )


def add_supervisor(database: Database, zone: str, points: Sequence[str], number: int = 1) -> str:
    """Who may supervise a zone, with a badge; these access points are in it. Returns the reference.

    The zone is made if it is not there.
    """
    actor = Actor.system("test")
    with database.write() as db:
        if db.get(ZoneRow, zone) is None:
            new = NewZone(id=zone, site_id=SITE, name=Label(fr=zone))
            zones.create(db, new, actor=actor, now=START)
        for point in points:
            db.get_one(AccessPointRow, point).zone_id = zone
        person = NewMember(site_id=SITE, display_name=f"Supervisor {number}")
        member = members.create(db, person, actor=actor, now=START)
        badge = NewCredential(member_id=member.id, value=f"uid:04AABBCC00EE{number:02X}")
        vault = Vault(bytes(32), bytes(32))
        credentials.create(db, badge, vault=vault, actor=actor, now=START)
        db.add(Supervisor(member_id=member.id, zone_id=zone))
        return db.get_one(MemberRow, member.id).ref


@dataclass
class World:
    """A site and its agents, enrolled."""

    database: Database
    agents: Sequence[FakeAgent]

    @classmethod
    def make(cls, engine: Engine, agents: int = 1, now: Utc = START) -> "World":
        """One in an empty database, whose clock stands at `now`."""
        database = Database(engine, clock=lambda: now, house=HOUSE)
        add_site(database)
        made = [FakeAgent(SITE, f"pi-{n}", [f"machine-{n}", f"saw-{n}"]) for n in range(agents)]
        for agent in made:
            add_agent(database, agent)
        return cls(database, made)
