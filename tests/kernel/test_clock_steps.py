"""A wall clock that is moved is noticed, and one that runs on is not."""

import pytest

from controller.domain.time import Utc
from controller.kernel.job_runner import SETTLE_S, ClockSteps
from tests.support.clock import Clock


class Steps:
    """A wall clock and a monotonic one."""

    def __init__(self) -> None:
        self.clock = Clock(Utc.parse("2026-03-28T23:30:00.000Z"))
        self.mono_s = 0.0
        self.steps = ClockSteps(self.clock, lambda: self.mono_s)

    def forward(self, seconds: float, *, step_s: float = 0.0) -> bool:
        """Time passes, and somebody moves the clock; whether it counts as settled."""
        self.mono_s += seconds
        self.clock.forward(seconds=seconds + step_s)
        return self.steps.are_settled()


@pytest.mark.parametrize("step_s", [86_400.0, -86_400.0, 63_072_000.0])
def test_after_a_step_it_takes_a_while_to_settle(step_s: float) -> None:
    steps = Steps()
    assert steps.forward(1)
    assert not steps.forward(1, step_s=step_s)
    assert not steps.forward(SETTLE_S - 1)
    assert steps.forward(1)


def test_the_change_to_summer_time_and_hours_without_a_look_are_no_steps() -> None:
    steps = Steps()
    assert steps.forward(7200)
    assert steps.forward(1, step_s=30.0)
    assert steps.forward(86_400 * 3)
