"""What machines and doors have in common at the agent: taps, device faults, and their indicator."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from controller.domain.access.decision import Decision
from controller.domain.facts import Aid, Language
from controller.domain.ids import AccessPointId
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import Text, explain
from controller.wire import events as wire
from controller.wire.commands import CommandArgs, Identify, PersonaliseCard, ReadCredential
from controller.wire.events import Event
from controller.wire.messages import PointState, State
from devices.agent.hardware import PointDevices, PointWiring
from devices.agent.judge import PointCondition, Tap
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.agent.points.card_write import CardWriteRequest
from devices.agent.points.device_faults import DeviceFaults
from devices.agent.points.guess_guard import FAULT as GUESSING
from devices.agent.points.guess_guard import GuessGuard
from devices.agent.points.reading import BadgeRequest
from devices.agent.points.tap_events import denied_event, read_event
from devices.agent.points.tap_pairs import Pairs
from devices.agent.tools import Tools
from devices.ports import (
    CardWritten,
    CredentialGone,
    CredentialRead,
    DeviceError,
    DeviceEvent,
    Fault,
    FaultCleared,
    Flash,
    FrameRejected,
    InputChanged,
    Look,
    Message,
    MeterSampled,
    SwitchReported,
)

# The message for a tap.


@dataclass(frozen=True, slots=True)
class TapMessage:
    """What to show for a tap; for a grant without text, the decision is explained."""

    flash: Flash
    text: Text | None = None


def tap_message(text: Text | None, tap: Tap | None, language: Language) -> Message | None:
    """Return the message for a display or speech, as the tap's member prefers it."""
    if text is None:
        return None
    holder = tap.holder if tap is not None else None
    speak = holder is not None and Aid.SPEECH in holder.aids
    return Message(text.title, text.lines, language, speak=speak)


log = logging.getLogger(__name__)


