"""Figures of a fleet: restart, blocked badge, events per second, revoked agent."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from controller.cli.bench import BenchFailed
from controller.cli.bench.agent_load import busy_s
from controller.cli.bench.crowd import badge
from controller.cli.bench.figure import Figure, percentile, percentile_figure
from controller.cli.bench.fleet.fleet import AgentNow, Fleet
from controller.cli.bench.fleet.place import FleetPlace, name_of
from controller.cli.http import HttpFailed

MISSED_VERSIONS = 1_000
"""How many policy versions the agents have missed when everything restarts."""
ROUNDS = 5
"""Number of badges that are blocked one after the other."""
VISITS = 10
"""Visits at each agent, of four events each, sent as they happen."""
STORM_S = 120.0
"""Seconds within which everything must have recovered from the restart."""
STAYS_S = 3.0
"""Seconds for which a revoked agent must stay disconnected."""
IDLE_RATIO = 20.0
"""Longer pauses between polls than `fleet.PAUSE_RATIO`, to leave the processor to the agents."""
_POLL_S = 0.1
_TRIES = 50


def restart_all(
    place: FleetPlace, fleet: Fleet, first: int, behind: int = MISSED_VERSIONS
) -> list[Figure]:
    """Measure a restart of everything after a power cut.

    Broker, controller and all agents start at the same moment, and the agents have missed `behind`
    policy changes. `first` is the number of the first holder whose badge changes.
    """
    fleet.settle()
    fleet.ask("stop")
    for id_ in place.credentials(first, behind):
        _report_lost(place, id_)
    version = place.version()
    place.put_down(place.broker, place.serve)
    began, before = time.monotonic(), fleet.busy_s()
    place.bring_up(place.broker, place.serve)
    fleet.ask("start")
    failure = "the fleet is not in step after a restart"
    # agents note the time themselves
    up = fleet.wait(_in_step(version), failure, STORM_S, pause_ratio=IDLE_RATIO)
    note = (
        f"{len(up)} agents, {behind} versions behind; processor s: agents"
        f" {fleet.busy_s() - before:.0f}, controller {busy_s(place.serve.pid):.0f},"
        f" broker {busy_s(place.broker.pid):.0f}"
    )
    agents = fleet.settle(STORM_S)
    end = max(agent.in_step_at or 0.0 for agent in agents)
    return [
        Figure("fleet_storm_in_step", "s", value=end - began, note=note),
        Figure(
            "fleet_storm_acknowledged", "s", value=time.monotonic() - began, note="all acknowledged"
        ),
    ]


def block(place: FleetPlace, fleet: Fleet, first: int, rounds: int = ROUNDS) -> Figure:
    """Measure milliseconds from reporting a badge lost until each agent refuses it."""
    samples: list[float] = []
    request_ms: list[float] = []
    for number in range(first, first + rounds):
        agent_count = len(fleet.settle())
        if (granting := sum(fleet.ask("watch", badge(number)))) < agent_count:
            raise BenchFailed(f"only {granting} of {agent_count} agents grant the badge to be lost")
        (id_,) = place.credentials(number, 1)
        began = time.monotonic()
        place.api.call("POST", f"/credentials/{id_}/lost")
        request_ms.append((time.monotonic() - began) * 1000)
        refused = _until_refused(fleet, agent_count)
        samples += [(at - began) * 1000 for at in refused]
    note = f"of {rounds} badges, at every agent; the request took {percentile(request_ms, 50):.0f}"
    return percentile_figure("fleet_block", "ms", samples, note=note)


def events(place: FleetPlace, fleet: Fleet, visits: int = VISITS) -> Figure:
    """Measure events per second that the hub acknowledges, compared with a minimal subscriber."""
    badges = [badge(number) for number in range(20)]
    _rate(fleet, badges, 1, place.serve.pid)  # warms the database caches up
    loquet, busy = _rate(fleet, badges, visits, place.serve.pid)
    place.put_down(place.serve)
    with _bare_process(place) as bare:
        floor, bare_busy = _rate(fleet, badges, visits, bare.pid)
        rows = _read_count(bare)
    place.bring_up(place.serve)
    place.wait_up()
    if rows < 4 * visits * len(fleet.state()):
        raise BenchFailed(f"the bare subscriber inserted {rows} rows only")
    note = f"bare: {floor:.0f}/s; processor {busy:.2f} ms an event, bare {bare_busy:.2f}"
    return Figure("fleet_events_per_s", "1/s", value=loquet, ratio=loquet / floor, note=note)


def revoke(place: FleetPlace, fleet: Fleet) -> Figure:
    """Measure the seconds from the request until the agent is disconnected permanently."""
    id_ = name_of(0)
    began = time.monotonic()
    place.api.call("POST", f"/agents/{id_}/revoke", {"reason": "bench"})
    fleet.wait(lambda now: not _agent(now, id_).connected, "a revoked agent stays connected", 30.0)
    duration_s = time.monotonic() - began
    end = time.monotonic() + STAYS_S
    while time.monotonic() < end:
        if _agent(fleet.state(), id_).connected:
            raise BenchFailed("a revoked agent has connected again")
        time.sleep(_POLL_S)
    others = [agent for agent in fleet.state() if agent.id != id_ and not agent.connected]
    if others:
        raise BenchFailed(f"{len(others)} others lost their connection too")
    return Figure("fleet_revoke", "s", value=duration_s, note="its live connection has ended")


def _report_lost(place: FleetPlace, id_: str) -> None:
    """Report a badge lost; tries again while the busy controller refuses the change.

    Raises BenchFailed.
    """
    for _ in range(_TRIES):
        try:
            place.api.call("POST", f"/credentials/{id_}/lost")
        except HttpFailed:
            time.sleep(_POLL_S)
        else:
            return
    raise BenchFailed("the controller takes no change")


def _in_step(version: int) -> Callable[[list[AgentNow]], bool]:
    return lambda now: all(agent.in_step_at and agent.version >= version for agent in now)


def _agent(now: list[AgentNow], id_: str) -> AgentNow:
    return next(agent for agent in now if agent.id == id_)


def _rate(fleet: Fleet, badges: Sequence[str], visits: int, pid: int) -> tuple[float, float]:
    """Return events per second from the first badge to the last acknowledgement, and the processor
    milliseconds per event of the process `pid`."""
    agent_count = len(fleet.settle())
    began, before = time.monotonic(), busy_s(pid)
    granted: int = sum(fleet.ask("visits", badges, visits))
    fleet.settle()
    duration_s, busy = time.monotonic() - began, busy_s(pid) - before
    if granted < agent_count * visits:
        raise BenchFailed(f"only {granted} of {agent_count * visits} visits were granted")
    return 4 * granted / duration_s, 1000 * busy / (4 * granted)


def _until_refused(fleet: Fleet, agent_count: int, timeout_s: float = 30.0) -> list[float]:
    end = time.monotonic() + timeout_s
    while True:
        times = [at for refusals in fleet.ask("refused") for at in refusals.values()]
        if len(times) >= agent_count:
            return times
        if time.monotonic() > end:
            raise BenchFailed(
                f"{len(times)} of {agent_count} agents refuse the badge after {timeout_s} s"
            )
        time.sleep(_POLL_S)


@contextmanager
def _bare_process(place: FleetPlace) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "controller.cli.bench.fleet.bare", str(place.layout.config)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            raise BenchFailed("the bare subscriber did not begin")
        yield process
        process.kill()


def _read_count(bare: subprocess.Popen[str]) -> int:
    output, _ = bare.communicate()
    return int(output.split()[-1])
