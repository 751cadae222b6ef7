"""Watts are told in steps, seldom, and never for what is off."""

from devices.agent.points.drawn import EVERY_S, Drawn, rounded


def test_two_digits_are_enough() -> None:
    assert [rounded(each) for each in (7.4, 64.2, 238, 1387, 12_499)] == [7, 64, 240, 1400, 12_000]


def test_what_wavers_is_no_news_and_what_changes_is() -> None:
    drawn = Drawn()
    told = []
    for step, watts in enumerate((0.4, 1400, 1390, 1200, 240, 236, 2.0)):
        drawn.read(watts, step * EVERY_S)
        told.append(drawn.watts)
    assert told == [None, 1400, 1400, 1400, 240, 240, None]


def test_it_is_told_seldom_and_no_reading_is_unknown() -> None:
    drawn = Drawn()
    drawn.read(100, 0)
    drawn.read(500, EVERY_S / 2)
    assert drawn.watts == 100, "too soon"
    drawn.read(500, EVERY_S)
    assert drawn.watts == 500
    drawn.read(None, 2 * EVERY_S)
    assert drawn.watts is None
    drawn.read(float("nan"), 3 * EVERY_S)
    assert drawn.watts is None
