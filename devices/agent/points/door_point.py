"""One direction of a door as an access point: taps, exit button, contact, fire alarm and strike."""

import logging
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace

from controller.domain.access.decision import Decision
from controller.domain.door import door
from controller.domain.door.events import (
    Contact,
    DoorEffect,
    DoorEvent,
    DoorGranted,
    DoorPassed,
    DoorTick,
    FireInput,
    FireResetRequested,
    FollowHoursRequested,
    KeepReleasedRequested,
    LockRequested,
    NotUsed,
    ReleaseRequested,
    Rex,
)
from controller.domain.facts import DoorRules
from controller.domain.ids import MemberRef
from controller.domain.locale.decision import refusal_text
from controller.domain.states import DoorPhase, FaultKind
from controller.wire import events as wire
from controller.wire.codec import encode
from controller.wire.commands import (
    CommandArgs,
    FollowHours,
    HoldDoor,
    LockDoor,
    ReleaseDoor,
    ResetFault,
)
from controller.wire.ids import uuid7
from controller.wire.messages import PointState, State
from devices.agent.hardware import PointDevices, PointWiring
from devices.agent.judge import PointCondition, Tap
from devices.agent.link.outcome import DONE, Outcome, first_refusal, refusal
from devices.agent.points.door_events import EffectContext, Grant, journal_events
from devices.agent.points.door_hours import DoorHours
from devices.agent.points.door_memory import SavedDoor
from devices.agent.points.look_message import door_message
from devices.agent.points.machine_looks import SteadyWallTime
from devices.agent.points.point import Point, TapMessage
from devices.agent.points.tap_events import denied_event, granted_event
from devices.agent.tools import Tools
from devices.ports import DeviceError, DeviceEvent, Flash, InputChanged, Look, Message

log = logging.getLogger(__name__)

FIRE = "fire"
"""An input whose name starts like this is connected to the fire alarm."""
HOURS_EVERY_S = 10.0
"""How often public hours are checked."""
_LOOKS = {
    DoorPhase.LOCKED: Look.FREE,
    DoorPhase.RELEASED: Look.RELEASED,
    DoorPhase.OPEN: Look.RELEASED,
    DoorPhase.HELD: Look.FAULT,
    DoorPhase.FORCED: Look.FAULT,
}


