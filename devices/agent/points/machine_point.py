"""A machine as an access point: handles taps, commands and rights; switches power; journals
events."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from controller.domain.access.decide import identify
from controller.domain.access.decision import Decision
from controller.domain.facts import Aid, PresenceMode, Risk
from controller.domain.ids import MemberRef
from controller.domain.locale.decision import Text, refusal_text
from controller.domain.machine import machine
from controller.domain.machine.events import (
    BadgeOut,
    FaultReset,
    Granted,
    MachineEffect,
    MachineEvent,
    ResetRequested,
    ServiceChanged,
    SessionStarted,
    SwitchFailed,
    Tick,
    WarningShown,
)
from controller.domain.machine.moves import session_snapshot
from controller.domain.states import FaultKind, InputKind
from controller.wire import events as wire
from controller.wire.commands import CommandArgs, PulseSwitch
from controller.wire.ids import uuid7
from controller.wire.messages import PointState
from devices.agent.hardware import PointDevices, PointWiring, danger_refusal
from devices.agent.judge import PointCondition, Tap
from devices.agent.link.outcome import DONE, Outcome, first_refusal, refusal
from devices.agent.points.look_message import MachineMessages
from devices.agent.points.machine_body import MachineBody
from devices.agent.points.machine_commands import machine_event
from devices.agent.points.machine_looks import PointStateMessages, look_of
from devices.agent.points.machine_memory import SavedMachine
from devices.agent.points.machine_outputs import SwitchPulse, pulse_objection
from devices.agent.points.machine_rights import deny_if_unsafe, remaining_s, session_rights
from devices.agent.points.machine_senses import MachineSensors
from devices.agent.points.point import Point, TapMessage
from devices.agent.points.session_events import journal_events
from devices.agent.points.tap_events import denied_event, granted_event
from devices.agent.tools import Tools
from devices.ports import (
    CredentialGone,
    DeviceEvent,
    Flash,
    InputChanged,
    Look,
    Message,
    SwitchReported,
)

REVIEW_EVERY_S = 30.0
"""How often the rights of the session's member are checked, besides at each change of the
policy."""
SNAPSHOT_EVERY_S = 60.0
"""How often an open session's seconds are reported and saved."""


