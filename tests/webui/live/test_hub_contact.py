"""A page says when nobody hears the boxes any more, and since when; and open pages are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from queue import Queue
from threading import Event, Thread

import pytest
from flask.testing import FlaskClient

from controller.capabilities.agents.models import AgentRow
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.models import Lease
from tests.support.clock import Clock
from tests.webui.conftest import NOW, SITE, sign_in
from tests.webui.live.live_actions import agent_state
from webui.live import broadcast
from webui.live.broadcast import SiteChange


def serve(database: Database, until: Utc, reaches: Utc | None = None) -> None:
    """A hub serves the site until then, and reaches the broker for as long."""
    with database.write() as db:
        for name, end in ((f"site:{SITE}", until), ("hub:hub-main", reaches or until)):
            db.merge(Lease(name=name, holder="hub-main", until=end, term=1))


@pytest.mark.parametrize("page", ["/", "/desk"])
def test_a_page_says_since_when_nobody_hears_the_boxes(
    client: FlaskClient, database: Database, clock: Clock, page: str
) -> None:
    sign_in(client, "desk")
    said = "Aucun contact avec les boîtiers depuis"
    assert said not in client.get(page).get_data(as_text=True), "none has ever served it"
    serve(database, Utc.of(NOW + timedelta(seconds=10)))
    assert said not in client.get(page).get_data(as_text=True)
    clock.forward(minutes=5)
    text = client.get(page).get_data(as_text=True)
    assert said in text
    assert "14:00" in text[text.index(said) :][:200]


def test_a_hub_that_does_not_reach_the_broker_hears_nobody(
    client: FlaskClient, database: Database
) -> None:
    sign_in(client, "desk")
    later = Utc.of(NOW + timedelta(seconds=10))
    serve(database, later, reaches=Utc.of(NOW - timedelta(milliseconds=1)))
    with database.write() as db:
        db.add(AgentRow(id="pi", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
        db.flush()
        state = agent_state("pi", online=True)
        state.seen_at = Utc.of(NOW - timedelta(minutes=7))
        db.add(state)
    text = client.get("/").get_data(as_text=True)
    assert "13:53" in text[text.index('id="no-contact"') :][:400], "when one was heard last"


@contextmanager
def looking(hubs: broadcast.HubCheck) -> Iterator[Queue[SiteChange]]:
    told: Queue[SiteChange] = Queue()
    stopped = Event()
    thread = Thread(target=hubs.run, args=(told.put, stopped), daemon=True)
    hubs.begin()
    thread.start()
    try:
        yield told
    finally:
        stopped.set()
        thread.join(60)


def test_open_pages_are_told_when_a_hub_dies_and_when_it_is_back(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broadcast, "RIGHTS_CHECK_S", 0.01)
    serve(database, Utc.of(NOW + timedelta(seconds=10)))
    hubs = broadcast.HubCheck(database, clock)
    with looking(hubs) as told:
        hubs.first.wait(60)
        clock.forward(seconds=11)
        assert told.get(timeout=60).site == SITE
        serve(database, Utc.of(clock.now + timedelta(seconds=10)))
        assert "hub" in told.get(timeout=60).text
        assert told.empty(), "nothing else has changed"


def test_of_a_box_that_was_never_heard_no_news_are_missed(
    client: FlaskClient, database: Database
) -> None:
    sign_in(client, "desk")
    said = "boîtier muet"
    with database.write() as db:
        db.add(AgentRow(id="new", site_id=SITE, name={"en": "Pi"}, created_at=NOW))
    assert said not in client.get("/").get_data(as_text=True)
    with database.write() as db:
        db.add(agent_state("new", online=False))
    assert said in client.get("/").get_data(as_text=True)
