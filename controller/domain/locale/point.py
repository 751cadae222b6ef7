"""Texts of an idle access point: its state, and what to do there."""

from collections.abc import Mapping

from controller.domain.facts import OnEnd, PresenceMode, SessionRules
from controller.domain.locale.catalogue import N_, Translator
from controller.domain.locale.states import Text, door_word, fault_text, machine_word, refusal_text
from controller.domain.machine.state import MachineState
from controller.domain.states import DoorPhase, FaultKind, InputKind, MachinePhase, Refusal

_DOOR_LINES: Mapping[DoorPhase, str] = {
    DoorPhase.LOCKED: N_("Tap to enter."),
    DoorPhase.RELEASED: N_("Open the door."),
    DoorPhase.OPEN: N_("Close it behind you."),
    DoorPhase.HELD: N_("Close the door."),
    DoorPhase.FORCED: N_("Close the door and tell a manager."),
}


def machine_text(
    state: MachineState,
    rules: SessionRules,
    translator: Translator,
    service_reason: str | None = None,
) -> Text:
    """Return the state in a few words, then what to do.

    The display adds the time left to a title that ends in *dans* or *in*.
    """
    if state.latches:
        return fault_text(state.latches[0].kind, translator)
    if state.session is not None and state.session.warned_s is not None:
        line = translator.say("Tap to continue.")
        return Text(title=translator.say("Stops in"), lines=(line,))
    if state.phase is MachinePhase.OUT_OF_SERVICE:
        reason = (service_reason,) if service_reason else ()
        text = refusal_text(Refusal.OUT_OF_SERVICE, translator)
        return Text(title=text.title, lines=(*reason, *text.lines))
    if state.phase is MachinePhase.OFF and state.open_inputs_of(InputKind.INTERLOCK):
        return refusal_text(Refusal.INPUT_OPEN, translator)
    if state.phase is MachinePhase.OFF and state.open_inputs:
        line = translator.say("Put the machine in its starting position.")
    else:
        line = _machine_line(state.phase, rules, translator)
    return Text(title=machine_word(state.phase, translator), lines=(line,))


def door_text(
    phase: DoorPhase,
    translator: Translator,
    *,
    in_service: bool = True,
    fire: bool = False,
    service_reason: str | None = None,
) -> Text:
    """Return the state in a few words, then what to do; a fire overrides everything else."""
    if fire:
        return fault_text(FaultKind.FIRE, translator)
    if phase is DoorPhase.LOCKED and not in_service:
        title = translator.say("Out of service")
        line = translator.say("Take another door.")
        return Text(title=title, lines=(service_reason, line) if service_reason else (line,))
    return Text(title=door_word(phase, translator), lines=(translator.say(_DOOR_LINES[phase]),))


def _machine_line(phase: MachinePhase, rules: SessionRules, translator: Translator) -> str:
    if phase is MachinePhase.OFF:
        return translator.say("Tap to start.")
    if phase is MachinePhase.COOLING:
        return translator.say("Let it cool, or tap to continue.")
    if phase is MachinePhase.RUNNING and rules.on_end is OnEnd.REFUSE:
        return translator.say("Wait for the job to end.")
    if rules.presence is PresenceMode.SLOT:
        return translator.say("Take the badge out to end.")
    return translator.say("Tap to end.")
