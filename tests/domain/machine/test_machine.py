"""The machine session, rule by rule."""

from collections.abc import Callable

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import OnEnd, PresenceMode, Takeover
from controller.domain.machine.events import (
    BadgeBack,
    BadgeOut,
    CutRequested,
    LimitsChanged,
    PhaseChanged,
    Refused,
    Revoked,
    SessionEnded,
    SessionStarted,
    SessionState,
    SetMain,
    SetSecond,
    TapDenied,
    Tick,
    WarningOver,
    WarningShown,
)
from controller.domain.machine.machine import step
from controller.domain.states import EndCause, Refusal, WarningKind
from tests.domain.domain_builders import ANA, BEN
from tests.domain.machine.machine_bench import Bench
from tests.domain.machine.machine_states import (
    ARMED,
    IDLE,
    OFF,
    ON,
    RUNNING,
    armed,
    bench,
    ended,
    running,
)

# Beginning and ending


def test_a_grant_arms_it_and_says_so_in_order() -> None:
    b = bench()
    assert b.grant(5) == (
        SetMain(on=True),
        SetSecond(on=True),
        SessionStarted(session_id="session-5", member=ANA),
        PhaseChanged(phase=ARMED),
    )
    assert (b.state.since_s, b.state.held_running) == (5, False)


def test_a_job_makes_it_running_and_the_hold_time_armed_again() -> None:
    b = armed()
    b.at(10, ON)
    assert b.phase is RUNNING
    assert b.of(SessionState) == [
        SessionState(session_id="session-0", phase=RUNNING, active_s=0, idle_s=10)
    ]
    b.at(100, IDLE)
    assert b.phase is RUNNING
    b.at(129)
    assert b.phase is RUNNING
    b.at(130)
    assert b.phase is ARMED
    assert b.of(SessionState) == [
        SessionState(session_id="session-0", phase=ARMED, active_s=120, idle_s=10)
    ]


def test_a_short_dip_is_no_end_of_the_job() -> None:
    b = running()
    b.at(100, IDLE)
    b.at(110, ON)
    b.at(120, IDLE)
    b.at(121, IDLE)
    b.at(149)
    assert b.phase is RUNNING
    b.at(150)
    assert b.phase is ARMED


def test_the_holders_next_tap_ends_it() -> None:
    b = armed()
    b.grant(60)
    assert b.phase is OFF
    assert b.effects == (SetMain(on=False), SetSecond(on=False), ended(b), PhaseChanged(phase=OFF))
    assert ended(b) == SessionEnded(
        session_id="session-0",
        member=ANA,
        cause=EndCause.BADGE_OUT,
        active_s=0,
        idle_s=60,
        powered_s=60,
        gap_s=0,
        was_running=False,
    )


def test_seconds_are_counted_once() -> None:
    b = running()
    b.at(70, IDLE)
    b.at(200, ON)
    b.at(260, CutRequested())
    end = ended(b)
    assert (end.active_s, end.idle_s, end.powered_s) == (90 + 60, 10 + 100, 260)


def test_a_loop_that_was_busy_counts_until_power_really_went_off() -> None:
    b = armed(idle_timeout_s=100, idle_warn_s=10)
    _, effects = step(b.state, Tick(), 104.0, b.rules)
    assert [e.idle_s for e in effects if isinstance(e, SessionEnded)] == [104]


def test_time_does_not_run_backwards() -> None:
    b = armed()
    b.at(50)
    b.at(40, CutRequested())
    assert ended(b).idle_s == 50


@pytest.mark.parametrize(
    ("cause", "told"),
    [
        (EndCause.FAULT, True),
        (EndCause.CUT_BY_STAFF, True),
        (EndCause.INTERLOCK, False),  # whoever uses it opens it too
        (EndCause.SWITCH_FAILED, False),  # as is the button of a plug
        (EndCause.AGENT_RESTARTED, False),
        (EndCause.BADGE_OUT, False),
    ],
)
def test_what_the_place_cut(cause: EndCause, told: bool) -> None:
    assert cause.cut_by_place is told


# A denied tap, somebody else's badge


@pytest.mark.parametrize("make", [bench, armed, running])
def test_a_denied_tap_changes_nothing(make: Callable[[], Bench]) -> None:
    b = make()
    b.at(20)
    before = b.state
    assert b.at(20, TapDenied()) == ()
    assert b.state == before


def test_somebody_elses_badge_out_changes_nothing() -> None:
    b = armed()
    assert b.at(5, BadgeOut(member=BEN)) == ()
    assert b.at(5, BadgeBack(member=BEN)) == ()
    assert b.phase is ARMED


def test_nobody_leaves_a_machine_that_nobody_holds() -> None:
    b = bench()
    for event in (BadgeOut(member=ANA), Revoked(reason=DenyReason.CREDENTIAL_LOST)):
        assert b.at(1, event) == ()
    assert b.at(1, LimitsChanged(until_closing_s=5)) == ()


