"""The families of figures, in the order in which they are measured, and their installations."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp

from controller.cli.bench import (
    BenchFailed,
    agent_load,
    bridge,
    certify,
    contactless,
    four,
    lists,
    memory,
    open_pages,
    pages,
    paint,
    rogue,
    suite,
    taps,
    uplink,
)
from controller.cli.bench.crowd import fill_venue
from controller.cli.bench.figure import Figure, percentile_figure
from controller.cli.bench.venue import Venue, open_venue
from controller.settings import Settings

# Start-up of an agent: from its start until it reports to systemd that it is ready.

STARTS = 7
"""Number of measured starts."""
_READY_WITHIN_S = 20.0


def measure_start(name: str, venue: Venue) -> Figure:
    """Measure seconds from fork to READY=1."""
    agent = venue.agent
    agent.stays_down = True  # the demo must not restart it
    os.kill(agent.pid, signal.SIGTERM)
    if agent.popen is not None:
        agent.popen.wait()
    try:
        samples = [_start(venue, list(agent.command)) for _ in range(STARTS)]
    finally:
        agent.stays_down = False
    return percentile_figure(name, "s", samples)


def _start(venue: Venue, command: list[str]) -> float:
    address = venue.demo.layout.socket.with_name("ready.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
        ready.bind(str(address))
        ready.settimeout(_READY_WITHIN_S)
        try:
            return _until_ready(ready, command, address)
        finally:
            address.unlink()


def _until_ready(ready: socket.socket, command: list[str], address: Path) -> float:
    began = time.monotonic()
    process = subprocess.Popen(
        command,
        env={**os.environ, "NOTIFY_SOCKET": str(address)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while ready.recv(100) != b"READY=1":
            pass
        return time.monotonic() - began
    except TimeoutError as error:
        raise BenchFailed(f"the agent was not ready within {_READY_WITHIN_S:.0f} s") from error
    finally:
        process.terminate()
        process.wait()


@dataclass
class Installations:
    """The installations that are measured; each is started when it is first needed."""

    folder: Path
    say: Callable[[str], None]
    _open: ExitStack = field(default_factory=ExitStack, repr=False)

    @cached_property
    def small(self) -> Venue:
        """The demo's installation, with some sixty badges."""
        self.say("An installation with its sixty members")
        return self._venue("small")

    @cached_property
    def large(self) -> Venue:
        """The same installation with 100,000 more badge holders."""
        self.say("An installation with 100,000 holders")
        venue = self._venue("large")
        fill_venue(venue)
        return venue

    @cached_property
    def pages(self) -> Settings:
        """An installation with 100,000 members and a history; none of its processes runs."""
        self.say("100,000 members with six weeks of history")
        return pages.install(self.fresh("pages"))

    @cached_property
    def workshops(self) -> Settings:
        """An installation with 300 machines and 5,000 members; none of its processes runs."""
        self.say("300 machines and 5,000 members with six weeks of history")
        folder = self.fresh("workshops")
        return pages.install(
            folder, pages.SMALL_PLACE_MEMBERS, pages.SMALL_PLACE_MEMBERS, with_workshops=True
        )

    def fresh(self, name: str) -> Path:
        """Return a new folder: after a failure a figure is measured again in another one."""
        return Path(mkdtemp(prefix=name, dir=self.folder))

    def _venue(self, name: str) -> Venue:
        return self._open.enter_context(open_venue(self.fresh(name), self.say))

    def close(self) -> None:
        """Stop the running installations; if one is needed again, a new one is started."""
        for name in ("small", "large"):
            self.__dict__.pop(name, None)
        self._open.close()


@dataclass(frozen=True, slots=True)
class Family:
    """Figures that are measured together."""

    names: tuple[str, ...]
    measure: Callable[[Installations, frozenset[str]], list[Figure]]


def measure_families(
    installations: Installations, families: Iterable[Family], names: frozenset[str]
) -> Iterator[Figure]:
    """Yield the wanted figures as each family is done; a failed one has its reason as `error`.

    Stops the installations at the end.
    """
    try:
        for family in families:
            yield from _family(installations, family, names & frozenset(family.names))
    finally:
        installations.close()


def _family(installations: Installations, family: Family, names: frozenset[str]) -> list[Figure]:
    """Measure the figures together, or, if that fails, one by one in new installations."""
    if not names:
        return []
    try:
        return [figure for figure in family.measure(installations, names) if figure.family in names]
    except Exception as problem:  # noqa: BLE001  any problem becomes the error of its row
        installations.say(f"{', '.join(sorted(names))}: {problem}")
        _close(installations)
        if len(names) == 1:
            return [Figure(name, "", error=_line(problem)) for name in names]
    return [
        figure
        for name in family.names
        for figure in _family(installations, family, names & frozenset({name}))
    ]


def _close(installations: Installations) -> None:
    """Close the installations; what has just failed may fail again while it is stopped."""
    try:
        installations.close()
    except Exception as problem:  # noqa: BLE001  the row has its error already
        installations.say(f"stopping an installation: {problem}")


