"""A database with two sites and nothing in them, of both kinds."""

import pytest
from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.places import sites
from controller.capabilities.places.shapes import NewSite
from controller.kernel.actor import Actor
from controller.kernel.database import Database, wall_clock
from controller.kernel.shapes import Label
from tests.support.clock import Clock

HERE, THERE = "here", "there"


@pytest.fixture
def clock() -> Clock:
    """On PostgreSQL the database's own clock counts for leases, so begin now."""
    return Clock(wall_clock())


@pytest.fixture
def database(engine: Engine, clock: Clock) -> Database:
    """Two sites, `here` and `there`."""
    made = Database(engine, clock=clock, house=HOUSE)
    with made.write() as db:
        for site in (HERE, THERE):
            new = NewSite(id=site, name=Label(en=site), time_zone="Europe/Paris")
            sites.create(db, new, actor=Actor.system("test"), now=clock())
    return made
