"""An agent whose clock is thirty years off, ahead and behind: a real process under libfaketime."""

import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from controller.domain.facts import AccessPoint, Holder, PointKind, Requirement, Risk
from controller.domain.ids import AccessPointId, MemberRef
from controller.domain.time import Utc
from controller.wire import events as wire
from devices.sim.client import SimBench
from tests.devices.whole.agent_whole import is_a, tap
from tests.support.agent_place import AGENT, AMINA, BENCH, CONFIG, LASER, WAIT_S, ZOE, Place, now

pytestmark = [pytest.mark.needs("mosquitto"), pytest.mark.needs("faketime")]

YEARS_DAYS = 30 * 365
DAY_MS = 86_400_000
CLOSE_S = 1.0
SAW = AccessPointId("saw")
SAW_WIRED = """
[[agent.access_point]]
id = "saw"
kind = "machine"
reader = {{ driver = "em4100_serial", port = "{folder}/saw" }}
power = {{ driver = "gpio", pin = 18 }}
"""
SAW_ON_BENCH = """
[[machine]]
name = "saw"
board = "pi-1"
pin = 18
[[reader]]
name = "saw"
link = "{folder}/saw"
"""


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Nothing but a hub's word would make its clock trusted, and after a start none comes: with
    such a time no certificate is valid."""
    config = CONFIG.replace('clock = "trusted"', 'clock = "untrusted"') + SAW_WIRED
    place = Place(tmp_path_factory.mktemp("a"), config, BENCH + SAW_ON_BENCH)
    place.teach()
    saw = AccessPoint(
        id=SAW,
        kind=PointKind.MACHINE,
        commissioned=True,
        agent=AGENT,
        risk=Risk.LOW,
        requirement=Requirement(subscription=False),
    )
    place.hub.learn(("point", SAW, saw))
    day = timedelta(days=1)
    today = Holder(
        member=MemberRef("amina"), valid_from=Utc.of(now() - day), valid_until=Utc.of(now() + day)
    )
    place.let_in(AMINA, today)
    place.let_in(ZOE, Holder(member=MemberRef("zoe"), valid_until=Utc.of(now() - day)))
    yield place
    place.end()


def test_a_clock_that_jumps_is_noticed_and_changes_no_duration(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A day ahead, and two back, while somebody works: each is told, by how much."""
    offset = place.folder / "offset"
    offset.write_text("+0")
    with monkeypatch.context() as faked:
        fake_time(faked, FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1")
        place.start_ready_agent()
    place.in_step()
    with SimBench(place.socket) as bench:
        bench.watch("power")
        tap(bench, AMINA, "saw")
        on_s = moves(bench, "saw", True)
        for days in (1, -1):
            jump(offset, f"{days:+d}d")
            step_ms = (days if days > 0 else 2 * days) * DAY_MS
            place.hub.wait_event(stepped(step_ms))
        tap(bench, AMINA, "saw")
        off_s = moves(bench, "saw", False)
    ended = place.hub.wait_event(is_a(wire.SessionEnded, access_point=SAW))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.powered_s == pytest.approx(off_s - on_s, abs=CLOSE_S)


def stepped(by_ms: int) -> Callable[[wire.Event], bool]:
    """Whether an event tells of a clock that went so far, to the minute."""
    return lambda event: (
        isinstance(event, wire.ClockStepped) and abs(event.step_ms - by_ms) < 60_000
    )


def jump(offset: Path, to: str) -> None:
    """In one step, as settimeofday does."""
    fresh = offset.with_suffix(".new")
    fresh.write_text(to)
    fresh.rename(offset)


def fake_time(environment: pytest.MonkeyPatch, **settings: str) -> None:
    """Of what is started now: wall time as it is said, monotonic time as it is."""
    (library,) = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
    for name, value in {"LD_PRELOAD": str(library), **settings}.items():
        environment.setenv(name, value)
    environment.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")


def moves(bench: SimBench, machine: str, closed: bool) -> float:
    """When that contactor closed, or opened."""
    wanted = {"event": "power", "machine": machine, "closed": closed}
    return float(bench.wait_for(lambda event: wanted.items() <= event.items(), WAIT_S)["at"])


@pytest.mark.parametrize("days", [YEARS_DAYS, -YEARS_DAYS], ids=["ahead", "behind"])
def test_durations_are_right_and_taps_are_judged_at_the_last_signed_time(
    place: Place, monkeypatch: pytest.MonkeyPatch, days: int
) -> None:
    first = place.start_agent()
    place.in_step()
    first.send_signal(signal.SIGTERM)
    assert first.wait(timeout=WAIT_S) == 0
    with monkeypatch.context() as faked:
        fake_time(faked, FAKETIME=f"{days:+d}d")
        off = place.start_ready_agent()
    with SimBench(place.socket) as bench:
        bench.watch("power", "door")
        tap(bench, ZOE, "saw")
        tap(bench, AMINA, "laser")
        tap(bench, AMINA, "saw")
        on_s = moves(bench, "saw", True)
        tap(bench, AMINA, "door")
        bench.wait_for(lambda event: event["event"] == "door" and event["released"], WAIT_S)
        list(bench.events(1.5))
        tap(bench, AMINA, "saw")
        off_s = moves(bench, "saw", False)
    off.send_signal(signal.SIGTERM)
    assert off.wait(timeout=WAIT_S) == 0

    place.start_agent()  # somebody has set the clock
    ended = place.hub.wait_event(is_a(wire.SessionEnded, access_point=SAW))
    assert isinstance(ended, wire.SessionEnded)
    assert ended.powered_s == pytest.approx(off_s - on_s, abs=CLOSE_S)
    assert not ended.clock_trusted
    refused = [e for e in place.hub.told() if isinstance(e, wire.AccessDenied)]
    said = {(e.member, e.access_point): e.reason.value for e in refused}
    assert said == {("zoe", SAW): "credential_expired", ("amina", LASER): "clock_untrusted"}
