"""What an access point says of itself when nobody taps: its state, and what to do there."""

from collections.abc import Mapping

from controller.domain.facts import Language, OnEnd, PresenceMode, SessionRules
from controller.domain.machine.state import MachineState
from controller.domain.states import DoorPhase, FaultKind, MachinePhase, Refusal
from controller.domain.words.states import Text, door_word, fault_text, machine_word, refusal_text
from controller.domain.words.time import say

_DOOR_LINES: Mapping[DoorPhase, tuple[str, str]] = {
    DoorPhase.LOCKED: ("Badgez pour entrer.", "Tap to enter."),
    DoorPhase.RELEASED: ("Ouvrez la porte.", "Open the door."),
    DoorPhase.OPEN: ("Refermez derrière vous.", "Close it behind you."),
    DoorPhase.HELD: ("Fermez la porte.", "Close the door."),
    DoorPhase.FORCED: (
        "Fermez la porte et prévenez un responsable.",
        "Close the door and tell a manager.",
    ),
}


def machine_text(
    state: MachineState, rules: SessionRules, language: Language, service_reason: str | None = None
) -> Text:
    """The state in a word or two, then what to do. A title that ends in *dans* or *in* is
    followed by the time left, which changes too often to stand in a text.
    """
    if state.latches:
        return fault_text(state.latches[0].kind, language)
    if state.session is not None and state.session.warned_s is not None:
        line = say(language, "Badgez pour continuer.", "Tap to go on.")
        return Text(title=say(language, "Arrêt dans", "Stops in"), lines=(line,))
    if state.phase is MachinePhase.OUT_OF_SERVICE:
        reason = (service_reason,) if service_reason else ()
        text = refusal_text(Refusal.OUT_OF_SERVICE, language)
        return Text(title=text.title, lines=(*reason, *text.lines))
    if state.phase is MachinePhase.OFF and state.open_inputs:
        return refusal_text(Refusal.INPUT_OPEN, language)
    line = _machine_line(state.phase, rules, language)
    return Text(title=machine_word(state.phase, language), lines=(line,))


def door_text(
    phase: DoorPhase,
    language: Language,
    *,
    in_service: bool = True,
    fire: bool = False,
    service_reason: str | None = None,
) -> Text:
    """The state in a word or two, then what to do. A fire wins over everything."""
    if fire:
        return fault_text(FaultKind.FIRE, language)
    if phase is DoorPhase.LOCKED and not in_service:
        title = say(language, "Hors service", "Out of service")
        line = say(language, "Prenez une autre porte.", "Take another door.")
        return Text(title=title, lines=(service_reason, line) if service_reason else (line,))
    return Text(title=door_word(phase, language), lines=(say(language, *_DOOR_LINES[phase]),))


def _machine_line(phase: MachinePhase, rules: SessionRules, language: Language) -> str:
    if phase is MachinePhase.OFF:
        return say(language, "Badgez pour commencer.", "Tap to start.")
    if phase is MachinePhase.COOLING:
        fr = "Laissez refroidir, ou badgez pour reprendre."
        return say(language, fr, "Let it cool, or tap to go on.")
    if phase is MachinePhase.RUNNING and rules.on_end is OnEnd.REFUSE:
        return say(language, "Attendez la fin du travail.", "Wait for the job’s end.")
    if rules.presence is PresenceMode.SLOT:
        return say(language, "Retirez le badge pour finir.", "Take the badge out to end.")
    return say(language, "Badgez pour finir.", "Tap to end.")
