"""States, faults, warnings and refusals in words, as visual.md has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.facts import Language
from controller.domain.states import (
    DoorPhase,
    EndCause,
    FaultKind,
    MachinePhase,
    Refusal,
    WarningKind,
)
from controller.domain.words.time import lasting, say


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What to show: a title (what), and lines (what is missing, what to do, who can help)."""

    title: str
    lines: tuple[str, ...] = ()


_Both = tuple[str, str]

_MACHINE: Mapping[MachinePhase, _Both] = {
    MachinePhase.OFF: ("Libre", "Free"),
    MachinePhase.ARMED: ("Prête", "Ready"),
    MachinePhase.RUNNING: ("En marche", "Running"),
    MachinePhase.COOLING: ("Refroidit", "Cooling"),
    MachinePhase.FAULT: ("En défaut", "Fault"),
    MachinePhase.OUT_OF_SERVICE: ("Hors service", "Out of service"),
}

_DOOR: Mapping[DoorPhase, _Both] = {
    DoorPhase.LOCKED: ("Verrouillée", "Locked"),
    DoorPhase.RELEASED: ("Déverrouillée", "Unlocked"),
    DoorPhase.OPEN: ("Ouverte", "Open"),
    DoorPhase.HELD: ("Restée ouverte", "Held open"),
    DoorPhase.FORCED: ("Forcée", "Forced"),
}

_CAUSE: Mapping[EndCause, _Both] = {
    EndCause.BADGE_OUT: ("Badge retiré", "Badged out"),
    EndCause.IDLE: ("Restée sans travail", "Left idle"),
    EndCause.MAX_DURATION: ("Durée maximale atteinte", "Longest duration reached"),
    EndCause.HOURS_END: ("Fin des horaires", "End of hours"),
    EndCause.RIGHT_END: ("Fin de validité", "End of validity"),
    EndCause.REVOKED: ("Droit retiré", "Right withdrawn"),
    EndCause.OUT_OF_SERVICE: ("Mise hors service", "Taken out of service"),
    EndCause.TAKEN_OVER: ("Reprise par quelqu’un d’autre", "Taken over by somebody else"),
    EndCause.ENDED_BY_STAFF: ("Terminée par l’équipe", "Ended by staff"),
    EndCause.CUT_BY_STAFF: ("Coupée par l’équipe", "Cut by staff"),
    EndCause.FAULT: ("Coupée par un défaut", "Cut by a fault"),
    EndCause.AGENT_RESTARTED: ("Coupée au redémarrage", "Cut by a restart"),
    EndCause.SUPERSEDED: ("Remplacée par la suivante", "Superseded by the next"),
}

_FAULT: Mapping[FaultKind, tuple[_Both, _Both]] = {
    FaultKind.ESTOP: (
        ("Arrêt d’urgence", "Emergency stop"),
        (
            "Écartez le danger, relevez le bouton, puis la maintenance badge ici.",
            "Remove the danger, release the button, then a maintainer taps here.",
        ),
    ),
    FaultKind.FIRE: (
        ("Alarme incendie", "Fire alarm"),
        (
            "Évacuez. Le réarmement se fait sur place.",
            "Leave the building. It is reset on the spot.",
        ),
    ),
    FaultKind.INTERLOCK: (
        ("Sécurité ouverte en marche", "Safety guard lost under power"),
        (
            "Refermez la protection, puis la maintenance réarme.",
            "Close the guard, then a maintainer resets it.",
        ),
    ),
    FaultKind.POWER_WHILE_OFF: (
        ("Courant alors que c’est coupé", "Power while switched off"),
        (
            "Contacteur collé : coupez au disjoncteur et appelez la maintenance.",
            "Welded contact: switch off at the breaker and call maintenance.",
        ),
    ),
    FaultKind.SWITCH_FAILED: (
        ("La coupure ne répond plus", "The power switch does not answer"),
        (
            "N’utilisez pas la machine et appelez la maintenance.",
            "Do not use the machine and call maintenance.",
        ),
    ),
    FaultKind.JOB_UNKNOWN: (
        ("Mesure absente", "No measure"),
        (
            "La machine compte comme en marche. Vérifiez le compteur.",
            "The machine counts as running. Check the meter.",
        ),
    ),
}

