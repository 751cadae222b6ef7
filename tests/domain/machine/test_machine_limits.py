"""The ends that rights, service, hours and the longest duration set to a machine session."""

import pytest

from controller.domain.facts import OnEnd, OnRevoke
from controller.domain.machine.events import (
    LimitsChanged,
    MachineEvent,
    PhaseChanged,
    Refused,
    ServiceChanged,
    SessionState,
    WarningShown,
)
from controller.domain.states import EndCause, MachinePhase, Refusal, WarningKind
from tests.domain.machine.machine_states import (
    ARMED,
    IDLE,
    NO_SERVICE,
    OFF,
    ON,
    OUT,
    REVOKED,
    RUNNING,
    armed,
    bench,
    ended,
    running,
)

REVOKING = [(REVOKED, EndCause.REVOKED), (NO_SERVICE, EndCause.OUT_OF_SERVICE)]


@pytest.mark.parametrize(("event", "cause"), REVOKING)
def test_revoked_while_armed_ends_at_once(event: MachineEvent, cause: EndCause) -> None:
    b = armed()
    b.at(10, event)
    assert ended(b).cause is cause


@pytest.mark.parametrize(("event", "cause"), REVOKING)
def test_finish_ends_at_idle_without_returning_to_armed(
    event: MachineEvent, cause: EndCause
) -> None:
    b = running()
    b.at(50, event)
    assert b.phase is RUNNING
    b.grant(60)
    assert b.effects == ()
    b.at(100, IDLE)
    b.at(130)
    assert ended(b).cause is cause
    assert b.of(SessionState) == []


@pytest.mark.parametrize(("event", "cause"), REVOKING)
def test_cut_when_revoked(event: MachineEvent, cause: EndCause) -> None:
    b = running(on_revoke=OnRevoke.CUT)
    b.at(50, event)
    assert (ended(b).cause, b.state.main_on) == (cause, False)


def test_revoked_after_badge_out_can_not_be_taken_up_again() -> None:
    b = running()
    b.grant(50)
    b.at(55, REVOKED)
    b.grant(60)
    b.at(100, IDLE)
    b.at(130)
    assert ended(b).cause is EndCause.REVOKED


def test_the_end_of_the_right_acts_as_on_revoke() -> None:
    b = bench(on_revoke=OnRevoke.CUT, on_end=OnEnd.WAIT_IDLE)
    b.grant(0, right_left_s=100)
    b.at(10, ON)
    b.at(100)
    assert ended(b).cause is EndCause.RIGHT_END


def test_out_of_service() -> None:
    b = bench()
    b.at(1, NO_SERVICE)
    assert (b.phase, b.effects) == (OUT, (PhaseChanged(phase=OUT),))
    b.grant(2)
    assert b.effects == (Refused(why=Refusal.OUT_OF_SERVICE),)
    b.at(3, ServiceChanged(in_service=True))
    assert b.phase is OFF


def test_a_maintainer_uses_what_is_out_of_service() -> None:
    b = bench()
    b.at(1, NO_SERVICE)
    b.grant(2, maintainer=True)
    assert b.phase is ARMED
    b.at(3, NO_SERVICE)
    assert b.phase is ARMED
    b.grant(4, maintainer=True)
    assert b.phase is OUT


def test_back_in_service_leaves_a_session_alone() -> None:
    b = armed()
    assert b.at(3, ServiceChanged(in_service=True)) == ()
    assert b.phase is ARMED


# Limits


def test_the_longest_duration_warns_at_60_and_15_minutes_then_acts_as_on_end() -> None:
    b = armed(max_duration_s=7200, idle_timeout_s=90_000)
    b.at(3600)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.MAX_DURATION, left_s=3600)]
    b.at(6300)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.MAX_DURATION, left_s=900)]
    b.at(7000, ON)
    b.at(7200)
    assert b.phase is RUNNING
    b.at(7300, IDLE)
    b.at(7330)
    assert ended(b).cause is EndCause.MAX_DURATION


@pytest.mark.parametrize(("on_end", "phase"), [(OnEnd.CUT, OFF), (OnEnd.REFUSE, RUNNING)])
def test_the_end_of_hours_acts_as_on_end(on_end: OnEnd, phase: MachinePhase) -> None:
    b = bench(on_end=on_end)
    b.grant(0, until_closing_s=1000)
    b.at(10, ON)
    b.at(100)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.HOURS_END, left_s=900)]
    b.at(1000)
    assert b.phase is phase
    if phase is RUNNING:
        b.at(1100, IDLE)
        b.at(1130)
    assert ended(b).cause is EndCause.HOURS_END


def test_a_limit_that_is_near_already_is_not_warned_of_at_once() -> None:
    b = bench(max_duration_s=3600)
    b.grant(0, until_closing_s=600)
    assert b.of(WarningShown) == []


def test_new_limits_count_and_the_same_are_not_warned_of_again() -> None:
    b = bench(idle_timeout_s=90_000)
    b.grant(0, until_closing_s=4600)
    b.at(1000)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.HOURS_END, left_s=3600)]
    b.at(1010, LimitsChanged(until_closing_s=3590.5))
    assert b.effects == ()
    b.at(1020, LimitsChanged(until_closing_s=8000))
    b.at(1020 + 4400)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.HOURS_END, left_s=3600)]
    b.at(6000, LimitsChanged())
    b.at(20_000)
    assert b.phase is ARMED
    b.at(20_001, LimitsChanged(right_left_s=0))
    assert ended(b).cause is EndCause.RIGHT_END
