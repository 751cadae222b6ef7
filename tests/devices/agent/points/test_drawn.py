"""Watts are told in steps, seldom, and never for what is off."""

from devices.agent.points.machine_senses import EVERY_S, PowerDraw, round_watts


def test_two_digits_are_enough() -> None:
    assert [round_watts(watts) for watts in (7.4, 64.2, 238, 1387, 12_499)] == [
        7,
        64,
        240,
        1400,
        12_000,
    ]


def test_what_wavers_is_no_news_and_what_changes_is() -> None:
    drawn = PowerDraw()
    told = []
    for step, watts in enumerate((0.4, 1400, 1390, 1200, 240, 236, 2.0)):
        drawn.read(watts, step * EVERY_S)
        told.append(drawn.watts)
    assert told == [None, 1400, 1400, 1400, 240, 240, None]


def test_it_is_told_seldom_and_no_reading_is_unknown() -> None:
    drawn = PowerDraw()
    told = []
    for at_s, watts in ((0, 100), (0.5, 500), (1, 500), (2, None), (3, 500), (4, float("nan"))):
        drawn.read(watts, at_s * EVERY_S)
        told.append(drawn.watts)
    assert told == [100, 100, 500, None, 500, None]
