"""A clock that a test moves by hand."""

from dataclasses import dataclass
from datetime import timedelta

from controller.domain.time import Utc


@dataclass
class Clock:
    """The time of the test."""

    now: Utc

    def __call__(self) -> Utc:
        return self.now

    def forward(self, **time: float) -> Utc:
        """Let time pass."""
        self.now = Utc.of(self.now + timedelta(**time))
        return self.now
