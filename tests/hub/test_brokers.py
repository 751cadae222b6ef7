"""Sites shared out among brokers: each hub serves its own broker's, and keeps its lists."""

from pathlib import Path

import pytest
from sqlalchemy import Engine

from controller.capabilities.agents.brokers import Address, broker_of, keep_revocations, serve
from controller.hub.lease import Leases
from controller.hub.runtime import AccessLists
from controller.kernel.database import Database
from tests.hub.fake_agent import START, FakeAgent
from tests.hub.world import SITE, World, add_agent, add_site

LYON, BREST = Address("lyon.example.org", 8883), Address("brest.example.org", 8883)


@pytest.fixture
def world(engine: Engine) -> World:
    """Three sites: one at the installation's own broker, two with a broker each."""
    found = World.make(engine)
    for site, at in (("lyon", LYON), ("brest", BREST)):
        add_site(found.database, site)
        with found.database.write() as db:
            serve(db, at, [site])
    return found


def leases(database: Database, name: str, at: Address | None) -> Leases:
    return Leases(database, name, at=at, monotonic=lambda: 0.0)


def test_a_hub_takes_the_sites_of_its_broker_and_no_others(world: World) -> None:
    own = leases(world.database, "hub-main", None)
    lyon, spare = (leases(world.database, name, LYON) for name in ("hub-lyon", "hub-lyon-2"))
    assert lyon.renew() == {"lyon"}
    assert spare.renew() == frozenset()
    assert spare.sites_of_others() == {"lyon"}
    assert own.renew() == {SITE}, "the share is of the hubs of one broker"
    lyon.release()
    assert spare.renew() == {"lyon"}


def test_a_site_moves_with_what_its_new_brokers_hub_says(world: World) -> None:
    with world.database.write() as db:
        serve(db, BREST, ["brest", "lyon", "nowhere-yet"])
        assert broker_of(db, "lyon") == BREST
        assert broker_of(db, "nowhere-yet") is None
        serve(db, BREST, ["brest"])
        assert broker_of(db, "lyon") is None, "at the installation's own again"


def test_its_hub_writes_what_its_broker_knows_of_agents(world: World, tmp_path: Path) -> None:
    add_agent(world.database, FakeAgent("lyon", "pi-lyon", ["saw-lyon"]))
    lists = AccessLists(world.database, tmp_path, LYON)
    lists.poll()
    acl = (tmp_path / "acl").read_text()
    assert "user pi-lyon\n" in acl
    assert world.agents[0].name not in acl, "whose site is at another broker"
    assert (tmp_path / "crl.pem").read_text() == ""
    before = (tmp_path / "acl").stat().st_mtime_ns
    lists.poll()
    assert (tmp_path / "acl").stat().st_mtime_ns == before, "nothing new: the broker is left alone"
    with world.database.write() as db:
        keep_revocations(db, "first", START)
        keep_revocations(db, "second", START)
    lists.poll()
    assert (tmp_path / "crl.pem").read_text() == "second"
