"""What tests of agent whole share with others."""

from typing import Any

from controller.domain.ids import CredentialId
from controller.wire import events as wire
from devices.sim.client import SimBench
from tests.support.agent_place import WAIT_S


def power(bench: SimBench, on: bool) -> None:
    """Wait until the laser's contactor is closed, or open."""
    bench.wait_for(
        lambda event: event["event"] == "power" and event["closed"] is on, timeout_s=WAIT_S
    )


def tap(bench: SimBench, credential: CredentialId, reader: str = "laser") -> None:
    bench.do("tap", reader=reader, credential=credential)


def is_a(kind: type[wire.EventBase], **fields: Any) -> Any:
    """Whether an event is of that kind, with these fields."""
    return lambda event: (
        isinstance(event, kind)
        and all(getattr(event, name) == value for name, value in fields.items())
    )
