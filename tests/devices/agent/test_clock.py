"""When a clock is trusted, and what an untrusted one says."""

from devices.agent.clock import FLOOR_EVERY_S, ClockMode, kernel_synchronised
from tests.devices.agent.agent_time import NOON, Hands, Time


def test_a_synchronised_clock_is_trusted_and_says_the_wall_time(hands: Hands) -> None:
    clock = Time(hands).clock()
    assert (clock.trusted, clock.now(), clock.judged_at()) == (True, NOON, NOON)
    assert kernel_synchronised() in (True, False)


def test_modes_that_ask_nobody(hands: Hands) -> None:
    hands.synchronised = False
    assert Time(hands).clock(ClockMode.TRUSTED).trusted
    hands.synchronised = True
    assert not Time(hands).clock(ClockMode.UNTRUSTED).trusted


def test_an_untrusted_clock_is_judged_at_the_last_signed_time_and_time_since(hands: Hands) -> None:
    hands.synchronised = False
    clock = Time(hands).clock(floor=NOON)
    hands.wall = NOON.parse("2040-01-01T00:00:00.000Z")
    hands.pass_(90)
    assert clock.judged_at() == NOON.parse("2026-03-02T12:01:30.000Z")
    assert clock.latest() == clock.judged_at()
    assert clock.now().year == 2040
    clock.learn_signed_time(NOON.parse("2026-03-02T13:00:00.000Z"), is_response=False)
    assert clock.judged_at() == NOON.parse("2026-03-02T13:00:00.000Z")
    clock.learn_signed_time(NOON, is_response=False)
    assert clock.judged_at() == NOON.parse("2026-03-02T13:00:00.000Z")
    assert not clock.trusted


def test_no_floor_and_no_trust_is_the_wall_clock(hands: Hands) -> None:
    hands.synchronised = False
    clock = Time(hands).clock()
    assert clock.judged_at() == NOON
    assert clock.latest().year == 1970


def test_deadlines_use_the_greater_of_trusted_and_signed(hands: Hands) -> None:
    clock = Time(hands).clock()
    later = NOON.parse("2026-03-02T12:00:09.000Z")
    clock.learn_signed_time(later, is_response=False)
    assert clock.latest() == later


def test_the_kernel_is_asked_again_now_and_then(hands: Hands) -> None:
    hands.synchronised = False
    clock = Time(hands).clock()
    hands.synchronised = True
    assert clock.check() == 0.0
    assert not clock.trusted
    hands.pass_(6)
    clock.check()
    assert clock.trusted


def test_a_step_of_the_wall_clock_is_seen(hands: Hands) -> None:
    clock = Time(hands).clock()
    hands.pass_(6)
    hands.wall = NOON.parse("2026-03-02T13:00:06.000Z")
    assert clock.check() == 3600.0
    hands.pass_(6)
    assert clock.check() == 0.0


def test_the_floor_is_stored_at_most_once_an_hour(hands: Hands) -> None:
    clock = Time(hands).clock()
    assert clock.floor_to_store() is None
    clock.learn_signed_time(NOON, is_response=False)
    assert clock.floor_to_store() == NOON
    hands.pass_(FLOOR_EVERY_S - 1)
    assert clock.floor_to_store() is None
    hands.pass_(1)
    assert clock.floor_to_store() == NOON.parse("2026-03-02T13:00:00.000Z")
