"""A whole place under taps, on either database, whose controller is put back to a backup."""

import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.restore_check import not_heard_since_restore
from controller.cli import main
from controller.cli.demo.people import credential_of
from controller.cli.demo.start import Demo, start
from controller.cli.http import Browser, HttpFailed
from controller.kernel.journal import EventRow, JournalName, StreamState
from controller.store.engine import open_database, read_only
from devices.sim.client import SimBench
from tests.support.running_place import furnish
from tests.support.temporary import once
from tests.support.until import until

DOOR, AT_DOOR, PEOPLE = "porte-principale", "accueil", 12
TAP_EVERY_S = 0.1
DECIDED = ("access_granted", "access_denied")


class Journal(NamedTuple):
    """What an agent's file says of its stream."""

    stream: str
    last: int
    through: int
    kept_from: int


class Answer(NamedTuple):
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


@dataclass
class Place:
    """The demo, and somebody who taps at its door all the time."""

    demo: Demo
    bench: SimBench
    folder: Path
    url: str
    taps: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _tapping: threading.Thread | None = None

    def begin_to_tap(self) -> None:
        """One person after another, until `end_taps`."""
        self._tapping = threading.Thread(target=self._tap, daemon=True)
        self._tapping.start()

    def end_taps(self) -> None:
        """The last one has tapped."""
        self._stop.set()
        assert self._tapping is not None
        self._tapping.join()

    def more_taps(self, number: int) -> None:
        """Wait until so many more were done."""
        wanted = self.taps + number
        until(lambda: self.taps >= wanted, lambda: f"only {self.taps} taps")

    def loquet(self, *words: str) -> Answer:
        """Run a command against the place's configuration; in this process, which has all of it
        loaded: four more would cost as much as the place itself."""
        out, err = StringIO(), StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            code = main([*words, "--config", str(self.demo.layout.config)])
        return Answer(code, out.getvalue(), err.getvalue())

    def stop_serve(self) -> None:
        """As systemctl stop does; it is not started again."""
        self.demo.serve.stays_down = True
        assert self.demo.serve.popen is not None
        self.demo.serve.popen.terminate()
        self.demo.serve.popen.wait(30)

    def start_serve(self) -> None:
        """And wait until it is ready."""
        self.demo.serve.start()
        self.demo.place.wait_for(self.demo.serve, self._is_ready)

    def journals(self) -> dict[str, Journal]:
        """By agent, of those files that have a list of what was acknowledged."""
        return {agent: self._journal(agent) for agent in self.demo.agents}

    def settled(self) -> None:
        """Wait until every agent has had everything acknowledged, and the database holds it."""
        until(self._is_settled, lambda: f"{self.journals()}")

    def held(self) -> dict[str, list[int]]:
        """The numbers that the database has of each stream, each as often as it is there."""
        numbers = select(StreamState.stream, EventRow.seq).join(
            StreamState, StreamState.no == EventRow.stream_no
        )
        found: dict[str, list[int]] = {}
        for stream, seq in self._asked(numbers):
            found.setdefault(stream, []).append(seq)
        return found

    def decided(self) -> dict[str, int]:
        """How often the door was opened, and how often it was not."""
        here = JournalName.no == EventRow.point_no
        types = select(EventRow.type).join(JournalName, here).where(JournalName.name == DOOR)
        told = Counter(kind for (kind,) in self._asked(types))
        return {kind: told[kind] for kind in DECIDED}

    def behind(self) -> list[str]:
        """Agents that have not spoken since the restore."""
        engine = open_database(self.url)
        with Session(read_only(engine)) as db:
            found = not_heard_since_restore(db)
        engine.dispose()
        return found

    def signed_in(self) -> Browser:
        """A browser in which a manager has signed in."""
        manager = next(
            account for account in self.demo.secrets.accounts if account.role == "manager"
        )
        browser = Browser(self.demo.url)
        browser.submit("/sign-in", "sign-in", login=manager.email, password=manager.password)
        return browser

    def _is_settled(self) -> bool:
        """Whether all that agents still keep is acknowledged, and stored."""
        journals = self.journals().values()
        if any(journal.through != journal.last for journal in journals):
            return False
        held = self.held()
        return all(
            set(held.get(journal.stream, ())) >= set(range(journal.kept_from, journal.last + 1))
            for journal in journals
        )

    def _asked(self, statement: Any) -> list[Any]:
        engine = open_database(self.url)
        with Session(read_only(engine)) as db:
            rows = list(db.execute(statement))
        engine.dispose()
        return rows

    def _is_ready(self) -> bool:
        try:
            return bool(Browser(self.demo.url).get("/health/ready"))
        except HttpFailed:
            return False

    def _journal(self, agent: str) -> Journal:
        file = self.demo.layout.agent_config(agent).parent / "state" / "journal.db"
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            stream, last = db.execute("SELECT stream, seq FROM head").fetchone()
            (kept_from,) = db.execute("SELECT min(seq) FROM event").fetchone()
            tables = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'acknowledged'")
            if tables.fetchone() is None:  # a version that deletes at the acknowledgement
                return Journal(stream, last, last if kept_from is None else 0, last + 1)
            (through,) = db.execute("SELECT through FROM acknowledged").fetchone()
        return Journal(stream, last, through, last + 1 if kept_from is None else kept_from)

    def _tap(self) -> None:
        for number in cycle(range(PEOPLE)):
            if self._stop.wait(TAP_EVERY_S):
                return
            self.bench.do("tap", reader=DOOR, credential=credential_of(number))
            self.taps += 1


@contextmanager
def a_place(
    folder: Path, url: str | None, monkeypatch: pytest.MonkeyPatch, **environment: str
) -> Iterator[Place]:
    """Bring it up, and end it with the block. `url` None: a file of its own."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if url is None:
        shutil.copytree(once("demo", furnish), folder / "state")
    else:
        monkeypatch.setenv("LOQUET_DATABASE_URL", url)
    demo = start(folder / "state", 0, lambda _line: None)
    try:
        with SimBench(str(demo.layout.socket)) as bench:
            there = url or f"sqlite:///{demo.layout.state / 'loquet.db'}"
            yield Place(demo, bench, folder, there)
    finally:
        demo.place.stop()


def alarms(place: Place) -> list[dict[str, Any]]:
    """The alarms that are active, as the API gives them."""
    found: list[dict[str, Any]] = place.demo.api.get("/alarms?active=true")["items"]
    return found