class DoorPoint(Point):
    """A door, locked at the start.

    If a fire had released it, it stays released: software never locks a door after a fire.
    """

    def __init__(
        self, wiring: PointWiring, devices: PointDevices, tools: Tools, *, saved: SavedDoor
    ) -> None:
        super().__init__(wiring, devices, tools)
        clock = tools.clock
        self._grants: dict[str, Grant] = {}
        self._since = SteadyWallTime(clock.now, clock.mono)
        self._opened_s: float | None = None
        self._moved: tuple[bool, float | None] | None = None
        """The last command to the strike: whether it is released, and until when."""
        self._saved_state = saved
        self._hours_at = 0.0
        self._hours = DoorHours(tools, saved.staff_lock)
        self._door = door.initial(
            clock.mono(),
            fire_latched=saved.fire_latched,
            locked_by_staff=self._hours.is_locked_by_staff(),
        )
        self._move_strike()
        for name, device in devices.inputs.items():
            if (active := device.active()) is not None and name != "rex":
                self._input(name, active, clock.mono())

    def now(self) -> PointCondition:
        """See Point."""
        return PointCondition(fault_latched=self._door.fire_latched)

    def handle_grant(self, tap: Tap, decision: Decision) -> TapMessage:
        """See Point."""
        holder = tap.holder
        if holder is None:
            return TapMessage(Flash.DENIED)
        grant = Grant(holder.member, max(1, holder.headcount or 1))
        self._grants[grant_id := uuid7()] = grant
        effects = self._step(DoorGranted(grant_id=grant_id), tap.mono_s)
        self.note(granted_event(self.tools, tap, decision))
        self._journal(effects, granted=grant)
        return TapMessage(Flash.GRANTED)

    def handle_denial(self, tap: Tap, decision: Decision) -> bool:
        """See Point. A maintainer resets a fire alarm with their badge."""
        if not decision.detail.can_reset or tap.holder is None:
            return False
        effects = self._step(FireResetRequested(on_the_spot=True), tap.mono_s)
        self._journal(effects, member=tap.holder.member)
        why = first_refusal(effects)
        shown = None if why is None else refusal_text(why, self.words(tap))
        self.flash(Flash.NOTED if why is None else Flash.DENIED, shown, tap)
        self.note(denied_event(self.tools, tap, decision))
        return True

    def sense(self, event: DeviceEvent) -> None:
        """See Point."""
        if isinstance(event, InputChanged):
            name = event.device.partition("/inputs.")[2]
            self._input(name, event.active, self.tools.clock.mono())

    def run_timers(self, now_s: float) -> None:
        """See Point."""
        due = door.next_deadline(self._door, self.facts.door)
        if due is not None and due <= now_s:
            self._do(DoorTick(), now_s)
        if now_s >= self._hours_at:
            self._check_hours(now_s)

    def next_timer(self) -> float | None:
        """See Point."""
        due = door.next_deadline(self._door, self.facts.door)
        return self._hours_at if due is None else min(due, self._hours_at)

    def renew(self, now_s: float) -> None:
        """See Point. Nothing to do, since a strike has its own time limit."""

    def note_absence(self, since_s: float) -> None:
        """See Point. Nothing to do, since a strike has its own time limit."""

    def recheck(self) -> None:
        """See Point."""
        self._check_hours(self.tools.clock.mono())

    def command(self, args: CommandArgs, command_id: str) -> Outcome:
        """See Point."""
        rules = self.facts.door
        event: DoorEvent | None = None
        match args:
            case ReleaseDoor(pulse_s=pulse_s):
                rules = rules if pulse_s is None else replace(rules, pulse_s=pulse_s)
                event = ReleaseRequested()
            case HoldDoor(until=until):
                self._hours.hold_unlocked(until)
                event = KeepReleasedRequested()
            case LockDoor():
                self._hours.lock(self.facts)
                event = LockRequested()
            case FollowHours():
                self._hours.follow_schedule()
                event = FollowHoursRequested()
            case ResetFault():
                event = FireResetRequested(on_the_spot=False)
        if event is None:
            return refusal("not_for_a_door")
        effects = self._step(event, self.tools.clock.mono(), rules)
        self._journal(effects, rules=rules)
        why = first_refusal(effects)
        return DONE if why is None else refusal(why.value)

    def state(self) -> PointState:
        """See Point."""
        state = self._door
        ready = self.facts.in_service and self.facts.commissioned
        faults = [FaultKind.FIRE.value] if state.fire_latched else []
        return PointState(
            state=State(state.phase.value),
            since=self._since.of(state.since_s),
            available=ready and not self.device_faults.current and not state.fire_latched,
            ends_at=self._hours.hold_until if state.held_released else None,
            faults=tuple(sorted({*faults, *self.device_faults.current.values()})),
        )

    def look(self) -> tuple[Look, Message | None]:
        """See Point."""
        free = self._door.phase is DoorPhase.LOCKED
        message = door_message(self._door, self.facts, self.words())
        if free and not (self.facts.in_service and self.facts.commissioned):
            return Look.OUT_OF_SERVICE, message
        return _LOOKS[self._door.phase], message

    def saved(self) -> Mapping[str, bytes | None]:
        """See Point."""
        state = self._door
        lock = self._hours.saved_lock(locked_by_staff=state.locked_by_staff)
        now = SavedDoor(fire_latched=state.fire_latched, staff_lock=lock)
        if now == self._saved_state:
            return {}
        self._saved_state = now
        return {f"point/{self.id}": encode(now)}

    def outputs_off(self) -> None:
        """See Point. The door is locked, unless a fire has released it."""
        if self.devices.strike is not None and not self._door.fire_latched:
            with suppress(DeviceError):
                self.devices.strike.lock()

    def stop(self) -> None:
        """See Point."""
        self.outputs_off()
        self.settle()
        self.devices.close()

    def fail(self) -> None:
        """See Point. The strike stays as its driver left it, and the fault is reported."""
        event = self.tools.recorder.event(wire.FaultRaised, self.id, fault="point_failed")
        self.note(event)

    def _input(self, name: str, active: bool | None, now_s: float) -> None:
        """Handle a contact, the exit button or the fire alarm; an unreadable input counts as a fire
        only."""
        if name.startswith(FIRE):
            self._do(FireInput(active=active is not False), now_s)
        elif active is None:
            return
        elif name == "contact":
            self._contact(active, now_s)
        elif name == "rex":
            if active:
                self._do(Rex(), now_s)
        else:
            recorder = self.tools.recorder
            self.note(recorder.event(wire.InputChanged, self.id, input=name, active=active))

    def _contact(self, is_open: bool, now_s: float) -> None:
        if is_open and self._opened_s is None:
            self._opened_s = now_s
        self._do(Contact(open=is_open), now_s)
        if not is_open:
            self._opened_s = None

    def _check_hours(self, now_s: float) -> None:
        """Apply the start or end of public hours, or the end of a `hold_door`."""
        self._hours_at = now_s + HOURS_EVERY_S
        for event in self._hours.events(self.facts):
            self._do(event, now_s)

    def _step(
        self, event: DoorEvent, at_s: float, rules: DoorRules | None = None
    ) -> tuple[DoorEffect, ...]:
        """Pass an event to the door's state machine, and move the strike before anything else."""
        self._door, effects = door.step(self._door, event, at_s, rules or self.facts.door)
        self._move_strike()
        return effects

    def _move_strike(self) -> None:
        """Release or lock the strike if that has changed.

        A release with an end is also limited by the strike's own timer, which is set again if the
        end changes.
        """
        state, strike = self._door, self.devices.strike
        until_s = None if state.is_free else state.released_until_s
        target = (state.strike_released, until_s)
        if target == self._moved or strike is None:
            return
        self._moved = target
        try:
            if not state.strike_released:
                strike.lock()
            elif until_s is None:
                strike.release()
            else:
                strike.release(max(0.1, until_s - self.tools.clock.mono()))
        except DeviceError as error:
            log.error("the strike of %s does not obey: %s", self.id, error)

    def _do(self, event: DoorEvent, now_s: float) -> None:
        """Handle an event without a tap, and journal its effects."""
        self._journal(self._step(event, now_s))

    def _journal(
        self,
        effects: tuple[DoorEffect, ...],
        *,
        granted: Grant | None = None,
        member: MemberRef | None = None,
        rules: DoorRules | None = None,
    ) -> None:
        if not effects:
            return
        opened = self._opened_s
        about = EffectContext(
            grants=self._grants,
            granted=granted,
            opened_before_s=None if opened is None else self.tools.clock.mono() - opened,
            pulse_s=(rules or self.facts.door).pulse_s,
            member=member,
        )
        self.note(*journal_events(effects, self.facts, self.tools.recorder, about))
        for effect in effects:
            if isinstance(effect, DoorPassed | NotUsed):
                self._grants.pop(effect.grant_id, None)
