"""The machine session, rule by rule."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from controller.domain.access.decision import DenyReason
from controller.domain.facts import OnEnd, OnRevoke, PresenceMode, SessionRules, Takeover
from controller.domain.machine.events import (
    BadgeBack,
    BadgeOut,
    CurrentReading,
    CutRequested,
    EndRequested,
    FaultRaised,
    FaultReset,
    InputChanged,
    JobReading,
    LimitsChanged,
    MachineEvent,
    PhaseChanged,
    Refused,
    ResetRequested,
    Revoked,
    ServiceChanged,
    SessionEnded,
    SessionStarted,
    SessionState,
    SetMain,
    SetSecond,
    SwitchFailed,
    TapDenied,
    Tick,
    WarningOver,
    WarningShown,
)
from controller.domain.machine.machine import initial, step
from controller.domain.machine.state import MachineState
from controller.domain.states import (
    Cuts,
    EndCause,
    FaultKind,
    InputKind,
    MachinePhase,
    Refusal,
    WarningKind,
)
from tests.domain.domain_builders import ANA, BEN
from tests.domain.machine.machine_bench import Bench

OFF, ARMED, RUNNING, COOLING, FAULT, OUT = MachinePhase
RULES = SessionRules(idle_timeout_s=600, idle_warn_s=60, hold_s=30)
ON, IDLE, UNKNOWN = JobReading(running=True), JobReading(running=False), JobReading(running=None)


def bench(**rules: object) -> Bench:
    return Bench(rules=replace(RULES, **rules))  # type: ignore[arg-type]


def armed(**rules: object) -> Bench:
    """Held by Ana since 0 s."""
    b = bench(**rules)
    b.grant(0)
    return b


def running(**rules: object) -> Bench:
    """Held by Ana since 0 s, with a job since 10 s."""
    b = armed(**rules)
    b.at(10, ON)
    return b


def input_of(kind: InputKind, is_open: bool, cuts: Cuts = Cuts.MAIN) -> InputChanged:
    return InputChanged(name=kind.value, kind=kind, open=is_open, cuts=cuts)


def ended(b: Bench) -> SessionEnded:
    [effect] = b.of(SessionEnded)
    return effect


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


# Rights and service: on_revoke

REVOKED = Revoked(reason=DenyReason.CERTIFICATION_SUSPENDED)
NO_SERVICE = ServiceChanged(in_service=False)
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


# An unknown meter


def metered() -> Bench:
    return Bench(rules=RULES, state=initial(0.0, metered=True))


def test_without_a_reading_it_is_running_with_an_alarm() -> None:
    b = metered()
    b.grant(1)
    assert b.phase is RUNNING
    assert b.state.held_running is None
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False)]
    b.at(2, IDLE)
    assert b.of(FaultReset) == [FaultReset(kind=FaultKind.JOB_UNKNOWN)]
    b.at(32)
    assert b.phase is ARMED


def test_a_meter_that_falls_silent_never_ends_a_running_job() -> None:
    b = running()
    b.at(20, UNKNOWN)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False)]
    b.at(21, UNKNOWN)
    assert b.of(FaultRaised) == []
    b.grant(50)
    b.at(1_000_000)
    assert b.phase is RUNNING


def test_silence_in_the_hold_time_is_running_again() -> None:
    b = running()
    b.at(20, IDLE)
    b.at(40, UNKNOWN)
    b.at(1000)
    assert b.phase is RUNNING


def test_a_meter_lost_while_off_alarms_and_powers_nothing() -> None:
    b = bench()
    b.at(5, UNKNOWN)
    assert b.effects == (FaultRaised(kind=FaultKind.JOB_UNKNOWN, latched=False),)
    assert b.phase is OFF


# Cooling


def test_cooling_keeps_the_second_switch_on() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    assert b.phase is COOLING
    assert (b.of(SetMain), b.of(SetSecond)) == ([SetMain(on=False)], [])
    b.at(179)
    assert b.phase is COOLING
    b.at(180)
    assert b.effects == (SetSecond(on=False), PhaseChanged(phase=OFF))


def test_a_grant_while_cooling_arms_again() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    b.grant(90)
    assert (b.phase, b.of(SetSecond)) == (ARMED, [])
    b.at(185)
    assert b.phase is ARMED


def test_out_of_service_while_cooling_waits_for_its_end() -> None:
    b = armed(cool_down_s=120)
    b.grant(60)
    b.at(70, NO_SERVICE)
    assert b.phase is COOLING
    b.at(180)
    assert b.phase is OUT


# Faults


@pytest.mark.parametrize("kind", [k for k in InputKind if k is not InputKind.START])
def test_an_input_cuts_the_dangerous_part_and_latches(kind: InputKind) -> None:
    b = running(cool_down_s=60)
    b.at(20, input_of(kind, True))
    assert (b.phase, b.state.main_on, b.state.second_on) == (FAULT, False, True)
    cause = EndCause.INTERLOCK if kind is InputKind.INTERLOCK else EndCause.FAULT
    assert (ended(b).cause, ended(b).was_running) == (cause, True)
    fault = FaultRaised(kind=FaultKind(kind.value), input=kind.value)
    assert list(b.effects) == [SetMain(on=False), ended(b), fault, PhaseChanged(phase=FAULT)]
    assert b.at(21, input_of(kind, True)) == ()
    b.at(22, input_of(kind, False))
    assert b.phase is FAULT
    b.grant(23)
    assert b.effects == (Refused(why=Refusal.FAULT_LATCHED),)
    b.at(24, ResetRequested(on_the_spot=True))
    assert b.of(FaultReset) == [FaultReset(kind=fault.kind, input=kind.value)]
    assert b.phase is COOLING
    b.at(84)
    assert b.phase is OFF


def test_an_input_that_cuts_all() -> None:
    b = running(cool_down_s=60)
    b.at(20, input_of(InputKind.ESTOP, True))
    b.at(21, input_of(InputKind.FIRE, True, Cuts.ALL))
    assert b.effects == (SetSecond(on=False), FaultRaised(kind=FaultKind.FIRE, input="fire"))
    for kind in (InputKind.ESTOP, InputKind.FIRE):
        b.at(22, input_of(kind, False))
    b.at(23, ResetRequested(on_the_spot=True))
    assert b.phase is OFF


@pytest.mark.parametrize("kind", [InputKind.ESTOP, InputKind.FIRE])
def test_an_emergency_is_a_fault_at_any_time(kind: InputKind) -> None:
    b = bench()
    b.at(1, input_of(kind, True))
    assert (b.phase, b.of(SessionEnded)) == (FAULT, [])


def test_an_open_interlock_while_off_is_no_fault_but_stands_against_power() -> None:
    b = bench()
    b.at(1, input_of(InputKind.INTERLOCK, True))
    assert (b.phase, b.state.open_inputs_of(InputKind.INTERLOCK)) == (OFF, ("interlock",))
    b.grant(2)
    assert b.effects == (Refused(why=Refusal.INPUT_OPEN),)
    b.at(3, input_of(InputKind.INTERLOCK, False))
    b.grant(4)
    assert b.phase is ARMED


def test_a_start_condition_stands_against_a_start_and_nothing_else() -> None:
    b = bench()
    b.at(1, input_of(InputKind.START, True, Cuts.ALL))
    b.grant(2)
    assert (b.phase, b.effects) == (OFF, (Refused(why=Refusal.INPUT_OPEN),))
    b = running(cool_down_s=60)
    b.at(21, input_of(InputKind.START, True, Cuts.ALL))
    assert (b.phase, b.effects) == (RUNNING, ())
    b.at(22, JobReading(running=False))
    b.at(60, Tick())
    assert b.phase is ARMED


def test_reset_is_refused_while_the_input_is_open_and_from_afar() -> None:
    b = armed()
    assert b.at(1, ResetRequested(on_the_spot=True)) == (Refused(why=Refusal.NO_FAULT),)
    b.at(2, input_of(InputKind.INTERLOCK, True))
    assert b.at(3, ResetRequested(on_the_spot=False)) == (Refused(why=Refusal.INPUT_OPEN),)
    b.at(4, input_of(InputKind.INTERLOCK, False))
    b.at(5, ResetRequested(on_the_spot=False))
    assert b.phase is OFF
    b.at(6, input_of(InputKind.ESTOP, True))
    b.at(7, input_of(InputKind.ESTOP, False))
    assert b.at(8, ResetRequested(on_the_spot=False)) == (Refused(why=Refusal.ON_THE_SPOT_ONLY),)


def test_after_a_reset_out_of_service_stays() -> None:
    b = armed()
    b.at(1, SwitchFailed())
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.SWITCH_FAILED)]
    b.at(2, NO_SERVICE)
    assert b.phase is FAULT
    b.at(3, ResetRequested(on_the_spot=False))
    assert b.phase is OUT


# A welded contact

FLOWS, QUIET = CurrentReading(flows=True), CurrentReading(flows=False)


def test_current_while_off_for_more_than_two_seconds() -> None:
    b = bench()
    b.at(1, FLOWS)
    b.at(2, FLOWS)
    b.at(2.9)
    assert b.phase is OFF
    b.at(3)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.POWER_WHILE_OFF)]
    assert b.at(4, ResetRequested(on_the_spot=True)) == (Refused(why=Refusal.CURRENT_FLOWS),)
    b.at(5, QUIET)
    b.at(6, ResetRequested(on_the_spot=False))
    assert b.phase is OFF


def test_current_may_take_two_seconds_to_stop() -> None:
    b = armed()
    b.at(1, FLOWS)
    b.grant(60)
    b.at(61.9, QUIET)
    b.at(100)
    assert b.phase is OFF
    b.grant(200)
    b.at(201, FLOWS)
    b.grant(260)
    b.at(262)
    assert b.phase is FAULT


def test_current_in_a_fault_is_one_more_fault() -> None:
    b = armed()
    b.at(1, FLOWS)
    b.at(10, input_of(InputKind.ESTOP, True))
    b.at(12)
    assert b.of(FaultRaised) == [FaultRaised(kind=FaultKind.POWER_WHILE_OFF)]
    assert [latch.kind for latch in b.state.latches] == [FaultKind.ESTOP, FaultKind.POWER_WHILE_OFF]


# Staff


def test_staff_ends_and_cuts() -> None:
    b = bench()
    for event in (EndRequested(), CutRequested()):
        assert b.at(1, event) == (Refused(why=Refusal.NO_SESSION),)
    b = armed()
    b.at(1, EndRequested())
    assert ended(b).cause is EndCause.ENDED_BY_STAFF
    b = running()
    b.at(20, EndRequested())
    assert b.phase is RUNNING
    b.at(30, IDLE)
    b.at(60)
    assert ended(b).cause is EndCause.ENDED_BY_STAFF


def test_the_first_of_two_equal_causes_stays() -> None:
    b = running()
    b.at(20, EndRequested())
    b.at(21, REVOKED)
    b.at(30, IDLE)
    b.at(60)
    assert ended(b).cause is EndCause.ENDED_BY_STAFF


def test_a_machine_may_start_out_of_service() -> None:
    assert initial(0.0, metered=True, in_service=False).phase is OUT
    assert initial(0.0, metered=True) == MachineState(at_s=0.0, metered=True)
