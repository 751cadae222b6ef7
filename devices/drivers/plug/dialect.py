"""What a plug's MQTT messages are, for any maker."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

import msgspec
from msgspec import Meta

Command = tuple[str, bytes]
"""Topic and payload."""
PlugTopic = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_./-]{0,63}$",
        description="the plug's own MQTT topic: letters, digits and _ . / -",
    ),
]
Limit = Annotated[
    float,
    Meta(ge=2, le=60, description="seconds from 2 to 60 after which the plug goes off by itself"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlugMessage:
    """The contents of one message of a plug; a field is None if the message lacks it."""

    online: bool | None = None
    output: bool | None = None
    """Its relay, as the plug itself reads it."""
    boot: str | None = None
    """Changes when the plug restarts."""
    ready: bool | None = None
    """Whether it is set up as requested: the time limit, and off after a restart."""
    watts: float | None = None
    amps: float | None = None


EMPTY_MESSAGE = PlugMessage()


class PlugDialect(Protocol):
    """The MQTT messages of one maker.

    It is used on the connection's thread; only `switch` and `renew` may be called on others.
    """

    @property
    def filters(self) -> tuple[str, ...]:
        """Topics on which the plug publishes."""

    def set_up(self) -> Iterator[Command]:
        """Yield commands and queries for a plug that came online."""

    def ask(self) -> Iterator[Command]:
        """Yield a query for the relay, then one for the power."""

    def switch(self, on: bool) -> Command:
        """Return the command that switches it."""

    def renew(self) -> Command | None:
        """Return the command that renews its time limit; None: it has none."""

    def read(self, topic: str, payload: bytes, retained: bool) -> tuple[PlugMessage, list[Command]]:
        """Parse a message; returns its contents and the commands to answer with. Never raises."""


def decode_object(payload: bytes) -> dict[str, Any]:
    """Decode a JSON object; empty for anything else."""
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except msgspec.MsgspecError:
        return {}


def number(value: object) -> float | None:
    """Return the value as a float; None if it is not a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def object_or_empty(value: object) -> dict[str, Any]:
    """Return the value if it is a JSON object; empty for anything else."""
    return value if isinstance(value, dict) else {}
