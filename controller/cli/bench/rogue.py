"""Measure from a tap to its event in the database, while a malicious agent attacks."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from controller.cli.bench import BenchFailed
from controller.cli.bench.figure import Figure, percentile_figure
from controller.cli.bench.venue import AGENT, MACHINES, Venue, wait_until
from controller.cli.demo.place import SITE_ID
from devices.agent.enrolment.enrol import enrol

ROGUE = "rogue"
"""Id of the malicious agent and of its machine."""
FOR_S = 60.0
"""How many seconds the attack lasts."""
EVERY_S = 0.25
"""Pause in seconds between two taps."""
_TIMEOUT_S = 30.0
_POLL_S = 0.002


def measure(venue: Venue) -> Figure:
    """Measure a tap every quarter of a second for a minute; the database is polled every 2 ms."""
    samples: list[float] = []
    venue.settle()
    with _attack(venue):
        end = time.monotonic() + FOR_S
        for number in range(10_000):
            if time.monotonic() > end:
                break
            samples.append(_tap(venue, number))
            time.sleep(EVERY_S)
    return percentile_figure("rogue_tap_to_stored", "ms", samples)


def _tap(venue: Venue, number: int) -> float:
    """Return the milliseconds from the tap until a new event is stored. Raises BenchFailed."""
    machine = MACHINES[number % len(MACHINES)]
    wait_until(lambda: venue.backlog() == 0, "the agent's events are not stored")
    before, began = _stored_events(venue), time.monotonic()
    venue.bench.do("tap", reader=machine, credential=random.choice(venue.badges))  # noqa: S311
    while _stored_events(venue) == before:
        if time.monotonic() - began > _TIMEOUT_S:
            waiting = venue.backlog()
            raise BenchFailed(
                f"tap {number}, at {machine}, is not stored within {_TIMEOUT_S:.0f} s;"
                f" {waiting} events wait at the agent"
            )
        time.sleep(_POLL_S)
    return (time.monotonic() - began) * 1000


def _stored_events(venue: Venue) -> int:
    """Return how many events of the agent are committed."""
    file = venue.demo.layout.state / "loquet.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        query = "SELECT sum(through) FROM stream_state WHERE agent_id = ?"
        (number,) = db.execute(query, (AGENT,)).fetchone()
    return int(number or 0)


@contextmanager
def _attack(venue: Venue) -> Iterator[None]:
    """Enrol a further agent with a valid certificate, and let it attack during the block."""
    demo, api = venue.demo, venue.demo.api
    new = {"id": ROGUE, "site_id": SITE_ID, "name": {"en": "Rogue"}}
    code = api.call("POST", "/agents", new)["claim_code"]
    point = {"id": ROGUE, "kind": "machine", "name": {"en": "Rogue"}, "agent_id": ROGUE}
    api.call("POST", "/access-points", point)
    folder = demo.layout.state / "agents" / ROGUE
    enrol(demo.url, code, folder)
    files = [str(folder / name) for name in ("ca.crt", "agent.crt", "agent.key")]
    with _process([str(demo.ports.broker), *files, SITE_ID, ROGUE, ROGUE, AGENT], folder) as rogue:
        if rogue.stdout is None or rogue.stdout.readline() != b"begun\n":
            raise BenchFailed("the rogue agent did not begin")
        yield


@contextmanager
def _process(words: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "controller.cli.bench.rogue_process", *words]
    with (
        (folder / "log").open("wb") as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        try:
            yield process
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait(_TIMEOUT_S)
