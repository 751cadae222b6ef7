"""A database with two sites and nothing in them, of both kinds."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.shapes import Label

HERE, THERE = "here", "there"


@dataclass
class Clock:
    """The time of the test: on PostgreSQL the database's own counts for leases, so begin now."""

    now: Utc = field(default_factory=wall_clock)

    def __call__(self) -> Utc:
        return self.now

    def forward(self, **time: float) -> Utc:
        """Let time pass."""
        self.now = Utc.of(self.now + timedelta(**time))
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(engine: Engine, clock: Clock) -> Database:
    """Two sites, `here` and `there`."""
    made = Database(engine, clock=clock, house=HOUSE)
    with made.write() as db:
        for site in (HERE, THERE):
            new = NewSite(id=site, name=Label(en=site), time_zone="Europe/Paris")
            sites.create(db, new, actor=Actor.system("test"), now=clock())
    return made
