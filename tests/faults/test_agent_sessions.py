"""An agent killed and hung at random moments: what is then in the database, asked for in SQL.

`LOQUET_SOAK=100 ./run test tests/faults/test_agent_sessions.py` plays a hundred of each.
"""

import os
import random
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from controller.cli.demo.people import AMINA
from tests.faults.bus import Bus
from tests.faults.conftest import Faults, Stored, a_place, badge
from tests.support.until import until

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.timeout(3600)]

ROUNDS = int(os.environ.get("LOQUET_SOAK", "1"))
DRILL, AGENT = "perceuse", "atelier-bois"
CARD_GONE_S = 0.6
"""Longer than the readers' `gone_after_ms`."""
PRINTER, HELD, PRINTERS = "imprimante-1", "imprimante-2", "atelier-3d"
BADGES = ("Louis Delattre", "Bernard Caron")
OFF_WITHIN_S = 1.0
"""Promised for a switch with a time limit of its own (security.md, Faults)."""
CLOSE_S = 1.0
LATEST_S = 1.5
HUNG_S = 1.5


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """One place for these tests: each has an agent of its own."""
    with a_place(tmp_path_factory.mktemp("place")) as faults:
        yield faults


class Drill:
    """The demo's pillar drill, what its pins process counts, and what the database holds of it."""

    def __init__(self, faults: Faults) -> None:
        self.faults, self.bench = faults, faults.bench
        self.rounds = 0

    @property
    def powered_s(self) -> float:
        """Seconds with its contactor closed, as the pins process counted them."""
        return float(self.bench.state()["machines"][DRILL]["powered_s"])

    def is_closed(self) -> bool:
        return bool(self.bench.state()["machines"][DRILL]["closed"])

    def stored(self) -> list[Stored]:
        """Its sessions in the database, the first at first."""
        return self.faults.stored(DRILL)

    def begin(self) -> None:
        """Somebody is granted, another each time; a refused tap is tried again with the other
        badge: after a start the agent awaits the hub's word for the time."""
        self.rounds += 1
        end_s = time.monotonic() + 60
        names = [*BADGES, *BADGES][self.rounds % 2 :]
        while not self.is_closed():
            assert time.monotonic() < end_s, "no power"
            for name in names[:2]:
                decided = self.faults.decided(DRILL)
                self.bench.do("tap", reader=DRILL, credential=badge(name))
                until(lambda d=decided: self.faults.decided(DRILL) > d, lambda: "not decided")  # type: ignore[misc]
                if self.is_closed():
                    break
        until(lambda: len(self.stored()) == self.rounds, lambda: f"{self.stored()}")

    def off_after(self, since_s: float) -> float:
        """Seconds from then until its contactor opened."""
        return float(self.faults.power(DRILL, False)["at"]) - since_s

    def told(self, before_s: float) -> None:
        """The last session is over, once; its seconds are those that the pins process counted."""
        until(lambda: self.stored()[-1].cause is not None, lambda: f"{self.stored()[-1]} is open")
        sessions = self.stored()
        last = sessions[-1]
        assert len(sessions) == self.rounds, sessions
        assert [(one.starts, one.ends) for one in sessions] == [(1, 1)] * self.rounds, sessions
        assert last.powered_s == pytest.approx(self.powered_s - before_s, abs=CLOSE_S), last
        assert last.powered_s == pytest.approx(last.sum_s, abs=0.01), last
        assert 0 < last.gap_s <= OFF_WITHIN_S, last


def agent_pid(faults: Faults, agent: str = AGENT) -> int:
    """The agent's process as it runs now: the place starts it again when it dies."""
    config = str(faults.running.state / "agents" / agent / "config.toml").encode()
    found: list[int] = []

    def looks() -> bool:
        found[:] = [int(proc.name) for proc in Path("/proc").glob("[0-9]*") if _is(proc, config)]
        return len(found) == 1

    until(looks, lambda: f"agents: {found}")
    return found[0]


def _is(proc: Path, config: bytes) -> bool:
    try:
        words = (proc / "cmdline").read_bytes().split(b"\0")
    except OSError:  # it has just ended
        return False
    return b"agent" in words and config in words


@contextmanager
def hung(pid: int) -> Iterator[float]:
    """The process does nothing meanwhile."""
    at_s = time.monotonic()
    os.kill(pid, signal.SIGSTOP)
    try:
        yield at_s
    finally:
        with suppress(ProcessLookupError):  # it was killed meanwhile
            os.kill(pid, signal.SIGCONT)


