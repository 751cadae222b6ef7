"""States, faults, warnings and refusals in words, as visual.md has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.domain.states import (
    DoorPhase,
    EndCause,
    FaultKind,
    MachinePhase,
    Refusal,
    WarningKind,
)
from controller.domain.words.catalogue import N_, NC_, Translator
from controller.domain.words.time import lasting


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What to show: a title (what), and lines (what is missing, what to do, who can help)."""

    title: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n".join((self.title, *self.lines))


_MACHINE: Mapping[MachinePhase, str] = {
    MachinePhase.OFF: N_("Libre"),
    MachinePhase.ARMED: N_("Allumée"),
    MachinePhase.RUNNING: N_("En marche"),
    MachinePhase.COOLING: N_("Refroidit"),
    MachinePhase.FAULT: N_("En défaut"),
    MachinePhase.OUT_OF_SERVICE: N_("Hors service"),
}

_DOOR: Mapping[DoorPhase, str] = {
    DoorPhase.LOCKED: N_("Verrouillée"),
    DoorPhase.RELEASED: N_("Déverrouillée"),
    DoorPhase.OPEN: N_("Ouverte"),
    DoorPhase.HELD: N_("Restée ouverte"),
    DoorPhase.FORCED: N_("Forcée"),
}

_CAUSE: Mapping[EndCause, str] = {
    EndCause.BADGE_OUT: N_("Badge retiré"),
    EndCause.IDLE: N_("Restée sans travail"),
    EndCause.MAX_DURATION: N_("Durée maximale atteinte"),
    EndCause.HOURS_END: N_("Fin des horaires"),
    EndCause.RIGHT_END: N_("Fin de validité"),
    EndCause.REVOKED: N_("Droit retiré"),
    EndCause.OUT_OF_SERVICE: N_("Mise hors service"),
    EndCause.TAKEN_OVER: N_("Reprise par quelqu’un d’autre"),
    EndCause.ENDED_BY_STAFF: N_("Terminée par l’équipe"),
    EndCause.CUT_BY_STAFF: N_("Coupée par l’équipe"),
    EndCause.FAULT: N_("Coupée par un défaut"),
    EndCause.AGENT_RESTARTED: N_("Coupée au redémarrage"),
    EndCause.SUPERSEDED: N_("Remplacée par la suivante"),
}

_FAULT: Mapping[FaultKind, tuple[str, str]] = {
    FaultKind.ESTOP: (
        N_("Arrêt d’urgence"),
        N_("Écartez le danger, relevez le bouton, puis la maintenance badge ici."),
    ),
    FaultKind.FIRE: (N_("Alarme incendie"), N_("Évacuez. Le réarmement se fait sur place.")),
    FaultKind.INTERLOCK: (
        N_("Sécurité ouverte en marche"),
        N_("Refermez la protection, puis la maintenance réarme."),
    ),
    FaultKind.POWER_WHILE_OFF: (
        N_("Courant alors que c’est coupé"),
        N_("Contacteur collé : coupez au disjoncteur et appelez la maintenance."),
    ),
    FaultKind.SWITCH_FAILED: (
        N_("La coupure ne répond plus"),
        N_("N’utilisez pas la machine et appelez la maintenance."),
    ),
    FaultKind.JOB_UNKNOWN: (
        N_("Mesure absente"),
        N_("La machine compte comme en marche. Vérifiez le compteur."),
    ),
}

_WARNING: Mapping[WarningKind, tuple[str, str]] = {
    WarningKind.IDLE: (N_("Arrêt dans %(left)s"), N_("Badgez pour continuer.")),
    WarningKind.MAX_DURATION: (
        N_("Durée maximale dans %(left)s"),
        N_("Pensez à finir votre travail."),
    ),
    WarningKind.HOURS_END: (
        N_("Fin des horaires dans %(left)s"),
        N_("Pensez à finir votre travail."),
    ),
}

_REFUSAL: Mapping[Refusal, tuple[str, str]] = {
    Refusal.JOB_RUNNING: (
        N_("Le travail est en cours"),
        NC_("job", "Attendez la fin, puis badgez."),
    ),
    Refusal.INPUT_OPEN: (N_("Une sécurité est ouverte"), N_("Refermez-la, puis recommencez.")),
    Refusal.ON_THE_SPOT_ONLY: (
        N_("Réarmement sur place seulement"),
        N_("Allez voir la machine, puis badgez-y."),
    ),
    Refusal.CURRENT_FLOWS: (N_("Du courant passe encore"), N_("Coupez au disjoncteur.")),
    Refusal.NO_FAULT: (N_("Aucun défaut à réarmer"), N_("Rien à faire.")),
    Refusal.FAULT_LATCHED: (N_("En défaut"), N_("La maintenance doit réarmer.")),
    Refusal.OUT_OF_SERVICE: (N_("Hors service"), N_("Prenez une autre machine.")),
    Refusal.NO_SESSION: (N_("Personne ne l’utilise"), N_("Rien à arrêter.")),
    Refusal.IN_USE: (N_("Occupée"), N_("Attendez la fin, puis badgez.")),
    Refusal.FIRE: (
        N_("Alarme incendie"),
        N_("La porte reste libre jusqu’au réarmement sur place."),
    ),
}


def machine_word(phase: MachinePhase, translator: Translator) -> str:
    """The state in a word or two."""
    return translator.say(_MACHINE[phase])


def door_word(phase: DoorPhase, translator: Translator) -> str:
    """The state in a word or two."""
    return translator.say(_DOOR[phase])


def cause_word(cause: EndCause, translator: Translator) -> str:
    """Why a session ended."""
    return translator.say(_CAUSE[cause])


def cause_name(cause: EndCause) -> str:
    """The same, as a text that is still to be said."""
    return _CAUSE[cause]


def fault_text(kind: FaultKind, translator: Translator) -> Text:
    """What is wrong, and what to do."""
    return _text(_FAULT[kind], translator)


def fault_name(kind: FaultKind) -> str:
    """What it is called, as a text that is still to be said."""
    return _FAULT[kind][0]


def refusal_text(why: Refusal, translator: Translator) -> Text:
    """Why something asked was not done, and what to do."""
    return _text(_REFUSAL[why], translator)


def warning_text(kind: WarningKind, left_s: float, translator: Translator) -> Text:
    """What ends soon, and what to do."""
    title, line = _WARNING[kind]
    left = lasting(left_s, translator)
    return Text(title=translator.say(title, left=left), lines=(translator.say(line),))


def _text(both: tuple[str, str], translator: Translator) -> Text:
    title, line = both
    return Text(title=translator.say(title), lines=(translator.say(line),))
