"""A whole place whose processes can be killed, and what its agents' journals must have left."""

import json
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.assembly import HOUSE as HOUSE
from controller.capabilities.usage.models import SessionRow
from controller.cli.demo.people import PEOPLE, credential_of
from controller.kernel.journal import EventRow
from controller.store.engine import open_database, read_only
from devices.sim.client import SimBench
from tests.support.running_place import RunningPlace, running_place
from tests.support.until import until

WAIT_S = 180.0
_KINDS = ("session_started", "session_ended")


def badge(name: str) -> str:
    """The badge of a demo member."""
    return credential_of(next(i for i, person in enumerate(PEOPLE) if person.name == name))


class Stored(NamedTuple):
    """A session as it stands in the database, and how many events of it do."""

    id: str
    cause: str | None
    powered_s: float
    sum_s: float
    gap_s: float
    starts: int
    ends: int


@dataclass(frozen=True)
class Faults:
    """A running place, its bench, and hands that kill."""

    running: RunningPlace
    bench: SimBench

    @property
    def agents(self) -> dict[str, int]:
        """Process ids of the agents when the place had started, by name."""
        found: dict[str, int] = self.running.ready["pids"]["agents"]
        return found

    def kill(self, pid: int) -> float:
        """kill -9; the monotonic time just before."""
        at = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        return at

    def power(self, machine: str, closed: bool) -> dict[str, Any]:
        """The next time that this contactor closes, or opens."""
        wanted = {"event": "power", "machine": machine, "closed": closed}
        return self.bench.wait_for(lambda event: wanted.items() <= event.items(), WAIT_S)

    def taps(self, reader: str, people: int) -> None:
        """So many people hold their badges to a reader, one right after the other."""
        for number in range(people):
            self.bench.do("tap", reader=reader, credential=credential_of(number))

    def events(self, **query: str) -> list[dict[str, Any]]:
        """All events in the database, as the API shows them."""
        return list(self.running.listed("/events", **query))

    def decided(self, point: str) -> int:
        """How many taps at an access point are in the database."""
        kinds = Counter(event["type"] for event in self.events(access_point=point))
        return kinds["access_granted"] + kinds["access_denied"]

    def sessions(self, machine: str) -> list[dict[str, Any]]:
        """The sessions of a machine, as the API shows them."""
        return list(self.running.listed("/sessions", access_point=machine))

    def stored(self, machine: str) -> list[Stored]:
        """The sessions of a machine, the first at first, asked of the database itself."""
        engine = open_database(f"sqlite:///{self.running.state / 'loquet.db'}")
        told: Counter[tuple[str, str]] = Counter()
        with Session(read_only(engine)) as db:
            for event in db.scalars(select(EventRow).where(EventRow.type.in_(_KINDS))):
                told[event.type, json.loads(event.raw or b"{}")["session_id"]] += 1
            mine = select(SessionRow).where(SessionRow.access_point_id == machine)
            found = [
                Stored(
                    row.id,
                    row.cause,
                    row.powered_s,
                    row.active_s + row.idle_s + row.gap_s,
                    row.gap_s,
                    *(told[kind, row.id] for kind in _KINDS),
                )
                for row in db.scalars(mine.order_by(SessionRow.started_at))
            ]
        engine.dispose()
        return found

    def starts(self, agent: str) -> int:
        """How often an agent has told that it started."""
        return sum(event["type"] == "agent_started" for event in self.events(agent=agent))

    def degraded(self, agent: str) -> list[str]:
        """What was told to be wrong with an agent's journal."""
        told = [event for event in self.events(agent=agent) if event["type"] == "journal_degraded"]
        return [event["data"]["reason"] for event in told]

    def all_there(self) -> None:
        """Wait until all journals are delivered; each event is in the database exactly once."""
        until(lambda: all(map(self._delivered, self.agents)), lambda: str(self._missing()))
        for agent in self.agents:
            events = self.events(agent=agent)
            numbers = Counter((event["stream"], event["seq"]) for event in events)
            assert set(numbers.values()) == {1}
            assert len({event["event_id"] for event in events}) == len(events)

    def _delivered(self, agent: str) -> bool:
        """Whether a journal holds nothing more, and the database all that it ever held."""
        stream, last, waiting = self._journal(agent)
        seqs = {event["seq"] for event in self.events(agent=agent) if event["stream"] == stream}
        return not waiting and seqs == set(range(1, last + 1))

    def _missing(self) -> dict[str, object]:
        return {
            agent: (self._journal(agent), sorted(e["seq"] for e in self.events(agent=agent)))
            for agent in self.agents
        }

    def _journal(self, agent: str) -> tuple[str, int, int]:
        """Stream, last number given, and how many events wait for an acknowledgement."""
        file = self.running.state / "agents" / agent / "state" / "journal.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            stream, last = db.execute("SELECT stream, seq FROM head").fetchone()
            waiting = last - db.execute("SELECT through FROM acknowledged").fetchone()[0]
        return stream, last, waiting


@pytest.fixture
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """A place of its own for each test."""
    with a_place(tmp_path_factory.mktemp("place")) as faults:
        yield faults


@contextmanager
def a_place(folder: Path) -> Iterator[Faults]:
    """A place that is ended with the block."""
    with running_place(folder) as running, SimBench(str(running.ready["pins_socket"])) as bench:
        bench.watch("power", "pump", "edge")
        yield Faults(running, bench)
