"""Lights and beeps: each look and flash is told apart without seeing colours, and hurts nobody."""

import itertools

import pytest

from devices.drivers.light_patterns import (
    AMBER,
    CYAN,
    DARK,
    DOOR_LOOKS,
    FLASHES,
    GREEN,
    LOOKS,
    MACHINE_LOOKS,
    RED,
    Beep,
    Step,
)
from devices.ports import Flash, Look

Steps = tuple[Step, ...]


def _rhythm(steps: Steps) -> list[tuple[float, float | None]]:
    """Brightness and seconds, as somebody sees it who sees no colours; equal neighbours are one."""
    seen: list[tuple[float, float | None]] = []
    for step in steps:
        light = max(step.colour)
        if seen and seen[-1][0] == light and step.for_s is not None:
            seen[-1] = light, round((seen[-1][1] or 0.0) + step.for_s, 3)
        else:
            seen.append((light, step.for_s))
    return seen


def test_everything_has_a_pattern() -> None:
    assert set(LOOKS) == set(Look)
    assert set(FLASHES) == set(Flash)


@pytest.mark.parametrize("looks", [MACHINE_LOOKS, DOOR_LOOKS], ids=["machine", "door"])
def test_no_two_looks_of_a_point_differ_by_colour_alone(looks: tuple[Look, ...]) -> None:
    for one, other in itertools.combinations(looks, 2):
        assert _rhythm(LOOKS[one]) != _rhythm(LOOKS[other]), (one, other)


def test_every_flash_sounds_differently() -> None:
    heard = [tuple((step.beep, step.for_s) for step in steps) for steps in FLASHES.values()]
    assert len(set(heard)) == len(heard)
    counts = {flash: [step.beep for step in steps if step.beep] for flash, steps in FLASHES.items()}
    assert counts[Flash.GRANTED] == [Beep.HIGH]
    assert counts[Flash.DENIED] == [Beep.LOW, Beep.LOW]


def test_red_and_green_mean_what_the_standard_says() -> None:
    red = {look for look, steps in LOOKS.items() if any(step.colour == RED for step in steps)}
    green = {look for look, steps in LOOKS.items() if any(step.colour == GREEN for step in steps)}
    assert red == {Look.FAULT}
    assert green == {Look.RUNNING, Look.RELEASED}
    assert LOOKS[Look.OUT_OF_SERVICE][0].colour == AMBER
    assert LOOKS[Look.COOLING][0].colour == CYAN


@pytest.mark.parametrize("what", [*Look, *Flash])
def test_nothing_flashes_more_than_three_times_a_second(what: Look | Flash) -> None:
    steps = LOOKS[what] * 3 if isinstance(what, Look) else FLASHES[what]
    starts, at_s = [], 0.0
    for before, step in zip((Step(DARK), *steps), steps, strict=False):
        if max(step.colour) > max(before.colour):
            starts.append(at_s)
        at_s += step.for_s or 60.0
    for first, fourth in zip(starts, starts[3:], strict=False):
        assert fourth - first >= 1.0, what


@pytest.mark.parametrize("flash", Flash)
def test_a_flash_ends(flash: Flash) -> None:
    assert all(step.for_s is not None for step in FLASHES[flash])
