"""What to do and what to look for at each step of a commissioning, in French and English."""

from collections.abc import Mapping

from controller.domain.commissioning import Step, StepName
from controller.domain.facts import Language
from controller.domain.words.time import say

_Both = tuple[str, str]
_N = StepName
_KILL = "sudo systemctl kill --signal=SIGKILL loquet-agent"

_DO: Mapping[StepName, _Both] = {
    _N.BADGE: (
        "Présentez le badge d’un responsable de maintenance au lecteur.",
        "Hold a maintainer’s badge to the reader.",
    ),
    _N.POWER_ON: (
        "Machine débranchée du contacteur : mettez sous tension avec ce badge.",
        "With the machine unplugged from the contactor: switch it on with that badge.",
    ),
    _N.POWER_OFF: ("Présentez le badge de nouveau.", "Hold the badge there again."),
    _N.ESTOP: (
        "Remettez sous tension, puis appuyez sur l’arrêt d’urgence.",
        "Switch it on again, then press the emergency stop.",
    ),
    _N.ESTOP_RESET: (
        "Relâchez l’arrêt d’urgence, puis présentez le badge de maintenance.",
        "Let the emergency stop go, then hold the maintainer’s badge to the reader.",
    ),
    _N.INTERLOCK: (
        "Remettez sous tension, puis ouvrez la sécurité (capot, porte, débit).",
        "Switch it on again, then open the interlock (lid, guard, flow).",
    ),
    _N.AGENT_KILLED: (
        f"Remettez sous tension, puis tuez l’agent sur son Pi : {_KILL}",
        f"Switch it on again, then kill the agent on its Pi: {_KILL}",
    ),
    _N.STRIKE: (
        "Présentez un badge qui a le droit d’entrer.",
        "Hold a badge that may enter to the reader.",
    ),
    _N.CONTACT: ("Ouvrez la porte, puis refermez-la.", "Open the door, then shut it."),
    _N.REX: ("Sortez : bouton ou poignée de sortie.", "Leave by the exit button or handle."),
    _N.FIRE: (
        "Faites déclencher l’entrée incendie par la personne qui en a la charge.",
        "Have whoever looks after the fire alarm trip its input.",
    ),
    _N.WAY_OUT: (
        "Débranchez le Pi, et sortez comme en cas d’urgence.",
        "Unplug the Pi, and leave as people do in an emergency.",
    ),
}
_SEE: Mapping[StepName, _Both] = {
    _N.POWER_ON: ("Le contacteur s’est-il fermé ?", "Has the contactor closed?"),
    _N.POWER_OFF: ("Le contacteur s’est-il ouvert ?", "Has the contactor opened?"),
    _N.ESTOP: (
        "L’arrêt d’urgence garde-t-il à lui seul le contacteur ouvert, quel que soit le badge ?",
        "Does the emergency stop by itself keep the contactor open, whatever the badge does?",
    ),
    _N.INTERLOCK: (
        "La sécurité a-t-elle ouvert le contacteur à elle seule ?",
        "Did the interlock by itself open the contactor?",
    ),
    _N.AGENT_KILLED: (
        "Le contacteur s’est-il ouvert en une seconde ?",
        "Did the contactor open within a second?",
    ),
    _N.STRIKE: (
        "La porte s’ouvre-t-elle, et se verrouille-t-elle ensuite ?",
        "Can the door be pulled open, and is it locked again afterwards?",
    ),
    _N.REX: ("La porte vous a-t-elle laissé sortir ?", "Did the door let you out?"),
    _N.FIRE: (
        "La porte s’est-elle ouverte par le matériel seul, et reste-t-elle ouverte ?",
        "Did the hardware alone release the door, and does it stay released?",
    ),
    _N.WAY_OUT: (
        "La porte vous a-t-elle laissé sortir sans aucun courant de Loquet ?",
        "Did the door let you out without any power from Loquet?",
    ),
}
_WITHOUT_EVENT: Mapping[StepName, tuple[_Both, _Both]] = {
    _N.BADGE: (
        ("Aucun lecteur n’est câblé ici.", "No reader is wired here."),
        ("Sait-on comment elle sera utilisée ?", "Is it known how it will be used?"),
    ),
    _N.ESTOP: (
        (
            "Aucun arrêt d’urgence n’est câblé au Pi. Si la machine en a un, essayez-le.",
            "No emergency stop is wired to the Pi. If the machine has one, try it.",
        ),
        (
            "Coupe-t-il la machine à lui seul, ou la machine s’en passe-t-elle sans danger ?",
            "Does it cut the machine by itself, or is the machine safe without one?",
        ),
    ),
    _N.AGENT_KILLED: (
        (
            f"Remettez sous tension, puis tuez l’agent sur son Pi : {_KILL}",
            f"Switch it on again, then kill the agent on its Pi: {_KILL}",
        ),
        (
            "Câblage « hold » : est-elle restée sous tension, sans danger pour personne ?",
            "Wired with “hold”: did it stay on, and is that safe for everybody?",
        ),
    ),
    _N.CONTACT: (
        (
            "Aucun contact n’est câblé : une porte forcée ou restée ouverte ne sera pas vue.",
            "No door contact is wired: a door that is forced or held open will not be seen.",
        ),
        ("Est-ce voulu ?", "Is that meant?"),
    ),
    _N.REX: (
        (
            "Aucun bouton de sortie n’est câblé : chaque sortie se fait par la poignée.",
            "No exit button is wired: people leave by the handle alone.",
        ),
        ("Peut-on sortir sans badge ?", "Can people leave without a badge?"),
    ),
}


def to_do(step: Step, language: Language) -> str:
    """What to do."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    return say(language, *(special[0] if special else _DO[step.name]))


def to_see(step: Step, language: Language) -> str | None:
    """The question whose answer must be yes; None: the event says all."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    both = special[1] if special else _SEE.get(step.name)
    return None if both is None else say(language, *both)
