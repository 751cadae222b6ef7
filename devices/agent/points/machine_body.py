"""A machine's state, its switches, and what it saves on disk."""

from collections.abc import Mapping

from controller.domain.facts import Assurance, SessionRules
from controller.domain.ids import HolderKey
from controller.domain.machine import machine
from controller.domain.machine.events import (
    MachineEffect,
    MachineEvent,
    SessionStarted,
    SwitchFailed,
    Tick,
)
from controller.domain.machine.state import MachineState
from controller.domain.states import InputKind
from controller.wire.codec import encode
from devices.agent.hardware import PointDevices, PointWiring
from devices.agent.judge import PointCondition, Tap
from devices.agent.points.machine_memory import SavedMachine, begin, observed_until
from devices.agent.points.machine_outputs import MachineOutputs
from devices.agent.tools import Tools
from devices.ports import SwitchState


class MachineBody:
    """Steps the machine's state machine.

    Switches move before anything is written; with `hold`, the session is written before power is
    on.
    """

    def __init__(self, wiring: PointWiring, devices: PointDevices, tools: Tools) -> None:
        self._wiring, self._devices, self._tools = wiring, devices, tools
        self.outputs = MachineOutputs(devices.power, devices.cooling, tools.clock.mono)
        self.state = MachineState(at_s=tools.clock.mono(), metered=bool(wiring.sources))
        self.key: HolderKey | None = None
        self.assurance: Assurance | None = None
        self.unknown: set[str] = set()
        """Safety inputs without a value yet: while there are any, everybody is denied."""
        self._switch_boot: str | None = None
        """The switch's boot id when it was switched on; None: it had sent none."""
        self._last_saved: object = None
        self._save_count = 0

    def begin(
        self, saved: SavedMachine | None, *, in_service: bool, taken_up: bool
    ) -> tuple[MachineEffect, ...]:
        """Start from the saved state: off with its latches, or, with `hold`, with the session
        continued.

        A switch that reads as off was not held.
        """
        power, now_s, tools = self._devices.power, self._tools.clock.mono(), self._tools
        was_on = taken_up and power is not None and power.state() is not SwitchState.OFF
        self.state, effects, continues = begin(
            saved,
            now_s,
            metered=bool(self._wiring.sources),
            in_service=in_service,
            taken_up=was_on,
            switch_boot=None if power is None else power.boot,
            last_record=observed_until(
                saved, tools.recorder.boot, tools.last_seen, now_s, self._limit_s
            ),
        )
        if continues and saved is not None:
            self.outputs.take_up(second_on=self.state.second_on)
            self.key, self.assurance = saved.key, saved.assurance
            self._switch_boot = saved.switch_boot
        self.outputs.carry_out(effects)
        return effects

    def step(
        self, event: MachineEvent, at_s: float, rules: SessionRules, tap: Tap | None = None
    ) -> tuple[MachineEffect, ...]:
        """Pass an event to the state machine, and move the switches at once."""
        state, effects = machine.step(self.state, event, at_s, rules)
        if state.main_on and not self.state.main_on:
            self._switch_boot = None if self._devices.power is None else self._devices.power.boot
            if self._wiring.holds:
                self._save_before_power(state, tap)
        failed = self.outputs.carry_out(effects)
        if failed is not None:
            state, more = machine.step(state, SwitchFailed(), at_s, rules)
            self.outputs.carry_out(more)
            effects += more
        self.state = state
        if tap is not None and any(isinstance(effect, SessionStarted) for effect in effects):
            self.key, self.assurance = tap.key, tap.assurance
        return effects

    def note_absence(self, since_s: float, rules: SessionRules) -> tuple[MachineEffect, ...]:
        """Note that the agent was stalled since then, so that the time counts as not observed."""
        self.state, effects = machine.step(self.state, Tick(), since_s, rules)
        self.outputs.carry_out(effects)
        self.state = machine.add_gap(self.state, self._tools.clock.mono(), self._limit_s)
        return effects

    @property
    def switch_restarted(self) -> bool:
        """Whether the switch has restarted since it was switched on.

        A switch that was on when the agent started reports its boot id only later.
        """
        power = self._devices.power
        boot, boot_before = None if power is None else power.boot, self._switch_boot
        return self.state.main_on and None not in (boot, boot_before) and boot != boot_before

    @property
    def _limit_s(self) -> float | None:
        power = self._devices.power
        return None if power is None else power.capabilities.time_limit_s

    def stop(self, rules: SessionRules, *, in_service: bool) -> tuple[MachineEffect, ...]:
        """Switch power off and end the session, because the agent stops."""
        now_s = self._tools.clock.mono()
        state, tick_effects = machine.step(self.state, Tick(), now_s, rules)
        self.state, effects = machine.restore(
            state, now_s, metered=bool(self._wiring.sources), in_service=in_service
        )
        self.outputs.carry_out(effects)
        return tick_effects + effects

    def forget_key(self) -> None:
        """Forget the credential if the session has ended; call this once its events are made."""
        if self.state.session is None:
            self.key = self.assurance = None

    def now(self) -> PointCondition:
        """Return what the machine adds to the context of a tap."""
        state, unknown = self.state, self.unknown
        at_start = {name for name in unknown if InputKind.of(name) is InputKind.START}
        return PointCondition(
            held_by=None if state.session is None else state.session.member,
            held_running=state.held_running,
            fault_latched=bool(state.latches),
            open_interlocks=(
                *state.open_inputs_of(InputKind.INTERLOCK),
                *sorted(unknown - at_start),
            ),
            open_start_inputs=(*state.open_inputs_of(InputKind.START), *sorted(unknown & at_start)),
        )

    def save_again(self) -> None:
        """Have the session's seconds saved, even if nothing else has changed."""
        self._save_count += 1

    def saved(self) -> Mapping[str, bytes | None]:
        """Return what must outlast a restart, if it has changed since the last call; otherwise
        nothing."""
        state = self.state
        session = None if state.session is None else (state.session.id, state.session.ends_as)
        to_save = (state.phase, session, state.latches, self.key, self._save_count)
        if to_save == self._last_saved:
            return {}
        self._last_saved = to_save
        return {f"point/{self._wiring.id}": self._encode_state(state, self.key, self.assurance)}

    def _save_before_power(self, state: MachineState, tap: Tap | None) -> None:
        """Save the session before power is on, so that a restarted agent finds it (`hold`)."""
        key = self.key if tap is None else tap.key
        assurance = self.assurance if tap is None else tap.assurance
        self._tools.journal.write(
            saved={f"point/{self._wiring.id}": self._encode_state(state, key, assurance)},
            while_waiting=self._tools.keep_alive,
        )

    def _encode_state(
        self, state: MachineState, key: HolderKey | None, assurance: Assurance | None
    ) -> bytes:
        return encode(
            SavedMachine(
                boot=self._tools.recorder.boot,
                state=state,
                key=key,
                assurance=assurance,
                switch_boot=self._switch_boot,
            )
        )
