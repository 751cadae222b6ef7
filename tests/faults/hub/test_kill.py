"""A hub that is killed loses nothing and stores nothing twice, wherever it was."""

import random
from collections.abc import Sequence

import pytest
from sqlalchemy import select

from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.journal_where import is_from_agents
from tests.faults.hub.hub_site import Site, Uploader


def check_all_stored_once(site: Site, uploaders: Sequence[Uploader]) -> None:
    """Every journal is in the database, byte for byte, each event once."""
    for uploader in uploaders:
        query = select(EventRow).where(is_from_agents([uploader.agent.name])).order_by(EventRow.seq)
        with site.world.database.read() as db:
            rows = [(row.seq, row.raw) for row in db.scalars(query)]
            assert db.scalars(select(Quarantine.id)).all() == []
        assert [seq for seq, _ in rows] == list(range(1, len(uploader.agent.journal) + 1))
        assert [raw for _, raw in rows] == uploader.agent.journal


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kills", [9, pytest.param(24, marks=pytest.mark.long)])
def test_killed_between_receive_and_commit_and_ack_under_load(site: Site, kills: int) -> None:
    dice = random.Random(20260302)
    uploaders = [site.uploader(agent) for agent in site.world.agents]
    for uploader in uploaders:
        uploader.start()
    for kill in range(kills):
        moment = ("before", "after", None)[kill % 3]
        if moment is not None:
            hub = site.hub(moment=moment, number=dice.randint(1, 6))
            assert hub.wait_for_death() == -9
        else:
            hub = site.hub()
            goal = max(uploader.through for uploader in uploaders) + dice.randint(1, 1_500)
            max(uploaders, key=lambda uploader: uploader.through).wait_through(goal)
            hub.kill()
    hub = site.hub()
    for uploader in uploaders:
        uploader.finish()
    hub.stop()
    for uploader in uploaders:
        uploader.stop()
    check_all_stored_once(site, uploaders)
    assert sum(len(uploader.agent.journal) for uploader in uploaders) > kills * 100


def test_of_two_hubs_one_is_killed_and_nothing_is_lost(site: Site) -> None:
    """The one that holds the site, which is the one that was there first."""
    uploaders = [site.uploader(agent) for agent in site.world.agents]
    first = site.hub()
    for uploader in uploaders:
        uploader.start()
    for uploader in uploaders:
        uploader.wait_through(500)
    second = site.hub("hub-second")
    for uploader in uploaders:
        uploader.wait_through(uploader.through + 500)
    first.kill()
    for uploader in uploaders:
        uploader.wait_through(uploader.through + 1_000)
        uploader.finish()
    second.stop()
    for uploader in uploaders:
        uploader.stop()
    check_all_stored_once(site, uploaders)


def test_the_broker_is_killed_and_every_event_arrives_once(site: Site) -> None:
    uploaders = [site.uploader(agent) for agent in site.world.agents]
    hub = site.hub()
    for uploader in uploaders:
        uploader.start()
    for _ in range(2):
        for uploader in uploaders:
            uploader.wait_through(uploader.through + 500)
        site.broker.kill()
        site.broker.start()
    for uploader in uploaders:
        uploader.finish()
    hub.stop()
    for uploader in uploaders:
        uploader.stop()
    check_all_stored_once(site, uploaders)
