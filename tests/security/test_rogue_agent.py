"""A rogue agent with a good certificate does its worst; beside it everything goes on, and what it
leaves behind is bounded."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from sqlalchemy import func, select

from controller.capabilities.accounts import accounts
from controller.capabilities.alarms.alarm_counts import AGENT_LIMIT
from controller.capabilities.alarms.models import Alarm
from controller.hub.quarantine import MAX_EVENTS
from controller.kernel.actor import Actor, Role
from controller.kernel.database import Database, wall_clock
from controller.kernel.journal import EventRow, Quarantine
from controller.kernel.journal_where import is_from_agents
from tests.faults.hub.hub_site import Site
from tests.hub.fake_agent import FakeAgent
from tests.hub.world import SITE
from tests.security.taps import connected
from tests.support.clock import Clock
from tests.support.tree import ROOT
from tests.support.until import until
from tests.webui.conftest import PASSWORD, make_app, sign_in

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(1800)]

BUDGET = {"burst_bytes": 2 << 20, "bytes_per_s": 16 << 10}
"""Less than an installation's, so that it is soon used up."""
TAPS = 100
MAX_BYTES = 48 << 20
"""Of the database: 2 MiB of events, the kept part of quarantine, their write-ahead log."""
COUNTING = {"agent_floods", "agent_malformed", "quarantine", "journal_chain", "journal_fork"}


@contextmanager
def at_its_worst(site: Site, rogue: FakeAgent, other: FakeAgent) -> Iterator[None]:
    """The rogue at work, in a process of its own."""
    keys = site.folder / "keys"
    files = [str(keys / name) for name in ("ca.crt", f"{rogue.name}.crt", f"{rogue.name}.key")]
    words = [str(site.port), *files, SITE, rogue.name, rogue.points[0], other.name]
    process = subprocess.Popen(
        [sys.executable, "-m", "controller.cli.bench.rogue_process", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        assert process.stdout.readline() == b"begun\n"
        yield
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def test_a_rogue_does_its_worst_and_others_events_are_stored(site: Site) -> None:
    """One alarm of each kind counts, Live and the disk stay small, and no event is missing."""
    victim, rogue = site.world.agents
    with (
        site.hub(budget=BUDGET),
        connected(site, victim) as tapped,
        at_its_worst(site, rogue, victim),
    ):
        began = time.monotonic()
        for _ in range(TAPS):
            tapped.tap()
            tapped.insist()
        print(f"{TAPS} taps in {time.monotonic() - began:.1f} s")
        for kind in ("agent_floods", "agent_malformed"):
            until(partial(alarms_of, site, rogue, kind), f"nobody says {kind}")
    check_others(site, victim)
    check_bounded(site, rogue)


def alarms_of(site: Site, agent: FakeAgent, *kinds: str) -> dict[str, int]:
    """How many alarms of each kind, or of these kinds, the agent has."""
    mine = select(Alarm.kind).where(Alarm.agent_id == agent.name)
    with site.world.database.read() as db:
        found = Counter(db.scalars(mine))
    return {kind: number for kind, number in found.items() if not kinds or kind in kinds}


def check_others(site: Site, victim: FakeAgent) -> None:
    """Its events are all there, once, and nobody has anything against it."""
    query = select(EventRow).where(is_from_agents([victim.name])).order_by(EventRow.seq)
    with site.world.database.read() as db:
        assert [row.raw for row in db.scalars(query)] == victim.journal
    assert alarms_of(site, victim) == {}


def check_bounded(site: Site, rogue: FakeAgent) -> None:
    """What the rogue has left: so much in quarantine, so many alarms, a small page and file."""
    alarms = alarms_of(site, rogue)
    print("alarms:", {kind: number for kind, number in alarms.items() if kind in COUNTING})
    assert {alarms.get(kind, 0) for kind in COUNTING} <= {0, 1}
    assert sum(alarms.values()) <= AGENT_LIMIT + len(COUNTING)
    with site.world.database.read() as db:
        kept = db.scalar(select(func.count()).select_from(Quarantine))
        counted = db.scalars(select(Alarm).where(Alarm.kind == "quarantine")).one()
    print("quarantine:", kept, "kept of", counted.detail)
    assert kept is not None
    assert kept <= MAX_EVENTS
    page = live_page(site)
    size = sum(path.stat().st_size for path in site.folder.glob("loquet.db*"))
    print("live:", len(page), "database:", size)
    assert len(page) <= 150_000
    assert b"agent_floods" not in page, "it has a name"
    assert "Trop de messages d’un boîtier".encode() in page
    assert size <= MAX_BYTES


def live_page(site: Site) -> bytes:
    """What the manager sees."""
    database: Database = site.world.database
    with database.write() as db:
        accounts.create(
            db,
            login="manager@example.org",
            password=PASSWORD,
            roles={SITE: frozenset({Role.MANAGER})},
            actor=Actor.system("test"),
            now=wall_clock(),
        )
    browser = make_app(database, Clock(wall_clock())).test_client()
    assert sign_in(browser, "manager") < 400
    page: bytes = browser.get("/").get_data()
    return page
