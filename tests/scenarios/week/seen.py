"""What people see and do at doors and machines: taps, doors, displays, voice, and what is told."""

import hashlib
import json
import threading
from dataclasses import dataclass
from functools import partial
from typing import Any

from controller.domain.facts import Language
from devices.drivers.display.draw import draw
from devices.drivers.display.layout import pages
from devices.drivers.display.panel import SCREENS, Panel
from devices.ports import Flash, Message
from devices.sim.panel import SCREENS as PICTURES
from devices.sim.voice import LOG
from tests.scenarios.week.place import Week

WAIT_S = 180.0
HAND_S = 0.1
"""The readers' `gone_after_ms`."""
_KEPT = 200
"""A panel remembers so many pictures."""


@dataclass(frozen=True)
class Told:
    """What came of one tap: the event, as the API lists it, and what stood on the display."""

    event: dict[str, Any]
    week: Week
    point: str
    pictures_before: int

    @property
    def reason(self) -> str | None:
        """Why it was refused; None: it was granted."""
        reason: str | None = self.event["data"].get("reason")
        return reason

    def shown(self, flash: Flash, title: str, language: Language = Language.FR) -> None:
        """Wait until the display has shown that, since the tap, pixel by pixel."""
        shown(self.week, self.point, self.pictures_before, flash, title, language)


def pictures(week: Week, point: str) -> list[str]:
    """The hashes of what a display has shown so far."""
    file = week.folder / "shown" / point / PICTURES
    lines = file.read_text().splitlines() if file.exists() else []
    assert len(lines) < _KEPT, "the panel forgets by now; look at fewer pictures"
    return lines


def shown(week: Week, point: str, since: int, flash: Flash, title: str, language: Language) -> None:
    """Wait until a display shows the first page of that, after so many pictures.

    The one before them counts too: what stands there already is not drawn again.
    """
    page = pages(flash, Message(title, language=language), SCREENS[Panel.SH1106], None)[0]
    wanted = hashlib.sha256(draw(page, SCREENS[Panel.SH1106]).tobytes()).hexdigest()
    week.running.wait_for(lambda: wanted in pictures(week, point)[max(0, since - 1) :])


def said(week: Week, point: str, count: int) -> list[tuple[str, str]]:
    """Language and text of what a voice has said, once it is so much."""
    log = week.folder / "shown" / point / LOG

    def lines() -> list[bytes]:
        return log.read_bytes().splitlines() if log.exists() else []

    week.running.wait_for(lambda: len(lines()) >= count)
    return [(one["language"], one["text"]) for one in map(json.loads, lines())]


def held(week: Week, point: str, badge: str) -> str:
    """Hold a badge to a reader; the time just before. A hand that has tapped there needs a moment:
    for a reader a card that comes again at once has never been away."""
    threading.Event().wait(HAND_S)
    since = week.hands.now().text()
    week.bench.do("tap", reader=point, credential=badge)
    return since


def tap(week: Week, point: str, badge: str) -> Told:
    """Somebody holds a badge to a reader; wait until the decision is in the database."""
    before, since = len(pictures(week, point)), held(week, point, badge)
    event = event_since(week, point, since, "access_granted", "access_denied")
    return Told(event, week, point, before)


def reads(week: Week, point: str, badge: str) -> str:
    """The desk asks for the next badge at a reader: its number. Whoever taps too early for the
    command is told that the badge is unknown, and taps again."""
    asked = week.desk.post(f"/access-points/{point}/read-credential")["command_id"]
    while True:
        since = held(week, point, badge)
        told = event_since(week, point, since, "credential_read", "access_denied")
        if told["type"] == "credential_read":
            break
    week.running.wait_for(lambda: week.desk.get(f"/commands/{asked}")["result"] == "done")
    number: str = week.desk.get(f"/commands/{asked}")["data"]["credential"]
    return number


def event_since(week: Week, point: str, since: str, *types: str) -> dict[str, Any]:
    """The first event of one of these types at an access point since then, once it has come."""
    found: list[dict[str, Any]] = []

    def came() -> bool:
        told = week.manager.all("/events", access_point=point, since=since)
        found[:] = [event for event in told if event["type"] in types]
        return bool(found)

    week.running.wait_for(came)
    return found[0]


def goes_through(week: Week, door: str, badge: str) -> Told:
    """A granted tap, and the door is really opened; wait until it has shut, and that is told."""
    told = tap(week, door, badge)
    assert told.reason is None, told.event
    opens(week, door)
    return told


def opens(week: Week, door: str) -> None:
    """Somebody walks through a door that is released; wait until that is told."""
    since = week.hands.now().text()
    door_swings(week, door)
    event_since(week, door, since, "door_opened")
    event_since(week, door, since, "door_closed")


def lets_in(week: Week, door: str, badge: str) -> tuple[str, str]:
    """A tap that is granted although nobody hears of it; from when to when that was."""
    released(week, door, False)
    since = held(week, door, badge)
    door_swings(week, door)
    return since, week.hands.now().text()


def door_swings(week: Week, door: str) -> None:
    """Somebody opens a door as soon as it is released, and it falls shut."""
    released(week, door, True)
    week.bench.do("door", door=door, do="open")
    week.bench.wait_for(partial(_door_is, door, True), WAIT_S)
    week.bench.wait_for(partial(_door_is, door, False), WAIT_S)


def released(week: Week, door: str, is_it: bool) -> None:
    """Wait until a door can be opened, or no longer can."""
    week.running.wait_for(lambda: week.bench.state()["doors"][door]["released"] is is_it)


def _door_is(door: str, is_open: bool, event: dict[str, Any]) -> bool:
    return {"event": "door", "door": door, "open": is_open}.items() <= event.items()


def power(week: Week, machine: str, closed: bool) -> None:
    """Wait until a machine's contactor is closed, or open."""
    week.running.wait_for(lambda: week.bench.state()["machines"][machine]["closed"] is closed)