class Point(ABC):
    """One access point. All of it runs on the loop's thread; times are monotonic seconds."""

    def __init__(self, wiring: PointWiring, devices: PointDevices, tools: Tools) -> None:
        self.wiring, self.devices, self.tools = wiring, devices, tools
        self.id: AccessPointId = wiring.id
        self.device_faults = DeviceFaults(wiring.id, tools.recorder)
        self.facts = tools.judge.point(self.id, wiring.kind)
        self._guard = GuessGuard()
        self._reading = BadgeRequest()
        self._writing = CardWriteRequest(devices.reader, tools.judge)
        self._pairs = Pairs(wiring.id, tools, lambda event: self.note(event))
        self._published_state: PointState | None = None
        self._pending: list[Event] = []

    @abstractmethod
    def now(self) -> PointCondition:
        """Return what the point itself adds to a tap's context."""

    @abstractmethod
    def handle_grant(self, tap: Tap, decision: Decision) -> TapMessage:
        """Switch the outputs for a grant, then note its events; return what to show."""

    @abstractmethod
    def handle_denial(self, tap: Tap, decision: Decision) -> bool:
        """Carry out what a denied tap may still do (end a session, reset a fault); return whether
        it did."""

    @abstractmethod
    def sense(self, event: DeviceEvent) -> None:
        """Handle an input, a meter's reading, a badge that leaves, or a fault of an output."""

    @abstractmethod
    def run_timers(self, now_s: float) -> None:
        """Run the timers that are due."""

    @abstractmethod
    def next_timer(self) -> float | None:
        """Return the monotonic time of the next timer, or None."""

    @abstractmethod
    def renew(self, now_s: float) -> None:
        """Renew switches with a time limit, and do nothing else, since the loop is waiting for the
        disk."""

    @abstractmethod
    def recheck(self) -> None:
        """Check rights, hours and service again, because the policy or a supervision window has
        changed."""

    @abstractmethod
    def command(self, args: CommandArgs, command_id: str) -> Outcome:
        """Carry out a command."""

    @abstractmethod
    def state(self) -> PointState:
        """Return the point's state, for the broker."""

    @abstractmethod
    def look(self) -> tuple[Look, Message | None]:
        """Return what the point's indicator shows."""

    @abstractmethod
    def saved(self) -> Mapping[str, bytes | None]:
        """Return what must outlast a restart; nothing if it has not changed."""

    @abstractmethod
    def outputs_off(self) -> None:
        """Switch all power off. Never raises."""

    @abstractmethod
    def stop(self) -> None:
        """Stop with the agent: outputs off, hardware closed, events noted."""

    @abstractmethod
    def fail(self) -> None:
        """Latch a fault, because the point itself has failed."""

    @abstractmethod
    def note_absence(self, since_s: float) -> None:
        """Note that the loop was stalled since then, so that nothing was observed."""

    # What they share.

    def inputs_known(self) -> bool:
        """Return whether all safety inputs have a value; without, everybody is denied."""
        return True

    def tick(self, now_s: float) -> None:
        """Run what is due."""
        due = self.deadline()
        if due is None or due > now_s:
            return
        self._reading.tick(now_s)
        self._writing.tick(now_s)
        self.run_timers(now_s)
        self.settle()

    def deadline(self) -> float | None:
        """Return the monotonic time at which `tick` must be called, or None."""
        due = (self.next_timer(), self._reading.until_s, self._writing.until_s)
        return min((moment for moment in due if moment is not None), default=None)

    def device(self, event: DeviceEvent) -> None:
        """Handle an event of one of this point's devices."""
        match event:
            case CredentialRead():
                self._read(event)
            case Fault():
                self._device_fault(event)
            case FaultCleared():
                self._device_recovered(event)
            case CardWritten():
                if self._writing.finish(event):
                    self.flash(Flash.NOTED, None)
            case FrameRejected():
                log.warning("%s: malformed frame %d: %s", event.device, event.count, event.detail)
            case CredentialGone() | InputChanged() | MeterSampled() | SwitchReported():
                self.sense(event)
        self.settle()

    def run_command(
        self, args: CommandArgs, command_id: str, later: Callable[[Outcome], None]
    ) -> Outcome | None:
        """Carry out a command; None: `later` will be called with its outcome."""
        match args:
            case Identify():
                self.flash(Flash.IDENTIFY, None)
                return DONE
            case ReadCredential(timeout_s=timeout_s):
                if self.wiring.reader is None:
                    return refusal("no_reader")
                self._reading.begin(command_id, self.tools.clock.mono() + timeout_s, later)
                return None
            case PersonaliseCard():
                return self._writing.begin(args, command_id, self.tools.clock.mono(), later)
        outcome = self.command(args, command_id)
        self.settle()
        return outcome

    def panic(self) -> None:
        """Handle an unexpected exception: power off first, then latch a fault if that works."""
        self.outputs_off()
        try:
            self.fail()
            self.settle()
        except Exception:
            log.exception("%s cannot report its fault", self.id)

    def new_facts(self) -> None:
        """Use a new version of the policy."""
        self.facts = self.tools.judge.point(self.id, self.wiring.kind)
        self.recheck()
        self.settle()

    def settle(self) -> None:
        """Pass noted events to the journal, and publish a changed state, once the outputs are
        switched."""
        events, self._pending = self._pending, []
        saved = self.saved()
        if events or saved:
            self.tools.journal.append(*events, saved=saved)
        state = self.state()
        if state != self._published_state:
            self._published_state = state
            self.tools.publish(self.id, state)
            self._show()

    def republish(self) -> None:
        """Publish the state again, because the link came up."""
        self.tools.publish(self.id, self.state())

    def note(self, *events: Event) -> None:
        """Collect events until `settle` passes them to the journal."""
        self._pending.extend(events)

    def flash(self, flash: Flash, text: Text | None, tap: Tap | None = None) -> None:
        """Show something for a moment."""
        if self.devices.indicator is not None:
            # an indicator reports its own faults, and must not stop anything
            with suppress(DeviceError):
                self.devices.indicator.flash(
                    flash, tap_message(text, tap, self.words(tap).language)
                )

    def words(self, tap: Tap | None = None) -> Translator:
        """Return the translator for the member who taps, or for the site."""
        site = self.tools.judge.facts.site.language
        holder = None if tap is None else tap.holder
        return self.tools.words.of(site if holder is None else holder.language, site)

    def _show(self) -> None:
        if self.devices.indicator is not None:
            with suppress(DeviceError):
                self.devices.indicator.show(*self.look())

    def _read(self, read: CredentialRead) -> None:
        """Handle a badge: decide, switch the output, then do everything else."""
        if self._guard.ignores(read.mono_s):
            return
        judge = self.tools.judge
        tap = judge.tap(read.credential, read.assurance, self.facts, self.now())
        if self._reading.awaited:
            self._answer_reading(tap)
            return
        if self._pairs.window(tap):
            self.flash(Flash.NOTED, None, tap)
            judge.remember(tap)
            return
        decision = judge.decide(tap)
        if decision.granted:
            self._on_grant(tap, decision)
        else:
            self._on_denial(tap, decision)
        judge.remember(tap)
        self._check_guessing(tap)

    def _on_grant(self, tap: Tap, decision: Decision) -> None:
        shown = self.handle_grant(tap, decision)
        if shown.flash is not Flash.GRANTED:
            self.flash(shown.flash, shown.text, tap)
            return
        self._pairs.admit(tap)
        self.flash(Flash.GRANTED, self._explanation(tap, decision), tap)

    def _on_denial(self, tap: Tap, decision: Decision) -> None:
        if self.handle_denial(tap, decision):
            return
        if self._pairs.certify(tap, decision):
            self.flash(Flash.NOTED, None, tap)
            return
        self.flash(Flash.DENIED, self._explanation(tap, decision), tap)
        self.note(denied_event(self.tools, tap, decision))

    def _explanation(self, tap: Tap, decision: Decision) -> Text:
        return explain(decision, self.facts, self.tools.judge.facts.site, self.words(tap))

    def _answer_reading(self, tap: Tap) -> None:
        """Reply with the badge that a `read_credential` command waits for, without deciding on
        it."""
        command_id = self._reading.answer(tap)
        self.flash(Flash.NOTED, None, tap)
        self.note(read_event(self.tools, tap, command_id))

    def _check_guessing(self, tap: Tap) -> None:
        """Count unknown badges, and slow the reader down if somebody tries one after the other."""
        recorder = self.tools.recorder
        if tap.holder is not None:
            if self._guard.note_known(tap.mono_s):
                self.note(recorder.event(wire.FaultReset, self.id, fault=GUESSING))
        elif self._guard.unknown(tap.mono_s):
            self.note(recorder.event(wire.FaultRaised, self.id, fault=GUESSING, device="reader"))

    def _device_fault(self, fault: Fault) -> None:
        if (event := self.device_faults.raise_fault(fault)) is not None:
            self.sense(fault)
            self.note(event)

    def _device_recovered(self, cleared: FaultCleared) -> None:
        if (event := self.device_faults.clear(cleared)) is not None:
            self.note(event)
        self.sense(cleared)


# Whether a restart of the agent would interrupt somebody.

_BUSY = (State.ARMED, State.RUNNING, State.COOLING, State.RELEASED)


def in_use(points: Iterable[Point]) -> bool:
    """Return whether somebody uses a machine, or goes through a door.

    A door that is held released does not count: it is locked for a moment only.
    """
    return any(point.state().state in _BUSY for point in points)