def _line(problem: Exception) -> str:
    """Return the problem in one line, with the exception's type unless it is a BenchFailed."""
    text = " ".join(str(problem).split())
    return text if isinstance(problem, BenchFailed) else f"{type(problem).__name__}: {text}"


def _measure_taps(installations: Installations, names: frozenset[str]) -> list[Figure]:
    large = installations.large if "tap_to_pin_100k" in names else None
    return taps.measure(installations.small, large, broker_dead="tap_to_pin_broker_dead" in names)


def _certify(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("From a certification over HTTP to its effect at the agent")
    return [certify.measure(installations.small)]


def _open_pages(installations: Installations, names: frozenset[str]) -> list[Figure]:
    installations.say("Taps on an open page; a page beside 200 open ones")
    kinds = {
        "tap_to_live": open_pages.tap_to_live,
        "request_with_200_pages": open_pages.request_with_open_pages,
    }
    return [measure(installations.small) for name, measure in kinds.items() if name in names]


def _uplink(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("Events from journals to database to acknowledgement")
    return uplink.measure(installations.small)


def _measure_rogue_agent(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("A malicious agent with a valid certificate floods the broker for a minute")
    try:
        return [rogue.measure(installations.small)]
    finally:
        installations.close()  # its effects would distort the following figures


def _bridge(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("A relay set and read back through the firmware bridge")
    return bridge.measure(installations.fresh("bridge"))


def _lists(installations: Installations, names: frozenset[str]) -> list[Figure]:
    installations.say("Lists and reports of a million events and sessions")
    return lists.measure(installations.fresh("lists"), names)


def _members(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("A page of 100,000 members")
    return [lists.member_page(installations.small, installations.large)]


def _pages(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("Every page over 100,000 members")
    return pages.measure(installations.pages)


def _machine_pages(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("Every page over 300 machines")
    return pages.measure_machines(installations.workshops)


def _paint(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("Live in a browser")
    return paint.measure(installations.pages, installations.fresh("chromium"))


def _contactless(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("Cards in an MFRC522's field")
    return [contactless.measure(installations.small)]


def _agent_start(installations: Installations, names: frozenset[str]) -> list[Figure]:
    installations.say("Agents started")
    figures = []
    if "agent_start" in names:
        figures.append(measure_start("agent_start", installations.small))
    if "agent_start_100k" in names:
        figures.append(measure_start("agent_start_100k", installations.large))
    return figures


def _memory(installations: Installations, names: frozenset[str]) -> list[Figure]:
    figures = []
    if names - {"rss_agent_100k"}:
        small = installations.small.demo
        figures += [
            memory.measure("rss_agent", installations.small.agent),
            memory.measure("rss_serve", small.serve),
            memory.measure("rss_broker", small.broker),
            memory.measure("rss_pins", small.pins),
        ]
    if "rss_agent_100k" in names:
        figures.append(memory.measure("rss_agent_100k", installations.large.agent))
    return figures


def _measure_four_points(installations: Installations, _names: frozenset[str]) -> list[Figure]:
    installations.say("An agent with four access points")
    return [four.measure("rss_agent_four_100k", installations.large)]


def _agent_load(installations: Installations, names: frozenset[str]) -> list[Figure]:
    installations.say("An agent at rest, and what it writes for a tap")
    kinds = {
        "agent_idle_cpu": agent_load.idle_cpu,
        "agent_rest_writes": agent_load.rest_writes,
        "agent_tap_syncs": agent_load.tap_syncs,
    }
    return [measure(installations.small) for name, measure in kinds.items() if name in names]


def _suite(_installations: Installations, _names: frozenset[str]) -> list[Figure]:
    return [suite.measure(suite.LAST)]


FAMILIES = (
    Family(
        ("tap_to_pin", "tap_to_pin_mock_floor", "tap_to_pin_broker_dead", "tap_to_pin_100k"),
        _measure_taps,
    ),
    Family(("certify_to_enforced",), _certify),
    Family(("tap_to_live", "request_with_200_pages"), _open_pages),
    Family(("events_per_s", "event_cpu"), _uplink),
    Family(("bridge_set_read_back",), _bridge),
    Family(("rss_agent", "rss_agent_100k", "rss_serve", "rss_broker", "rss_pins"), _memory),
    Family(("agent_idle_cpu", "agent_rest_writes", "agent_tap_syncs"), _agent_load),
    Family(("agent_start", "agent_start_100k"), _agent_start),
    Family(("rc522_tap_to_pin",), _contactless),
    Family(("rss_agent_four_100k",), _measure_four_points),
    Family(("member_page_100k",), _members),
    Family(("page_100k",), _pages),
    Family(("page_300_machines", "weight_300_machines"), _machine_pages),
    Family(("live_weight_cold", "live_weight_warm", "first_paint"), _paint),
    Family(("events_list_1m", "sessions_list_1m", "usage_month_1m", "bytes_per_event"), _lists),
    Family(("rogue_tap_to_stored",), _measure_rogue_agent),
    Family(("suite_s",), _suite),
)
"""All families of figures, in the order in which they are measured."""
