"""The laws of the machine, under any events in any order, with restarts in between."""

import math
from dataclasses import replace

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

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
    Granted,
    InputChanged,
    JobReading,
    LimitsChanged,
    MachineEffect,
    MachineEvent,
    PhaseChanged,
    ResetRequested,
    Revoked,
    ServiceChanged,
    SessionEnded,
    SessionStarted,
    SetMain,
    SetSecond,
    SwitchFailed,
    TapDenied,
    Tick,
)
from controller.domain.machine.machine import (
    MachineState,
    initial,
    next_deadline,
    restore,
    resume_session,
    step,
)
from controller.domain.states import Cuts, EndCause, InputKind, MachinePhase
from tests.domain.domain_builders import ANA, BEN
from tests.support.laws import examples

RULES = st.builds(
    SessionRules,
    presence=st.sampled_from(PresenceMode),
    idle_timeout_s=st.sampled_from([20.0, 100.0]),
    idle_warn_s=st.sampled_from([10.0, 30.0]),
    hold_s=st.sampled_from([0.0, 5.0]),
    cool_down_s=st.sampled_from([0.0, 15.0]),
    on_end=st.sampled_from(OnEnd),
    on_revoke=st.sampled_from(OnRevoke),
    takeover=st.sampled_from(Takeover),
    max_duration_s=st.sampled_from([None, 60.0, 4000.0]),
)
SECONDS = st.none() | st.sampled_from([0.0, 30.0, 1000.0, 5000.0])
JOBS = st.sampled_from([True, False, None])
MEMBERS = st.sampled_from([ANA, BEN])
GRANTS = st.builds(
    Granted,
    member=MEMBERS,
    session_id=st.uuids().map(str),
    more_time=st.booleans(),
    maintainer=st.booleans(),
    until_closing_s=SECONDS,
    right_left_s=SECONDS,
)
INPUTS = st.builds(
    lambda kind, is_open, cuts: InputChanged(name=kind.value, kind=kind, open=is_open, cuts=cuts),
    st.sampled_from(InputKind),
    st.booleans(),
    st.sampled_from(Cuts),
)
EVENTS: st.SearchStrategy[MachineEvent] = st.one_of(
    st.builds(BadgeOut, member=MEMBERS),
    st.builds(BadgeBack, member=MEMBERS),
    st.builds(CurrentReading, flows=st.booleans()),
    st.builds(ServiceChanged, in_service=st.booleans()),
    st.builds(LimitsChanged, until_closing_s=SECONDS, right_left_s=SECONDS),
    st.builds(ResetRequested, on_the_spot=st.booleans()),
    st.sampled_from(
        [Revoked(reason=DenyReason.CREDENTIAL_LOST), EndRequested(), CutRequested(), SwitchFailed()]
    ),
)
POWERED = (MachinePhase.ARMED, MachinePhase.RUNNING)


