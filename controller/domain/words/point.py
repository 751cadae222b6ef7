"""What an access point says of itself when nobody taps: its state, and what to do there."""

from collections.abc import Mapping

from controller.domain.facts import OnEnd, PresenceMode, SessionRules
from controller.domain.machine.state import MachineState
from controller.domain.states import DoorPhase, FaultKind, InputKind, MachinePhase, Refusal
from controller.domain.words.catalogue import N_, Translator
from controller.domain.words.states import Text, door_word, fault_text, machine_word, refusal_text

_DOOR_LINES: Mapping[DoorPhase, str] = {
    DoorPhase.LOCKED: N_("Badgez pour entrer."),
    DoorPhase.RELEASED: N_("Ouvrez la porte."),
    DoorPhase.OPEN: N_("Refermez derrière vous."),
    DoorPhase.HELD: N_("Fermez la porte."),
    DoorPhase.FORCED: N_("Fermez la porte et prévenez un responsable."),
}


def machine_text(
    state: MachineState,
    rules: SessionRules,
    translator: Translator,
    service_reason: str | None = None,
) -> Text:
    """The state in a word or two, then what to do. A title that ends in *dans* or *in* is
    followed by the time left, which changes too often to stand in a text.
    """
    if state.latches:
        return fault_text(state.latches[0].kind, translator)
    if state.session is not None and state.session.warned_s is not None:
        line = translator.say("Badgez pour continuer.")
        return Text(title=translator.say("Arrêt dans"), lines=(line,))
    if state.phase is MachinePhase.OUT_OF_SERVICE:
        reason = (service_reason,) if service_reason else ()
        text = refusal_text(Refusal.OUT_OF_SERVICE, translator)
        return Text(title=text.title, lines=(*reason, *text.lines))
    if state.phase is MachinePhase.OFF and state.open_of(InputKind.INTERLOCK):
        return refusal_text(Refusal.INPUT_OPEN, translator)
    if state.phase is MachinePhase.OFF and state.open_inputs:
        line = translator.say("Mettez la machine en position de départ.")
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
    """The state in a word or two, then what to do. A fire wins over everything."""
    if fire:
        return fault_text(FaultKind.FIRE, translator)
    if phase is DoorPhase.LOCKED and not in_service:
        title = translator.say("Hors service")
        line = translator.say("Prenez une autre porte.")
        return Text(title=title, lines=(service_reason, line) if service_reason else (line,))
    return Text(title=door_word(phase, translator), lines=(translator.say(_DOOR_LINES[phase]),))


def _machine_line(phase: MachinePhase, rules: SessionRules, translator: Translator) -> str:
    if phase is MachinePhase.OFF:
        return translator.say("Badgez pour commencer.")
    if phase is MachinePhase.COOLING:
        return translator.say("Laissez refroidir, ou badgez pour reprendre.")
    if phase is MachinePhase.RUNNING and rules.on_end is OnEnd.REFUSE:
        return translator.say("Attendez la fin du travail.")
    if rules.presence is PresenceMode.SLOT:
        return translator.say("Retirez le badge pour finir.")
    return translator.say("Badgez pour finir.")
