"""Measure events per second, from agents' journals to the hub's acknowledgements."""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import func, select

from controller.assembly import HOUSE
from controller.cli.bench import BenchFailed
from controller.cli.bench.agent_load import busy_s
from controller.cli.bench.figure import Figure
from controller.cli.bench.venue import Venue
from controller.cli.demo.place import SITE_ID
from controller.kernel.database import Database
from controller.kernel.journal import EventRow
from controller.kernel.journal_where import is_from_agents
from controller.settings.reading import load
from controller.store.engine import open_database
from devices.agent.enrolment.enrol import enrol

AGENTS = 4
"""Number of agents that send at the same time."""
EVENTS = 10_000
"""Number of events in each agent's journal."""
_TIMEOUT_S = 120.0


def measure(venue: Venue) -> list[Figure]:
    """Enrol agents, fill their journals, connect all at once, and wait for the last
    acknowledgement.

    The database is SQLite with a sync at every commit.
    """
    with ExitStack() as stack:
        running = [_agent(venue, f"bench-{number}", stack) for number in range(AGENTS)]
        for process in running:
            _expect(process, "filled")
        began, before = time.monotonic(), busy_s(venue.demo.serve.pid)
        for process in running:
            _start_sending(process)
        for process in running:
            _expect(process, "acknowledged")
        duration_s = time.monotonic() - began
        busy_used_s = busy_s(venue.demo.serve.pid) - before
        for process in running:
            process.wait(_TIMEOUT_S)
    _check(venue)
    total = AGENTS * EVENTS
    note = f"{AGENTS} agents, {total} events, {duration_s:.1f} s with connecting"
    return [
        Figure("events_per_s", "1/s", value=total / duration_s, note=note),
        Figure(
            "event_cpu",
            "ms",
            value=1000 * busy_used_s / total,
            note="of `loquet serve`, for each event",
        ),
    ]


def _agent(venue: Venue, name: str, stack: ExitStack) -> subprocess.Popen[str]:
    """Enrol an agent with a machine, and start the process that fills its journal."""
    api = venue.demo.api
    new = {"id": name, "site_id": SITE_ID, "name": {"en": name}}
    code = api.call("POST", "/agents", new)["claim_code"]
    point = {"id": name, "kind": "machine", "name": {"en": name}, "agent_id": name}
    api.call("POST", "/access-points", point)
    folder = venue.demo.layout.state / "agents" / name
    enrol(venue.demo.url, code, folder / "state")
    config = folder / "config.toml"
    config.write_text(f'[site]\nid = "{SITE_ID}"\n\n[agent]\nid = "{name}"\nstate_dir = "state"\n')
    return stack.enter_context(_process(config, name, folder / "log"))


def _process(config: Path, point: str, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "controller.cli.bench.uplink_process", str(config), point]
    with log.open("wb") as errors:
        return subprocess.Popen(
            [*command, str(EVENTS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )


def _start_sending(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.write("go\n")
        process.stdin.flush()


def _expect(process: subprocess.Popen[str], word: str) -> None:
    line = "" if process.stdout is None else process.stdout.readline().strip()
    if line != word:
        raise BenchFailed(f"an agent of the bench ended before its events were {word}")


def _check(venue: Venue) -> None:
    """Check that every acknowledged event is in the database. Raises BenchFailed."""
    engine = open_database(load(venue.demo.layout.config).database.url)
    try:
        with Database(engine, house=HOUSE).read() as db:
            is_from_bench = is_from_agents([f"bench-{number}" for number in range(AGENTS)])
            count = db.scalar(select(func.count()).select_from(EventRow).where(is_from_bench)) or 0
    finally:
        engine.dispose()
    if count < AGENTS * EVENTS:
        raise BenchFailed(f"only {count} of {AGENTS * EVENTS} events are in the database")