class Machines(RuleBasedStateMachine):
    """One machine, and beside it a contactor that only does what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.how = SessionRules()
        self.now_s = 0.0
        self.state = initial(0.0, metered=True)
        self.main_on = self.second_on = False
        self.shown = self.state.phase
        self.powered_s = self.counted_s = self.gap_s = 0.0
        self.open_sessions: set[str] = set()
        self.latched: set[tuple[object, str | None]] = set()

    @initialize(how=RULES, metered=st.booleans())
    def begin(self, how: SessionRules, metered: bool) -> None:
        self.how = how
        self.state = initial(0.0, metered=metered)

    def run(self, event: MachineEvent, at_s: float) -> None:
        before = self.state
        self._pass_to(at_s)
        self.state, effects = step(self.state, event, at_s, self.how)
        for effect in effects:
            self._obey(effect, before)

    def _pass_to(self, at_s: float) -> None:
        """The contactor's own clock: how long the dangerous part has had power."""
        if self.main_on:
            self.powered_s += at_s - self.now_s
        self.now_s = at_s

    def _obey(self, effect: MachineEffect, before: MachineState) -> None:
        match effect:
            case SetMain(on=on):
                assert on is not self.main_on
                self.main_on = on
            case SetSecond(on=on):
                self.second_on = on
            case PhaseChanged(phase=phase):
                self.shown = phase
            case SessionStarted(session_id=id):
                assert not self.open_sessions
                self.open_sessions.add(id)
            case SessionEnded():
                self._end(effect, before)
            case FaultRaised(kind=kind, input=name, latched=True):
                self.latched.add((kind, name))
            case FaultReset(kind=kind, input=name):
                self.latched.discard((kind, name))
            case _:
                pass

    def _end(self, end: SessionEnded, before: MachineState) -> None:
        self.open_sessions.remove(end.session_id)
        assert math.isclose(end.powered_s, end.active_s + end.idle_s + end.gap_s)
        self.counted_s += end.active_s + end.idle_s
        self.gap_s += end.gap_s
        if end.cause is EndCause.IDLE:
            assert not end.was_running

    @rule(event=GRANTS)
    def is_granted(self, event: Granted) -> None:
        self.passes(1.0)
        self.run(event, self.now_s)

    @rule(running=JOBS)
    def sees_a_job(self, running: bool | None) -> None:
        self.passes(1.0)
        self.run(JobReading(running=running), self.now_s)

    @rule(event=EVENTS | INPUTS, after_s=st.sampled_from([0.0, 0.5, 4.0]))
    def happens(self, event: MachineEvent, after_s: float) -> None:
        self.passes(after_s)
        self.run(event, self.now_s)

    @rule()
    def recovers(self) -> None:
        """Everything that stands in the way is put right, on the spot."""
        for opened in self.state.open_inputs:
            closed = InputChanged(name=opened.name, kind=opened.kind, open=False)
            self.run(closed, self.now_s)
        self.run(CurrentReading(flows=False), self.now_s)
        self.run(ServiceChanged(in_service=True), self.now_s)
        self.run(ResetRequested(on_the_spot=True), self.now_s)
        assert self.state.phase is not MachinePhase.FAULT

    @rule(seconds=st.sampled_from([1.0, 10.0, 100.0, 5000.0]))
    def passes(self, seconds: float) -> None:
        """An agent ticks whenever something is due."""
        until = self.now_s + seconds
        while (due := next_deadline(self.state, self.how)) is not None and due <= until:
            self.run(Tick(), max(due, self.now_s))
        self.run(Tick(), until)

    @rule(seconds=st.sampled_from([3.0, 200.0]))
    def is_busy(self, seconds: float) -> None:
        """The loop did not run for a while: several timers are due at once."""
        self.run(Tick(), self.now_s + seconds)

    @rule()
    def is_denied(self) -> None:
        self.passes(0.0)
        before = self.state
        after, effects = step(before, TapDenied(), self.now_s, self.how)
        assert (after, effects) == (before, ())

    @precondition(lambda self: self.state.phase is MachinePhase.RUNNING)
    @rule(seconds=st.sampled_from([10.0, 1000.0]))
    def meter_falls_silent(self, seconds: float) -> None:
        """Whatever else may end it, an unknown meter alone never does."""
        self.run(JobReading(running=None), self.now_s)
        session = self.state.session
        if session is None:
            return
        endless = replace(session, closing_at_s=None, right_end_s=None, out_since_s=None)
        state = replace(self.state, session=endless)
        rules = replace(self.how, max_duration_s=None)
        state, _ = step(state, Tick(), self.now_s + seconds, rules)
        assert state.phase is MachinePhase.RUNNING

    @rule(in_service=st.booleans())
    def restarts(self, in_service: bool) -> None:
        """Power is gone; what was latched is not."""
        before = self.state
        saved = msgspec.json.decode(msgspec.json.encode(before), type=MachineState)
        assert saved == before
        metered = before.metered
        self.main_on = True
        self.state, effects = restore(saved, self.now_s, metered=metered, in_service=in_service)
        for effect in effects:
            self._obey(effect, before)
        assert self.state.latches == before.latches
        assert not self.open_sessions

    @precondition(lambda self: self.main_on)
    @rule(seconds=st.sampled_from([0.5, 60.0]))
    def agent_is_lost_and_holds(self, seconds: float) -> None:
        """The contactor stays on while nobody looks: a gap, and never idle by guess."""
        session = self.state.session
        assert session is not None
        taken = resume_session(
            self.state,
            self.now_s + seconds,
            same_boot=True,
            switch_restarted=False,
            in_service=self.state.in_service,
        )
        if taken is None:
            assert not self.state.in_service
            return
        assert taken.session is not None
        assert taken.session.gap_s == session.gap_s + seconds
        self._pass_to(self.now_s + seconds)
        self.state = taken
        self.shown = taken.phase
        self.run(Tick(), self.now_s)

    @invariant()
    def dangerous_power_is_on_only_in_armed_and_running(self) -> None:
        assert self.main_on is self.state.main_on is (self.state.phase in POWERED)

    @invariant()
    def second_switch_does_as_told(self) -> None:
        assert self.second_on is self.state.second_on
        resting = (MachinePhase.OFF, MachinePhase.OUT_OF_SERVICE)
        assert not (self.state.phase in resting and self.second_on)

    @invariant()
    def power_and_a_session_go_together(self) -> None:
        session = self.state.session
        assert (session is not None) is self.state.main_on
        assert self.open_sessions == ({session.id} if session is not None else set())

    @invariant()
    def latched_is_fault(self) -> None:
        assert {(x.kind, x.input) for x in self.state.latches} == self.latched
        assert (self.state.phase is MachinePhase.FAULT) is bool(self.latched)

    @invariant()
    def nothing_has_power_while_an_input_is_open(self) -> None:
        kinds = {opened.kind for opened in self.state.open_inputs} - {InputKind.START}
        assert not (self.main_on and kinds)

    @rule(is_open=st.booleans())
    def a_start_condition_changes(self, is_open: bool) -> None:
        """Nothing but the next start hears of it."""
        self.passes(0.0)
        before = self.state
        event = InputChanged(name="start-lid", kind=InputKind.START, open=is_open, cuts=Cuts.ALL)
        self.run(event, self.now_s)
        assert replace(self.state, open_inputs=()) == replace(before, open_inputs=())

    @invariant()
    def seconds_are_counted_once(self) -> None:
        counted, gap = self.counted_s, self.gap_s
        if self.state.session is not None:
            counted += self.state.session.active_s + self.state.session.idle_s
            gap += self.state.session.gap_s
        assert math.isclose(counted + gap, self.powered_s, abs_tol=1e-6)

    @invariant()
    def what_is_shown_is_so(self) -> None:
        assert self.shown is self.state.phase

    @invariant()
    def what_is_due_is_still_to_come(self) -> None:
        due = next_deadline(self.state, self.how)
        assert due is None or due >= self.now_s - 1e-9


TestMachines = Machines.TestCase
TestMachines.settings = settings(max_examples=examples(250), stateful_step_count=40, deadline=None)
