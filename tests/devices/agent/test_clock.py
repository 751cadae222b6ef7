"""When a clock is trusted, and what an untrusted one says."""

from datetime import timedelta

import pytest

from controller.domain.time import Utc
from devices.agent.clock import BEHIND_S, FLOOR_EVERY_S, ClockMode, kernel_synchronised
from tests.devices.agent.agent_time import NOON, Hands, Time


def test_a_synchronised_clock_is_trusted_and_says_the_wall_time(hands: Hands) -> None:
    clock = Time(hands).clock()
    assert (clock.trusted, clock.now(), clock.decision_time()) == (True, NOON, NOON)
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
    assert clock.decision_time() == NOON.parse("2026-03-02T12:01:30.000Z")
    assert clock.latest() == clock.decision_time()
    assert clock.now().year == 2040
    clock.learn_signed_time(NOON.parse("2026-03-02T13:00:00.000Z"), is_response=False)
    assert clock.decision_time() == NOON.parse("2026-03-02T13:00:00.000Z")
    clock.learn_signed_time(NOON, is_response=False)
    assert clock.decision_time() == NOON.parse("2026-03-02T13:00:00.000Z")
    assert not clock.trusted


def test_no_floor_and_no_trust_is_the_wall_clock(hands: Hands) -> None:
    hands.synchronised = False
    clock = Time(hands).clock()
    assert clock.decision_time() == NOON
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


EARLIER, MUCH_LATER = (
    NOON.parse(at) for at in ("2026-01-21T14:00:00.000Z", "2028-03-02T12:00:00.000Z")
)


@pytest.mark.parametrize("mode", [ClockMode.AUTO, ClockMode.TRUSTED])
def test_a_wall_clock_before_the_last_signed_time_is_not_trusted(
    hands: Hands, mode: ClockMode
) -> None:
    """Whoever answers NTP with January, or an empty battery."""
    hands.wall = EARLIER
    clock = Time(hands).clock(mode, floor=NOON)
    assert not clock.trusted
    hands.pass_(90)
    clock.check()
    assert (clock.trusted, clock.decision_time()) == (False, Utc.of(NOON + timedelta(seconds=90)))
    clock.learn_signed_time(Utc.of(NOON + timedelta(hours=1)), is_response=True)
    assert (clock.trusted, clock.now()) == (True, Utc.of(NOON + timedelta(hours=1)))
    hands.wall = Utc.of(NOON + timedelta(hours=1))
    hands.pass_(6)
    clock.check()
    assert (clock.trusted, clock.now()) == (True, hands.wall)


def test_a_few_minutes_are_a_correction(hands: Hands) -> None:
    floor = Utc.of(NOON + timedelta(seconds=BEHIND_S))
    assert Time(hands).clock(floor=floor).now() == NOON
    assert not Time(hands).clock(floor=Utc.of(floor + timedelta(seconds=1))).trusted


def test_a_wall_clock_that_is_set_back_in_a_boot_does_not_move_the_trusted_time(
    hands: Hands,
) -> None:
    """The cable goes into a laptop while the box runs."""
    clock = Time(hands).clock()
    clock.learn_signed_time(NOON, is_response=False)
    hands.wall = EARLIER
    hands.pass_(60)
    clock.check()
    assert (clock.trusted, clock.now()) == (True, Utc.of(NOON + timedelta(seconds=60)))


def test_a_hub_that_is_ahead_takes_no_trust_from_a_clock_that_had_it(hands: Hands) -> None:
    clock = Time(hands).clock()
    clock.learn_signed_time(MUCH_LATER, is_response=False)
    hands.pass_(60)
    clock.check()
    assert (clock.trusted, clock.now()) == (True, hands.wall)


def test_ntp_that_was_ahead_may_step_back_to_the_signed_time(hands: Hands) -> None:
    right, hands.wall = hands.wall, MUCH_LATER
    clock = Time(hands).clock(floor=NOON)
    assert clock.now() == MUCH_LATER
    hands.wall = right
    hands.pass_(60)
    clock.check()
    assert clock.now() == hands.wall


@pytest.mark.parametrize("synchronised", [True, False])
def test_a_response_corrects_a_signed_time_that_was_ahead(hands: Hands, synchronised: bool) -> None:
    """The way out of what a hub with a wrong clock has signed; it is stored at once."""
    hands.synchronised = synchronised
    clock = Time(hands).clock(floor=MUCH_LATER)
    assert not clock.trusted
    clock.learn_signed_time(MUCH_LATER, is_response=True)
    assert clock.now() == MUCH_LATER
    clock.note_floor_stored()
    clock.learn_signed_time(NOON, is_response=False)
    assert clock.latest() == MUCH_LATER
    clock.learn_signed_time(NOON, is_response=True)
    hands.pass_(6)
    clock.check()
    now = Utc.of(NOON + timedelta(seconds=6))
    assert (clock.trusted, clock.now(), clock.latest(), clock.floor_to_store()) == (
        True,
        now,
        now,
        now,
    )
    anchor = clock.anchor_to_store()
    assert anchor is not None
    assert anchor[0] - anchor[1] == NOON.timestamp() - 1000
    assert clock.floor_to_store() is None
