"""The demo's script: the main tasks run automatically over hardware, pages and API."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from controller.cli.demo.people import AMINA, PEOPLE, ZOE, credential_of
from controller.cli.demo.place import IDLE_AFTER_S
from controller.cli.demo.start import Demo, Say
from controller.cli.http import Browser
from devices.sim.client import SimBench

LASER = "laser-co2"
"""The access point that the script uses."""
GRANTED_WITHIN_S = 1.0
"""Seconds within which a certification given on the web must take effect."""
TAKEN_AWAY_S = 0.45
"""A card must be away from the reader for this long before it counts as a new tap."""


class ScriptFailed(Exception):
    """Raised with one line that says what did not work."""


def credential_called(name: str) -> str:
    """Return the badge of the demo member with this name."""
    return credential_of(next(i for i, person in enumerate(PEOPLE) if person.name == name))


@dataclass
class Script:
    """Runs the tasks, and counts the expected events to compare them with the database."""

    demo: Demo
    say: Say
    bench: SimBench = field(init=False)
    expected: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.bench = SimBench(str(self.demo.layout.socket))
        self.bench.watch("power")

    def play(self) -> None:
        """Run all tasks. Raises ScriptFailed, BenchError or HttpFailed at the first failure."""
        amina, zoe = credential_called(AMINA), credential_called(ZOE)
        self._switch(amina, True, "a certified member badges the laser on: its pin goes high")
        self._work(1.5)
        self._switch(amina, False, "she badges out: its pin goes low")
        self._check_refusal(zoe)
        self._certify(zoe)
        self._switch(zoe, False, "she badges out")
        self._without_broker(amina, zoe)
        self._all_arrived()
        self._report()

    def _switch(self, credential: str, on: bool, what: str) -> float:
        """Tap, and wait for the laser's contactor; returns the seconds in between."""
        time.sleep(TAKEN_AWAY_S)
        tapped = self.bench.do("tap", reader=LASER, credential=credential)["at"]
        event = self.bench.wait_for(
            lambda event: (
                event["event"] == "power" and event["machine"] == LASER and event["closed"] is on
            ),
            timeout_s=5 + IDLE_AFTER_S,
        )
        self.expected["session_started" if on else "session_ended"] += 1
        self.expected["access_granted"] += 1
        taken_s: float = event["at"] - tapped
        self.say(f"✓ {what} ({taken_s * 1000:.1f} ms)")
        return taken_s

    def _work(self, seconds: float) -> None:
        """Simulate a job that draws power for a while, so that there is use to report."""
        self.bench.do("job", machine=LASER, running=True)
        self._wait_until(self._has_run, "the laser does not show as running")
        end = time.monotonic() + seconds
        self._wait_until(lambda: time.monotonic() > end, "time stands still")
        self.bench.do("job", machine=LASER, running=False)

    def _check_refusal(self, zoe: str) -> None:
        self.bench.do("tap", reader=LASER, credential=zoe)
        self.expected["access_denied"] += 1
        denied = self._event("access_denied")
        detail = json.dumps(denied["data"])
        if denied["data"]["reason"] != "certification_missing" or '"laser"' not in detail:
            raise ScriptFailed(f"refused for another reason: {detail}")
        if self._contactor():
            raise ScriptFailed("the laser has power after a refusal")
        member = self._member(ZOE)
        text = self.demo.api.get(f"/members/{member}/access?access_point={LASER}")["text"]
        if "Découpe laser" not in text["fr"] or "Laser cutting" not in text["en"]:
            raise ScriptFailed(f"the refusal does not name the certification: {text}")
        self.say(f"✓ an uncertified member is refused: {text['fr'].splitlines()[0]}")

    def _certify(self, zoe: str) -> None:
        """Certify the member on the web as the manager, then tap within a second."""
        manager = next(
            account for account in self.demo.secrets.accounts if account.role == "manager"
        )
        browser = Browser(self.demo.url)
        browser.submit("/sign-in", "sign-in", login=manager.email, password=manager.password)
        page = f"/members/{self._member(ZOE)}"
        started = time.monotonic()
        browser.submit(page, "/certify", certification="laser", level="user")
        certified_at = time.monotonic()
        self.say(
            f"✓ the manager certifies her on the web ({(certified_at - started) * 1000:.0f} ms)"
        )
        self._switch(zoe, True, "her next tap is granted")
        if (took := time.monotonic() - certified_at) > GRANTED_WITHIN_S:
            raise ScriptFailed(f"the certification took {took:.2f} s to be enforced")

    def _without_broker(self, amina: str, zoe: str) -> None:
        broker = self.demo.broker
        broker.stays_down = True
        os.kill(broker.pid, signal.SIGKILL)
        self.say("✓ the broker is killed")
        for credential in (amina, zoe, amina):
            self._switch(credential, True, "a tap is decided without it")
            self._switch(credential, False, "and out")
        broker.stays_down = False

    def _all_arrived(self) -> None:
        """Check that every event of the laser's agent is in the database exactly once."""
        want = dict(self.expected)
        self._wait_until(
            lambda: all(self._counts()[kind] >= number for kind, number in want.items()),
            f"events are missing: {want} expected",
            timeout_s=40,
        )
        counts = self._counts()
        if any(counts[kind] != number for kind, number in want.items()):
            raise ScriptFailed(f"{dict(counts)} in the database instead of {want}")
        for stream, seqs in self._streams().items():
            if sorted(seqs) != list(range(1, len(seqs) + 1)):
                raise ScriptFailed(f"stream {stream} has gaps or doubles: {sorted(seqs)}")
        self.say("✓ the broker is back and every event is in the database once")

    def _report(self) -> None:
        report = self.demo.api.get("/reports/usage")
        rows = [row for row in report["items"] if row["access_point"] == LASER]
        if not rows or sum(row["powered_s"] for row in rows) <= 0:
            raise ScriptFailed(f"the usage report shows nothing for the laser: {report}")
        minutes = sum(row["active_s"] for row in rows) / 60
        powered = sum(row["powered_s"] for row in rows) / 60
        self.say(f"✓ the usage report: {minutes:.2f} min of work, {powered:.2f} min powered")

    def _member(self, name: str) -> str:
        return self.demo.secrets.members[name]

    def _has_run(self) -> bool:
        states = [event for event in self._events() if event["type"] == "session_state"]
        return any(state["data"]["state"] == "running" for state in states)

    def _contactor(self) -> bool:
        return bool(self.bench.state()["machines"][LASER]["closed"])

    def _events(self) -> list[dict[str, Any]]:
        return self.demo.api.all(f"/events?access_point={LASER}")

    def _event(self, kind: str) -> dict[str, Any]:
        events: list[dict[str, Any]] = []

        def arrived() -> bool:
            events[:] = [event for event in self._events() if event["type"] == kind]
            return bool(events)

        self._wait_until(arrived, f"no {kind} arrived")
        return events[-1]

    def _counts(self) -> Counter[str]:
        return Counter(event["type"] for event in self._events())

    def _streams(self) -> dict[str, list[int]]:
        streams: dict[str, list[int]] = {}
        for event in self.demo.api.all("/events?agent=atelier-laser"):
            streams.setdefault(event["stream"], []).append(event["seq"])
        return streams

    def _wait_until(
        self, condition: Callable[[], bool], complaint: str, timeout_s: float = 10
    ) -> None:
        """Poll until `condition` is true, since HTTP gives no notification. Raises ScriptFailed."""
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                raise ScriptFailed(complaint)
            time.sleep(0.05)