_WARNING: Mapping[WarningKind, tuple[_Both, _Both]] = {
    WarningKind.IDLE: (
        ("Arrêt dans {left}", "Stops in {left}"),
        ("Badgez pour continuer.", "Tap to go on."),
    ),
    WarningKind.MAX_DURATION: (
        ("Durée maximale dans {left}", "Longest duration in {left}"),
        ("Pensez à finir votre travail.", "Please finish your work."),
    ),
    WarningKind.HOURS_END: (
        ("Fin des horaires dans {left}", "Hours end in {left}"),
        ("Pensez à finir votre travail.", "Please finish your work."),
    ),
}

_REFUSAL: Mapping[Refusal, tuple[_Both, _Both]] = {
    Refusal.JOB_RUNNING: (
        ("Le travail est en cours", "A job is running"),
        ("Attendez la fin, puis badgez.", "Wait for its end, then tap."),
    ),
    Refusal.INPUT_OPEN: (
        ("Une sécurité est ouverte", "A safety input is open"),
        ("Refermez-la, puis recommencez.", "Close it, then try again."),
    ),
    Refusal.ON_THE_SPOT_ONLY: (
        ("Réarmement sur place seulement", "Reset on the spot only"),
        ("Allez voir la machine, puis badgez-y.", "Go and look, then tap there."),
    ),
    Refusal.CURRENT_FLOWS: (
        ("Du courant passe encore", "Current still flows"),
        ("Coupez au disjoncteur.", "Switch off at the breaker."),
    ),
    Refusal.NO_FAULT: (
        ("Aucun défaut à réarmer", "No fault to reset"),
        ("Rien à faire.", "Nothing to do."),
    ),
    Refusal.FAULT_LATCHED: (
        ("En défaut", "Fault"),
        ("La maintenance doit réarmer.", "A maintainer must reset it."),
    ),
    Refusal.OUT_OF_SERVICE: (
        ("Hors service", "Out of service"),
        ("Prenez une autre machine.", "Take another machine."),
    ),
    Refusal.NO_SESSION: (
        ("Personne ne l’utilise", "Nobody is using it"),
        ("Rien à arrêter.", "Nothing to stop."),
    ),
    Refusal.IN_USE: (
        ("Déjà utilisée", "In use"),
        ("Attendez la fin, puis badgez.", "Wait for the end, then tap."),
    ),
    Refusal.FIRE: (
        ("Alarme incendie", "Fire alarm"),
        (
            "La porte reste libre jusqu’au réarmement sur place.",
            "The door stays free until it is reset on the spot.",
        ),
    ),
}


def machine_word(phase: MachinePhase, language: Language) -> str:
    """The state in a word or two."""
    return say(language, *_MACHINE[phase])


def door_word(phase: DoorPhase, language: Language) -> str:
    """The state in a word or two."""
    return say(language, *_DOOR[phase])


def cause_word(cause: EndCause, language: Language) -> str:
    """Why a session ended."""
    return say(language, *_CAUSE[cause])


def fault_text(kind: FaultKind, language: Language) -> Text:
    """What is wrong, and what to do."""
    return _text(_FAULT[kind], language)


def refusal_text(why: Refusal, language: Language) -> Text:
    """Why something asked was not done, and what to do."""
    return _text(_REFUSAL[why], language)


def warning_text(kind: WarningKind, left_s: float, language: Language) -> Text:
    """What ends soon, and what to do."""
    title, line = _WARNING[kind]
    left = lasting(left_s, language)
    return Text(title=say(language, *title).format(left=left), lines=(say(language, *line),))


def _text(both: tuple[_Both, _Both], language: Language) -> Text:
    title, line = both
    return Text(title=say(language, *title), lines=(say(language, *line),))
