"""A small place in a real database, of both kinds, with a clock that the test moves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from controller.assembly import HOUSE
from controller.capabilities.accounts import accounts
from controller.capabilities.accounts.identity import actor_of
from controller.capabilities.accounts.models import AccountRow
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import NewAccessPoint, RequirementShape
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member, NewMember
from controller.capabilities.places import schedules, sites, zones
from controller.capabilities.places.shapes import NewSchedule, NewSite, NewZone, Weekly
from controller.capabilities.plans import plans, subscriptions
from controller.capabilities.plans.shapes import NewPlan, NewSubscription
from controller.capabilities.training import certifications, member_certifications
from controller.capabilities.training.shapes import Duration, Grant, NewCertification
from controller.domain.facts import CertificationKind, Level, PointKind, Risk
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database
from controller.kernel.shapes import Label
from controller.live import Live
from controller.store.engine import open_database
from tests.support.clock import Clock
from tests.support.databases import a_copy, filled_once

BOSS = Actor.system("test")
VAULT = Vault(bytes(range(32)), b"w" * 32)
NOW = Utc.parse("2026-11-24T10:00:00.000Z")


@dataclass
class Place:
    """One site, `here`, with a laser and a door; people are added by the test."""

    database: Database
    clock: Clock
    site: str = "here"
    badges: int = 0

    @property
    def now(self) -> Utc:
        """The clock's time."""
        return self.clock.now

    def member(
        self, db: Session, name: str = "Amina Diallo", *, plan: str | None = "atelier"
    ) -> Member:
        """A member, subscribed to a plan from yesterday on."""
        person = members.create(
            db, NewMember(display_name=name, site_id=self.site), actor=BOSS, now=self.now
        )
        if plan is not None:
            start = Utc.of(self.now - timedelta(days=1))
            new = NewSubscription(member_id=person.id, plan_id=plan, valid_from=start)
            subscriptions.create(db, new, actor=BOSS, now=self.now)
        return person

    def badge(self, db: Session, member_id: str) -> str:
        """A badge of the member; returns the credential's id."""
        self.badges += 1
        new = NewCredential(member_id=member_id, value=f"uid:04{self.badges:012X}")
        return credentials.create(db, new, vault=VAULT, actor=BOSS, now=self.now).id

    def certify(self, db: Session, member_id: str, key: str, level: Level = Level.USER) -> None:
        """Certify the member, by the place itself."""
        grant = Grant(level=level, reason="for the test")
        member_certifications.grant(db, member_id, key, grant, actor=BOSS, now=self.now)

    def account(self, db: Session, login: str, *roles: Role, member_id: str | None = None) -> Actor:
        """Somebody with an account and these roles here."""
        key = accounts.create(
            db,
            login=login,
            password="correct horse",
            roles={self.site: frozenset(roles)},
            actor=BOSS,
            now=self.now,
            member_id=member_id,
        )
        return actor_of(db, db.get_one(AccountRow, key))


@pytest.fixture
def clock() -> Clock:
    return Clock(NOW)


@pytest.fixture
def live() -> Live:
    return Live("embedded")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, live: Live
) -> Iterator[Database]:
    """The place's, in each kind of database: furnished once, then copied."""
    kind: str = request.param
    server = request.getfixturevalue("postgres_url") if kind == "postgresql" else None
    furnished = filled_once(kind, "place", _furnish, server)
    with a_copy(furnished, tmp_path) as url:
        engine = open_database(url)
        yield Database(engine, live, clock, house=HOUSE)
        engine.dispose()


@pytest.fixture
def place(database: Database, clock: Clock) -> Place:
    return Place(database, clock)


def _furnish(engine: Engine) -> None:
    now = NOW
    with Database(engine, house=HOUSE).write() as db:
        sites.create(db, NewSite(id="here", name=Label(fr="Ici")), actor=BOSS, now=now)
        _rules(db, now)
        for new in _points():
            access_points.create(db, new, actor=BOSS, now=now)


def _rules(db: Session, now: Utc) -> None:
    zones.create(db, NewZone(id="workshop", name=Label(en="Workshop")), actor=BOSS, now=now)
    hours = tuple(Weekly(weekday=day, start="08:00", end="20:00") for day in range(7))
    week = NewSchedule(id="week", name=Label(fr="Semaine"), weekly=hours)
    schedules.create(db, week, actor=BOSS, now=now)
    plans.create(db, NewPlan(id="atelier", name=Label(fr="Atelier")), actor=BOSS, now=now)
    bureau = NewPlan(id="bureau", name=Label(fr="Bureau"), schedule_id="week", grace_days=3)
    plans.create(db, bureau, actor=BOSS, now=now)
    laser = NewCertification(id="laser", name=Label(fr="Laser"), validity=Duration(days=365))
    certifications.create(db, laser, actor=BOSS, now=now)
    rules = NewCertification(
        id="rules", name=Label(fr="Règlement"), kind=CertificationKind.DOCUMENT
    )
    certifications.create(db, rules, actor=BOSS, now=now)
    db.add(AgentRow(id="pi", site_id="here", name={"en": "Pi"}, created_at=now))
    db.flush()


def _points() -> list[NewAccessPoint]:
    asked = RequirementShape(certifications=("laser",), plans=("atelier",))
    return [
        NewAccessPoint(
            id="laser-1",
            kind=PointKind.MACHINE,
            name=Label(fr="Laser"),
            agent_id="pi",
            zone_id="workshop",
            risk=Risk.DANGEROUS,
            requirement=asked,
            commissioned=True,
        ),
        NewAccessPoint(
            id="door-1",
            kind=PointKind.DOOR,
            name=Label(fr="Porte"),
            agent_id="pi",
            zone_id="workshop",
            risk=Risk.DOOR,
            commissioned=True,
        ),
    ]
