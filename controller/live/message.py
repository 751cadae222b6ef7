"""What is said on a channel."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Message:
    """What was published on a channel."""

    channel: str
    text: str
