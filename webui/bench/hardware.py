"""The simulated hardware as Bench asks it; who starts the web process says how it is reached."""

from collections.abc import Callable
from typing import Any

Hardware = Callable[..., dict[str, Any]]
"""`hardware(OPERATION, **fields)` does one operation of `devices.sim` and returns its answer.

Raises HardwareError.
"""


class HardwareError(Exception):
    """Nobody answers, or the operation is refused: one line."""