@pytest.mark.parametrize(
    ("rule", "is_running", "is_taken"),
    [
        (Takeover.DENY, False, False),
        (Takeover.WHEN_IDLE, False, True),
        (Takeover.WHEN_IDLE, True, False),
        (Takeover.ALLOW, True, True),
    ],
)
def test_takeover(rule: Takeover, is_running: bool, is_taken: bool) -> None:
    b = running(takeover=rule) if is_running else armed(takeover=rule)
    b.grant(60, BEN)
    if is_taken:
        assert (ended(b).cause, ended(b).was_running) == (EndCause.TAKEN_OVER, False)
        assert b.of(SessionStarted) == [SessionStarted(session_id="session-60", member=BEN)]
        assert b.of(SetMain) == []
        assert b.state.main_on
        b.at(90, CutRequested())
        assert ended(b).powered_s == 30
    else:
        assert b.effects == (Refused(why=Refusal.IN_USE),)


# Idle


def test_idle_warns_then_ends() -> None:
    b = armed()
    b.at(540)
    assert b.effects == (WarningShown(kind=WarningKind.IDLE, left_s=60),)
    b.at(599)
    assert b.phase is ARMED
    b.at(600)
    assert (ended(b).cause, ended(b).idle_s) == (EndCause.IDLE, 600)
    assert b.of(WarningOver) == [WarningOver()]


def test_more_time_makes_the_warning_longer() -> None:
    b = bench()
    b.grant(0, more_time=True)
    b.at(540)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.IDLE, left_s=180)]
    b.at(719)
    assert b.phase is ARMED
    b.at(720)
    assert ended(b).cause is EndCause.IDLE


def test_the_holders_tap_during_the_warning_extends() -> None:
    b = armed()
    b.at(550)
    b.grant(550)
    assert list(b.effects) == [WarningOver()]
    b.at(1089)
    assert b.effects == ()
    b.at(1090)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.IDLE, left_s=60)]


def test_a_job_during_the_warning_goes_on() -> None:
    b = armed()
    b.at(550)
    b.at(551, ON)
    assert b.of(WarningOver) == [WarningOver()]
    assert b.phase is RUNNING


def test_a_warning_longer_than_the_timeout_begins_at_once() -> None:
    b = armed(idle_timeout_s=30, idle_warn_s=60)
    assert b.of(WarningShown) == [WarningShown(kind=WarningKind.IDLE, left_s=60)]
    b.at(60)
    assert b.phase is OFF


# Badge out while a job runs: on_end


def test_wait_idle_stays_on_and_ends_at_idle() -> None:
    b = running()
    b.grant(50)
    assert b.effects == ()
    assert b.phase is RUNNING
    b.at(100, IDLE)
    b.at(130)
    assert (ended(b).cause, ended(b).active_s, ended(b).was_running) == (
        EndCause.BADGE_OUT,
        120,
        True,
    )


def test_her_tap_while_it_waits_takes_it_up_again() -> None:
    b = running()
    b.grant(50)
    b.grant(60)
    b.at(100, IDLE)
    b.at(130)
    assert b.phase is ARMED


def test_refuse_keeps_the_holder() -> None:
    b = running(on_end=OnEnd.REFUSE)
    b.grant(50)
    assert b.effects == (Refused(why=Refusal.JOB_RUNNING),)
    b.at(100, IDLE)
    b.at(130)
    assert b.phase is ARMED


def test_cut_cuts() -> None:
    b = running(on_end=OnEnd.CUT)
    b.at(50, BadgeOut(member=ANA))
    assert (b.phase, ended(b).was_running) == (OFF, True)


# Badge in the slot


def test_a_short_loss_is_forgiven() -> None:
    b = armed(presence=PresenceMode.SLOT, slot_grace_s=3)
    b.at(10, BadgeOut(member=ANA))
    b.at(12.9, BadgeBack(member=ANA))
    b.at(60)
    assert b.phase is ARMED
    b.at(70, BadgeOut(member=ANA))
    b.at(73)
    assert (b.phase, ended(b).cause) == (OFF, EndCause.BADGE_OUT)


def test_a_grant_in_the_slot_does_not_end_it() -> None:
    b = armed(presence=PresenceMode.SLOT)
    b.at(10, BadgeOut(member=ANA))
    b.grant(11)
    b.at(60)
    assert b.phase is ARMED
    assert b.at(61, BadgeBack(member=ANA)) == ()


def test_out_of_the_slot_while_a_job_runs_and_back_again() -> None:
    b = running(presence=PresenceMode.SLOT)
    b.at(20, BadgeOut(member=ANA))
    b.at(40)
    assert b.phase is RUNNING
    b.at(50, BadgeBack(member=ANA))
    b.at(100, IDLE)
    b.at(130)
    assert b.phase is ARMED


def test_out_and_in_during_the_warning_extends() -> None:
    b = armed(presence=PresenceMode.SLOT)
    b.at(550, BadgeOut(member=ANA))
    b.at(551, BadgeBack(member=ANA))
    assert b.of(WarningOver) == [WarningOver()]
    b.at(610)
    assert b.phase is ARMED


def test_back_counts_only_where_there_is_a_slot() -> None:
    b = armed()
    assert b.at(10, BadgeBack(member=ANA)) == ()
    assert b.phase is ARMED
