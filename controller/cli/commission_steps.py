"""What a person does and sees at a new access point before it may go into service, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One tick: what to do, the event that shows that it was done, what only eyes can tell."""

    name: str
    do: str
    event: str
    """Type of the event that is waited for; ended by `|`, any of several."""
    fields: Mapping[str, str]
    see: str | None = None
    """A question whose answer must be yes; None: the event says all."""

    def shown_by(self, event: Mapping[str, Any]) -> bool:
        """Whether that event shows the step."""
        data = {**event, **event.get("data", {})}
        right_kind = event["type"] in self.event.split("|")
        return right_kind and all(data.get(key) == value for key, value in self.fields.items())


_BADGE = Step(
    "badge", "Hold a maintainer's badge to the reader.", "access_granted|access_denied", {}
)
_MACHINE = (
    _BADGE,
    Step(
        "power on", "The badge of a maintainer switches it on; hold it there again if it is off.",
        "session_started", {}, "Has the contactor closed, with the machine itself unplugged?",
    ),
    Step(
        "power off", "Hold the badge there again.", "session_ended", {},
        "Has the contactor opened?",
    ),
)  # fmt: skip
_ESTOP = (
    Step(
        "emergency stop", "Press the emergency stop.", "fault_raised", {"fault": "estop"},
        "Does the emergency stop itself keep the contactor open, whatever the badge does?",
    ),
    Step(
        "reset", "Let the emergency stop go, then hold the maintainer's badge to the reader.",
        "fault_reset", {"fault": "estop"},
    ),
)  # fmt: skip
_KILL = Step(
    "agent killed",
    "Switch it on with the badge, then kill the agent on its Pi:"
    " sudo systemctl kill --signal=SIGKILL loquet-agent",
    "session_ended",
    {"cause": "agent_restarted"},
    "Did the contactor open within a second?",
)
_DOOR = (
    _BADGE,
    Step("release", "Hold a badge that may enter to the reader.", "door_released", {},
         "Can the door be pulled open, and is it locked again afterwards?"),
    Step("exit", "Leave the room as people do in an emergency, with the agent's Pi unplugged,"
         " plug it in again, then hold the badge to the reader.", "door_released", {},
         "Did the door let you out without any power from Loquet?"),
)  # fmt: skip


def steps(kind: str, *, has_estop: bool) -> tuple[Step, ...]:
    """The steps for a machine or a door."""
    if kind == "door":
        return _DOOR
    return (*_MACHINE, *(_ESTOP if has_estop else ()), _KILL)
