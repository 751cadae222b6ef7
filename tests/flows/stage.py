"""What stands behind the pages: the demo's place with its agents, and people made for each flow."""

import hashlib
import itertools
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from controller.cli.demo.place import POINTS, SITE_ID
from controller.domain.facts import Language
from devices.drivers.display.draw import draw
from devices.drivers.display.layout import pages
from devices.drivers.display.panel import SCREENS, Panel
from devices.drivers.light_patterns import AMBER
from devices.ports import Look, Message
from devices.sim.client import SimBench
from devices.sim.panel import SCREENS as PICTURES
from tests.flows.box import Box, a_box
from tests.flows.entrance import Entrance, the_entrance
from tests.support.running_place import RunningPlace, running_place
from tests.support.until import until
from webui.user_reports.api import TELL_PER_MINUTE

WAIT_S = 180.0
TAKEN_AWAY_S = 0.45
"""A card must leave the reader before it counts as held to it again."""
GRANTED, DENIED = "access_granted", "access_denied"
SHOWN = "imprimante-2"
"""The machine that has a display beside its light."""
_SYLLABLES = [first + second for first in "bdfgjklmnprstvz" for second in "aeiou"]


@dataclass
class Stage:
    """The running place, its bench, and a display at one machine."""

    running: RunningPlace
    bench: SimBench
    screen: Path
    open_until: ExitStack
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _held: dict[str, float] = field(default_factory=dict)
    _told: list[float] = field(default_factory=list)

    @cached_property
    def entrance(self) -> Entrance:
        """Where people sign in, opened by the first who does."""
        return self.open_until.enter_context(the_entrance(self.screen.parent / "entrance"))

    def badge(self) -> str:
        """A badge that nobody has: an EM4100's number, as its reader types it."""
        return f"{3_700_000_001 + next(self._numbers) * 97:010d}"

    def name(self) -> str:
        """Somebody who is called as nobody else is, nor nearly: that is asked back."""
        drawn = random.Random(next(self._numbers)).choices(_SYLLABLES, k=6)
        given, family = "".join(drawn[:3]), "".join(drawn[3:])
        return f"{given.capitalize()} {family.capitalize()}"

    def member(self, *certifications: str) -> tuple[str, str]:
        """Name and badge of a new member who may come when they like, and holds these."""
        name, badge = self.name(), self.badge()
        key = self.running.make("/members", {"display_name": name})["id"]
        since = {"member_id": key, "plan_id": "atelier", "valid_from": "2026-01-01T00:00:00.000Z"}
        since["reason"] = "a member of old"
        self.running.make("/subscriptions", since)
        self.running.make("/credentials", {"member_id": key, "value": f"em:{badge}"})
        for certification in certifications:
            self._do("PUT", f"/members/{key}/certifications/{certification}", {"level": "user"})
        return name, badge

    def visitor(self) -> str:
        """The badge of somebody who may come at any hour at which the place is open."""
        if self.running.call("GET", f"/sites/{SITE_ID}").json["opening"] is None:
            self._open_day_and_night()
        key = self.running.make("/members", {"display_name": self.name()})["id"]
        since = {"member_id": key, "plan_id": "ouverture", "valid_from": "2026-01-01T00:00:00.000Z"}
        since["reason"] = "a member of old"
        self.running.make("/subscriptions", since)
        badge = self.badge()
        self.running.make("/credentials", {"member_id": key, "value": f"em:{badge}"})
        return badge

    def _open_day_and_night(self) -> None:
        """Hours that can be cut short, and a plan that keeps to them."""
        name = {"fr": "Ouverture", "en": "Opening"}
        week = [{"weekday": day, "start": "00:00", "end": "00:00"} for day in range(7)]
        self.running.make("/schedules", {"id": "ouverture", "name": name, "weekly": week})
        self.running.make("/plans", {"id": "ouverture", "name": name})
        tag = self.running.call("GET", f"/sites/{SITE_ID}").headers["ETag"]
        self._do("PATCH", f"/sites/{SITE_ID}", {"opening": "ouverture"}, {"If-Match": tag})

    def may_tell(self) -> None:
        """Return once somebody without an account may tell something: so many a minute."""
        if len(self._told) >= TELL_PER_MINUTE:
            left_s = 61 + self._told[-TELL_PER_MINUTE] - time.monotonic()
            threading.Event().wait(max(0.0, left_s))
        self._told.append(time.monotonic())

    def free(self, machine: str) -> None:
        """Nothing is booked there any more."""
        for booking in self.running.listed("/bookings", access_point=machine):
            self._do("POST", f"/bookings/{booking['id']}/cancel", {})

    def tap(self, reader: str, badge: str) -> dict[str, Any]:
        """Hold a badge to a reader of the place; what its agent tells that it decided."""
        before = len(self._decisions(reader))
        left_s = self._held.get(reader, 0.0) + TAKEN_AWAY_S - time.monotonic()
        threading.Event().wait(max(0.0, left_s))  # a reader says nothing when a card goes
        self.bench.do("tap", reader=reader, credential=f"em:{badge}")
        self._held[reader] = time.monotonic()
        self.running.wait_for(lambda: len(self._decisions(reader)) > before)
        return self._decisions(reader)[-1]

    def granted(self, reader: str, badge: str) -> None:
        """The badge is granted there, as soon as the agent has heard of it."""
        told: dict[str, Any] = {}

        def is_granted() -> bool:
            told.update(self.tap(reader, badge))
            return bool(told["type"] == GRANTED)

        until(is_granted, lambda: f"never granted: {told['data']}", WAIT_S)

    def refused(self, reader: str, badge: str) -> str:
        """The badge is refused there, as soon as the agent has heard of it; the reason."""
        told: dict[str, Any] = {}

        def is_refused() -> bool:
            told.update(self.tap(reader, badge))
            return bool(told["type"] == DENIED)

        until(is_refused, "never refused", WAIT_S)
        return str(told["data"]["reason"])

    def opens(self, door: str, badge: str) -> None:
        """The badge opens that door."""
        self.watched(door)
        self.granted(door, badge)
        self.released(door)

    def watched(self, door: str | None = None) -> None:
        """From now on, what moves on the bench is seen; the door has locked itself before."""
        if door is not None:
            until(lambda: not self.bench.state()["doors"][door]["released"], f"{door} stays open")
        self.bench.watch("power", "door")
        for _ in self.bench.events(0):
            """What moved before is of no interest."""

    def released(self, door: str) -> None:
        """Its strike has opened."""
        self._see(event="door", door=door, released=True)

    def powers(self, machine: str, badge: str) -> None:
        """The badge gives that machine power, and takes it away."""
        self.watched()
        for closed in (True, False):
            self.granted(machine, badge)
            self._see(event="power", machine=machine, closed=closed)

    def glows_amber(self, machine: str) -> None:
        """Its light shows *out of service*."""
        wired = next(point for point in POINTS if point.point.id == machine)

        def is_amber() -> bool:
            pins = self.bench.state()["pins"][wired.point.agent]
            return all(
                abs(pins[str(pin)] - level) < 0.01
                for pin, level in zip(wired.led_pins, AMBER, strict=True)
            )

        until(is_amber, f"{machine} never showed amber", WAIT_S)

    def reads(self, title: str, *lines: str, name: str) -> None:
        """The display shows that, pixel by pixel as its driver draws it."""
        screen = SCREENS[Panel.SH1106]
        message = Message(title, lines, Language.FR, name=name)
        (page, *_) = pages(Look.OUT_OF_SERVICE, message, screen, None)
        wanted = hashlib.sha256(draw(page, screen).tobytes()).hexdigest()
        pictures = self.screen / PICTURES
        until(lambda: wanted in pictures.read_text(), f"never shown: {message}", WAIT_S)

    def new_box(self) -> AbstractContextManager[Box]:
        """A Pi on which nothing has been done yet."""
        ready = self.running.ready
        folder = self.running.state.parent / f"box-{next(self._numbers)}"
        return a_box(folder, ready["mqtt"]["port"], ready["pins_socket"])

    @contextmanager
    def as_before(self, machine: str) -> Iterator[None]:
        """Its rule is afterwards what it was, and it is in service."""
        path = f"/access-points/{machine}"
        asked = self.running.call("GET", path).json["requirement"]
        try:
            yield
        finally:
            tag = self.running.call("GET", path).headers["ETag"]
            self._do("PATCH", path, {"requirement": asked}, {"If-Match": tag})
            self._do("POST", f"{path}/service", {"in_service": True})

    def _do(
        self, method: str, path: str, body: object, headers: dict[str, str] | None = None
    ) -> None:
        answer = self.running.call(method, path, body, headers)
        assert answer.status < 300, answer.body

    def _see(self, **wanted: object) -> None:
        self.bench.wait_for(lambda event: wanted.items() <= event.items(), WAIT_S)

    def _decisions(self, reader: str) -> list[dict[str, Any]]:
        events = self.running.listed("/events", access_point=reader)
        return [event for event in events if event["type"] in (GRANTED, DENIED)]


@contextmanager
def the_stage(folder: Path) -> Iterator[Stage]:
    """The demo, quiet, with a display at one machine."""
    with (
        running_place(folder) as running,
        SimBench(running.ready["pins_socket"]) as bench,
        ExitStack() as open_until,
    ):
        stage = Stage(running, bench, folder / "screen", open_until)
        _hang_a_display(stage)
        yield stage


def _hang_a_display(stage: Stage) -> None:
    """Wire one to the agent, which starts again."""
    stage.screen.mkdir()
    wired = next(point for point in POINTS if point.point.id == SHOWN)
    agent = str(wired.point.agent)
    file = stage.running.state / "agents" / agent / "config.toml"
    red, green, blue = wired.led_pins
    old = f'{{ driver = "gpio", red = {red}, green = {green}, blue = {blue} }}'
    text = file.read_text()
    assert old in text
    display = f'{{ driver = "display", panel = "sh1106", bus = "sim:{stage.screen}" }}'
    file.write_text(text.replace(old, f'{{ driver = "group", each = [{old}, {display}] }}', 1))
    os.kill(stage.running.ready["pids"]["agents"][agent], signal.SIGKILL)
    until((stage.screen / PICTURES).exists, "the display stays dark", WAIT_S)
