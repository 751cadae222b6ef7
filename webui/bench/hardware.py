"""The interface to simulated hardware; the code that starts the web process provides the
connection."""

from collections.abc import Callable
from typing import Any

Hardware = Callable[..., dict[str, Any]]
"""Call `hardware(OPERATION, **fields)` to run one operation of `devices.sim`; returns its
answer."""


class HardwareError(Exception):
    """The simulated hardware does not answer or refuses the operation; the text is one line."""
