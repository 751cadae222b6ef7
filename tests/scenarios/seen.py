"""What was seen after a step, and whether it is what the step expects."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from controller.domain.ids import AccessPointId
from controller.wire.events import Event
from controller.wire.messages import CommandReply, PointState
from devices.ports import Flash
from tests.scenarios.phrases import Phrase

_QUIET = frozenset({"agent_started", "journal_degraded", "session_state", "policy_applied"})
"""Events that `nothing happens` does not mean."""


@dataclass(frozen=True)
class Seen:
    """Everything that a step's expectations look at."""

    events: Sequence[Event]
    """Since the step before."""
    states: Mapping[AccessPointId, PointState]
    bench: Mapping[str, Any]
    cooling: Mapping[str, bool]
    flashes: Mapping[str, Sequence[Flash]]
    replies: Sequence[CommandReply]
    close_s: float
    """Numbers that differ by less are the same."""

    def told(self, kind: str, fields: Mapping[str, str]) -> list[Event]:
        """The events of that type with these fields."""
        return [
            event
            for event in self.events
            if event.__struct_config__.tag == kind and self._fits(event, fields)
        ]

    def _fits(self, event: Event, fields: Mapping[str, str]) -> bool:
        plain = msgspec.to_builtins(event, enc_hook=str)
        return all(self._same(plain.get(name), wanted) for name, wanted in fields.items())

    def _same(self, found: object, wanted: str) -> bool:
        if isinstance(found, float) or (isinstance(found, int) and not isinstance(found, bool)):
            return abs(float(found) - float(wanted)) <= self.close_s
        if isinstance(found, bool):
            return str(found).lower() == wanted
        return found is not None and str(found) == wanted


def problem(said: Phrase, seen: Seen) -> str | None:
    """Why an expectation does not hold, in one line; None when it does."""
    found = _found(said, seen)
    return None if found is None else f"expected '{said.text}'; {found}"


def _found(said: Phrase, seen: Seen) -> str | None:
    match said.name:
        case "event":
            return None if seen.told(said["event"], said.more) else _events(seen)
        case "no_event":
            return _events(seen) if seen.told(said["event"], said.more) else None
        case "nothing":
            loud = [e for e in seen.events if e.__struct_config__.tag not in _QUIET]
            return _events(seen) if loud else None
        case "flash":
            flashes = [flash.value for flash in seen.flashes.get(said["point"], ())]
            return None if said["flash"] in flashes else f"flashed: {', '.join(flashes) or 'none'}"
        case "reply":
            return _reply(said, seen)
        case "power" | "no_power" | "cools" | "no_cooling" | "free" | "locked":
            return _outputs(said, seen)
        case _:
            return _state(said, seen)


def _reply(said: Phrase, seen: Seen) -> str | None:
    if not seen.replies:
        return "there is none"
    last = seen.replies[-1]
    right = (last.result.value, last.reason or "") == (said["result"], said["reason"])
    return None if right else f"it is {last.result.value} {last.reason or ''}"


def _outputs(said: Phrase, seen: Seen) -> str | None:
    name = said["point"]
    now: dict[str, Callable[[], bool]] = {
        "power": lambda: seen.bench["machines"][name]["closed"],
        "no_power": lambda: not seen.bench["machines"][name]["closed"],
        "cools": lambda: seen.cooling[name],
        "no_cooling": lambda: not seen.cooling[name],
        "free": lambda: seen.bench["doors"][name]["released"],
        "locked": lambda: not seen.bench["doors"][name]["released"],
    }
    return None if now[said.name]() else "it is not so"


def _state(said: Phrase, seen: Seen) -> str | None:
    state = seen.states.get(AccessPointId(said["point"]))
    if state is None:
        return "the agent has told nothing of it"
    holds = {
        "available": state.available,
        "unavailable": not state.available,
        "state": state.state.value == said["state"],
        "warns": bool(state.warning),
        "no_warning": not state.warning,
        "fault": said["fault"] in (state.faults or ()),
        "no_fault": not state.faults,
    }
    if holds[said.name]:
        return None
    return f"it is {state.state.value}, available {state.available}, faults {state.faults}"


def _events(seen: Seen) -> str:
    """What happened instead."""
    told = [" ".join([str(event.__struct_config__.tag), *_said(event)]) for event in seen.events]
    return f"events since the step before: {'; '.join(told) or 'none'}"


def _said(event: Event) -> list[str]:
    names = ("reason", "cause", "member", "fault", "state", "active_s", "idle_s", "gap_s")
    plain = msgspec.to_builtins(event, enc_hook=str)
    return [f"{name}={plain[name]}" for name in names if plain.get(name) is not None]