class MachinePoint(Point):
    """One machine. It starts switched off, or, with `hold`, with the session that it finds."""

    def __init__(
        self,
        wiring: PointWiring,
        devices: PointDevices,
        tools: Tools,
        *,
        saved: SavedMachine | None,
        taken_up: bool,
    ) -> None:
        super().__init__(wiring, devices, tools)
        self._body = MachineBody(wiring, devices, tools)
        self._pulse = SwitchPulse(self._body.outputs, devices.power, tools.clock.mono)
        self._senses = MachineSensors(wiring, devices.power)
        self._state_messages = PointStateMessages(tools.clock.now, tools.clock.mono)
        self._unsafe = danger_refusal(wiring)
        self._messages = MachineMessages(tools)
        self._review_at, self._report_at = 0.0, tools.clock.mono() + SNAPSHOT_EVERY_S
        self._make_safe()
        self._journal(self._body.begin(saved, in_service=self._in_service(), taken_up=taken_up))
        self._read_inputs()

    def now(self) -> PointCondition:
        """See Point."""
        here = self._body.now()
        return replace(here, fault_latched=True) if self._is_switch_unknown() else here

    def handle_grant(self, tap: Tap, decision: Decision) -> TapMessage:
        """See Point. If the session is the member's own, this ends or extends it."""
        holder = tap.holder
        if holder is None:
            return TapMessage(Flash.DENIED)
        event = Granted(
            member=holder.member,
            session_id=uuid7(),
            more_time=Aid.MORE_TIME in holder.aids,
            maintainer=self.id in holder.maintains,
            until_closing_s=remaining_s(decision.detail.hours_until, tap.now),
            right_left_s=remaining_s(decision.detail.right_until, tap.now),
        )
        effects = self._body.step(event, tap.mono_s, self.facts.session, tap)
        self.note(granted_event(self.tools, tap, decision))
        self._journal(effects)
        if (refusal := self._refusal(effects, tap)) is not None:
            return TapMessage(Flash.DENIED, refusal)
        return TapMessage(Flash.NOTED if tap.context.held_by == holder.member else Flash.GRANTED)

    def handle_denial(self, tap: Tap, decision: Decision) -> bool:
        """See Point. A maintainer may reset a fault, and the session's member may always end it."""
        session, holder = self._body.state.session, tap.holder
        if holder is None:
            return False
        if decision.detail.can_reset and self._body.state.latches:
            if not self._step_by_tap(ResetRequested(on_the_spot=True), tap):
                self.note(denied_event(self.tools, tap, decision))
            return True
        if session is None or session.member != holder.member:
            return False
        if identify(holder, self.facts, tap.now, tap.context) is not None:
            return False
        self._step_by_tap(BadgeOut(member=holder.member), tap)
        self.note(denied_event(self.tools, tap, decision))
        return True

    def inputs_known(self) -> bool:
        """See Point."""
        return not self._body.unknown

    def sense(self, event: DeviceEvent) -> None:
        """See Point."""
        now_s = self.tools.clock.mono()
        if isinstance(event, SwitchReported) and event.mono_s < self._body.outputs.on_at_s:
            return  # an old report from before it was switched on
        if isinstance(event, InputChanged):
            name = event.device.partition("/inputs.")[2]
            self._body.unknown.discard(name)
            if InputKind.of(name) is None and event.active is not None:
                recorder, active = self.tools.recorder, event.active
                self.note(recorder.event(wire.InputChanged, self.id, input=name, active=active))
        for change in self._senses.events(event, self._body.state):
            self._do(change, now_s)
        if self._body.switch_restarted:
            self._do(SwitchFailed(), now_s)
        if isinstance(event, CredentialGone):
            self._badge_gone(event, now_s)

    def run_timers(self, now_s: float) -> None:
        """See Point."""
        due = machine.next_deadline(self._body.state, self.facts.session)
        if due is not None and due <= now_s:
            self._do(Tick(), now_s)
        if self._body.state.session is not None:
            if now_s >= self._review_at:
                self._review(now_s)
            if now_s >= self._report_at:
                self._report_progress(now_s)
        self._pulse.end(now_s, main_on=self._body.state.main_on)
        self._body.outputs.renew(now_s)

    def next_timer(self) -> float | None:
        """See Point."""
        state = self._body.state
        due = machine.next_deadline(state, self.facts.session)
        own = [due, self._body.outputs.renew_at, self._pulse.ends_at]
        if state.session is not None:
            own += [self._review_at, self._report_at]
        return min((due for due in own if due is not None), default=None)

    def renew(self, now_s: float) -> None:
        """See Point."""
        self._body.outputs.renew(now_s)

    def note_absence(self, since_s: float) -> None:
        """See Point."""
        self._journal(self._body.note_absence(since_s, self.facts.session))

    def recheck(self) -> None:
        """See Point."""
        self._make_safe()
        now_s = self.tools.clock.mono()
        if (in_service := self._in_service()) != self._body.state.in_service:
            self._do(ServiceChanged(in_service=in_service), now_s)
        if self._body.state.session is not None:
            self._review(now_s)

    def command(self, args: CommandArgs, command_id: str) -> Outcome:
        """See Point."""
        if isinstance(args, PulseSwitch):
            return self._pulse_switch(args)
        event = machine_event(args, self._body.state.session)
        if isinstance(event, Outcome):
            return event
        effects = self._body.step(event, self.tools.clock.mono(), self.facts.session)
        self._journal(effects, command_id)
        why = first_refusal(effects)
        return DONE if why is None else refusal(why.value)

    def _pulse_switch(self, args: PulseSwitch) -> Outcome:
        state, holds = self._body.state, self.wiring.holds
        why = pulse_objection(self.facts, state, holds=holds, barred=self._is_barred())
        return self._pulse.begin(args.pulse_s) if why is None else refusal(why)

    def _is_barred(self) -> bool:
        """Return whether a fault, an open or unknown input, or the switch keeps everybody off.

        With power on, only start conditions can be open, and they no longer matter.
        """
        state, unknown = self._body.state, self._body.unknown
        is_open = bool(state.open_inputs) and not state.main_on
        is_unknown = bool(unknown) or self._is_switch_unknown()
        return bool(state.latches or is_open or is_unknown or self.device_faults.current)

    def _is_switch_unknown(self) -> bool:
        """Return whether a machine that is off can't be switched on, because of its switch."""
        return self._senses.switch_unknown and not self._body.state.main_on

    def state(self) -> PointState:
        """See Point."""
        state = self._body.state
        is_barred = self._is_barred()
        faults = [
            *(latch.kind.value for latch in state.latches),
            *self.device_faults.current.values(),
        ]
        return self._state_messages.message(
            state,
            self.facts.session,
            available=state.in_service and not is_barred,
            faults=faults,
            watts=self._senses.drawn.watts if state.main_on else None,
        )

    def look(self) -> tuple[Look, Message | None]:
        """See Point."""
        state = self._body.state
        return look_of(state), self._messages.message(state, self.facts, self._body.key)

    def saved(self) -> Mapping[str, bytes | None]:
        """See Point."""
        return self._body.saved()

    def outputs_off(self) -> None:
        """See Point."""
        self._body.outputs.off()

    def stop(self) -> None:
        """See Point. With `hold`, power and session stay as they are."""
        if not self.wiring.holds:
            self._journal(self._body.stop(self.facts.session, in_service=self._in_service()))
            self.settle()
            self.devices.close()

    def fail(self) -> None:
        """See Point."""
        self._do(SwitchFailed(), self.tools.clock.mono())

    def _in_service(self) -> bool:
        return self.facts.in_service and self.facts.commissioned

    def _make_safe(self) -> None:
        dangerous = self.facts.risk is Risk.DANGEROUS
        self.facts = deny_if_unsafe(self.facts, unsafe=dangerous and self._unsafe is not None)

    def _read_inputs(self) -> None:
        """Read the safety inputs; while one has no value yet, everybody is denied."""
        now = {name: device.active() for name, device in self.devices.inputs.items()}
        self._body.unknown |= {name for name in now if now[name] is None and InputKind.of(name)}
        for name, active in now.items():
            for change in () if active is None else self._senses.input(name, active):
                self._do(change, self.tools.clock.mono())

    def _badge_gone(self, event: CredentialGone, now_s: float) -> None:
        """End the session if its badge has left the slot; another badge is ignored."""
        session = self._body.state.session
        if session is None or self.facts.session.presence is not PresenceMode.SLOT:
            return
        if self._body.key in self.tools.judge.keys.names(event.credential):
            self._do(BadgeOut(member=session.member), now_s)

    def _review(self, now_s: float) -> None:
        """Check against the current policy whether the session may continue, and until when."""
        self._review_at = now_s + REVIEW_EVERY_S
        judge, clock = self.tools.judge, self.tools.clock
        if self._body.key is not None:
            holder = judge.holder(self._body.key)
            self._do(session_rights(holder, self.facts, self.now(), judge, clock), now_s)

    def _report_progress(self, now_s: float) -> None:
        """Report and save the seconds so far, so that a power cut loses at most a minute of
        them."""
        self._report_at = now_s + SNAPSHOT_EVERY_S
        self._do(Tick(), now_s)
        self._journal(session_snapshot(self._body.state))
        self._body.save_again()

    def _step_by_tap(self, event: MachineEvent, tap: Tap) -> bool:
        """Step the state machine for a tap without a grant; show and return whether it
        succeeded."""
        effects = self._body.step(event, tap.mono_s, self.facts.session)
        self._journal(effects, member=None if tap.holder is None else tap.holder.member)
        refusal = self._refusal(effects, tap)
        self.flash(Flash.NOTED if refusal is None else Flash.DENIED, refusal, tap)
        return refusal is None

    def _do(self, event: MachineEvent, now_s: float) -> None:
        """Handle an event without a tap, and journal its effects."""
        self._journal(self._body.step(event, now_s, self.facts.session))

    def _journal(
        self,
        effects: Sequence[MachineEffect],
        command_id: str | None = None,
        member: MemberRef | None = None,
    ) -> None:
        session = self._body.state.session
        self.note(
            *journal_events(
                effects,
                self.id,
                self.tools.recorder,
                key=self._body.key,
                session_id=None if session is None else session.id,
                command_id=command_id,
                member=member,
            )
        )
        for effect in effects:
            if isinstance(effect, SessionStarted):  # reported and saved already
                self._report_at = self._body.state.at_s + SNAPSHOT_EVERY_S
            if isinstance(effect, FaultReset) and effect.kind is FaultKind.SWITCH_FAILED:
                self.note(*self.device_faults.clear_dropped_switches())
            if isinstance(effect, WarningShown):
                self._messages.warn(self.devices.indicator, effect, self._body.key)
        self._body.forget_key()

    def _refusal(self, effects: Sequence[MachineEffect], tap: Tap) -> Text | None:
        why = first_refusal(effects)
        return None if why is None else refusal_text(why, self.words(tap))