def test_each_session_is_in_the_database_once_with_the_seconds_of_its_contactor(
    faults: Faults,
) -> None:
    drill = Drill(faults)
    for _ in range(ROUNDS):
        before_s = drill.powered_s
        drill.begin()
        threading.Event().wait(random.uniform(0.0, LATEST_S))
        died_s = faults.kill(agent_pid(faults))
        assert drill.off_after(died_s) <= OFF_WITHIN_S
        drill.told(before_s)
        assert drill.stored()[-1].cause == "agent_restarted"
        assert not drill.is_closed()

        before_s = drill.powered_s
        drill.begin()
        threading.Event().wait(random.uniform(0.0, LATEST_S))
        with hung(agent_pid(faults)) as at_s:
            assert drill.off_after(at_s) <= OFF_WITHIN_S
            threading.Event().wait(random.uniform(HUNG_S, 2 * HUNG_S))
            assert not drill.is_closed()
        drill.told(before_s)
        assert drill.stored()[-1].cause == "switch_failed"
        assert not drill.is_closed()
        _reset(faults)
    faults.all_there()


@pytest.fixture
def held(faults: Faults, tmp_path: Path) -> Iterator[Bus]:
    """The second printer on a relay that latches, wired with `hold`."""
    bus = Bus(tmp_path / "bus")
    config = faults.running.state / "agents" / PRINTERS / "config.toml"
    head, mine, rest = config.read_text().partition(f'id = "{HELD}"')
    relay = (
        f'{{ driver = "modbus", port = "{tmp_path / "bus"}", coil = 0, on_agent_loss = "hold" }}'
    )
    own, *others = rest.split("[[", 1)
    lines = [line for line in own.splitlines() if not line.startswith(("power", "meter"))]
    wired = "\n".join([*lines, f"power = {relay}", "", *(f"[[{other}" for other in others)])
    config.write_text(head + mine + wired)
    starts = faults.starts(PRINTERS)
    os.kill(agent_pid(faults, PRINTERS), signal.SIGTERM)
    until(lambda: faults.starts(PRINTERS) > starts, lambda: "it does not come back")
    yield bus
    bus.end()


def test_a_held_session_is_in_the_database_once_with_the_seconds_of_its_relay(
    faults: Faults, held: Bus
) -> None:
    """Taken up after each kill: power goes on, and what nobody saw of it is told as a gap."""

    def tap(on: bool) -> None:
        faults.bench.do("tap", reader=HELD, credential=badge(AMINA))
        until(lambda: held.is_on is on, lambda: f"it stays {not on}")
        list(faults.bench.events(CARD_GONE_S))

    for number in range(1, ROUNDS + 1):
        tap(True)
        until(lambda n=number: len(faults.stored(HELD)) == n, lambda: "no session")  # type: ignore[misc]
        threading.Event().wait(random.uniform(0.0, LATEST_S))
        starts = faults.starts(PRINTERS)
        died_s = faults.kill(agent_pid(faults, PRINTERS))
        until(lambda s=starts: faults.starts(PRINTERS) > s, lambda: "it does not come back")  # type: ignore[misc]
        back_s = time.monotonic()
        assert held.is_on
        tap(False)
        until(lambda: faults.stored(HELD)[-1].cause is not None, lambda: "it does not end")
        (on_s, _), (off_s, _) = held.moves[-2:]
        assert [on for _, on in held.moves] == [True, False] * number
        last = faults.stored(HELD)[-1]
        assert (last.cause, last.starts, last.ends) == ("badge_out", 1, 1)
        assert last.powered_s == pytest.approx(off_s - on_s, abs=CLOSE_S)
        assert 0 < last.gap_s <= back_s - died_s + CLOSE_S
    assert len(faults.stored(HELD)) == ROUNDS


def _reset(faults: Faults) -> None:
    """Its switch dropped it, which is latched: the desk resets it."""
    answer = faults.running.call("POST", f"/access-points/{DRILL}/reset-fault", {})
    assert answer.status == 202, answer.body
    asked = f"/commands/{answer.json['command_id']}"
    until(
        lambda: faults.running.call("GET", asked).json["result"] is not None,
        lambda: "the fault is not reset",
    )
    assert faults.running.call("GET", asked).json["result"] == "done"


def test_an_old_copy_of_an_agents_card_is_seen_and_loses_nothing(faults: Faults) -> None:
    """Somebody puts yesterday's SD card back: its numbers are given a second time."""
    folder = faults.running.state / "agents" / PRINTERS / "state"
    copy = folder.with_name("copy")

    def session(number: int) -> None:
        for closed in (True, False):
            faults.bench.do("tap", reader=PRINTER, credential=badge(AMINA))
            faults.power(PRINTER, closed)
            list(faults.bench.events(CARD_GONE_S))
        until(lambda: _ends(faults) == ["badge_out"] * number, lambda: f"{_ends(faults)}")

    session(1)
    with hung(agent_pid(faults, PRINTERS)):
        shutil.copytree(folder, copy)
    session(2)
    faults.all_there()
    pid = agent_pid(faults, PRINTERS)
    with hung(pid):
        shutil.rmtree(folder)
        copy.rename(folder)
        faults.kill(pid)
    seen = (["rolled_back"], ["fork"])  # by the agent, which is told what is held, or by the hub
    until(lambda: faults.degraded(PRINTERS) in seen, lambda: f"{faults.degraded(PRINTERS)}")
    session(3)
    faults.all_there()


def _ends(faults: Faults) -> list[str | None]:
    return [session["cause"] for session in faults.sessions(PRINTER)]
