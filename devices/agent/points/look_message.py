"""Makes the texts of a display: the access point, what to do, the time left."""

from contextlib import suppress

from controller.domain.door.state import DoorState
from controller.domain.facts import AccessPoint, Aid, Holder
from controller.domain.ids import HolderKey
from controller.domain.locale.catalogue import Translator
from controller.domain.locale.decision import warning_text
from controller.domain.locale.point import door_text, machine_text
from controller.domain.machine.events import WarningShown
from controller.domain.machine.state import MachineState
from controller.domain.states import WarningKind
from devices.agent.points.machine_looks import off_at_s
from devices.agent.tools import Tools
from devices.ports import DeviceError, Flash, Indicator, Message


class MachineMessages:
    """Makes a machine's messages, in the language of the session's member, or else of the site."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._last_holder: tuple[HolderKey | None, Holder | None] = (None, None)

    def message(self, state: MachineState, point: AccessPoint, key: HolderKey | None) -> Message:
        """Return the message for the machine's state.

        Only warnings and faults are spoken, and only if the session's member has asked for speech;
        anything else was spoken at the tap.
        """
        words, is_spoken = self._translator_for(key)
        text = machine_text(state, point.session, words, point.service_reason)
        left_s, of_s = _time_left(state, point, self._tools.clock.mono())
        warned = state.session is not None and state.session.warned_s is not None
        return Message(
            text.title,
            text.lines,
            words.language,
            speak=is_spoken and (warned or bool(state.latches)),
            left_s=left_s,
            of_s=of_s,
            name=point.name.read(words.language),
        )

    def warn(
        self, indicator: Indicator | None, warned: WarningShown, key: HolderKey | None
    ) -> None:
        """Show for a moment that the session will end; an idle warning has a look of its own."""
        if indicator is None or warned.kind is WarningKind.IDLE:
            return
        words, is_spoken = self._translator_for(key)
        text = warning_text(warned.kind, warned.left_s, words)
        with suppress(DeviceError):
            indicator.flash(
                Flash.NOTED, Message(text.title, text.lines, words.language, speak=is_spoken)
            )

    def _translator_for(self, key: HolderKey | None) -> tuple[Translator, bool]:
        """Return the translator, and whether speech is wanted; looked up once per session."""
        if key != self._last_holder[0]:
            self._last_holder = key, None if key is None else self._tools.judge.holder(key)
        holder, site = self._last_holder[1], self._tools.judge.facts.site.language
        if holder is None:
            return self._tools.words.of(site), False
        return self._tools.words.of(holder.language, site), Aid.SPEECH in holder.aids


def door_message(state: DoorState, point: AccessPoint, translator: Translator) -> Message:
    """Return a door's message, in the site's language."""
    text = door_text(
        state.phase,
        translator,
        in_service=point.in_service and point.commissioned,
        fire=state.fire_latched,
        service_reason=point.service_reason,
    )
    return Message(
        text.title, text.lines, translator.language, name=point.name.read(translator.language)
    )


def _time_left(
    state: MachineState, point: AccessPoint, now_s: float
) -> tuple[float | None, float | None]:
    """Return the seconds until the machine switches off, and the length of that period; or None
    twice."""
    off_s = off_at_s(state, point.session)
    if off_s is None or state.latches:
        return None, None
    warned_s = None if state.session is None else state.session.warned_s
    begun_s = state.since_s if warned_s is None else warned_s
    return max(0.0, off_s - now_s), max(1.0, off_s - begun_s)
