"""What to do and what to look for at each step of a commissioning."""

from collections.abc import Mapping

from controller.domain.commissioning import Step, StepName
from controller.domain.words.catalogue import N_, Translator

_KILL = N_(
    "Remettez sous tension, puis tuez l’agent sur son Pi :"
    " sudo systemctl kill --signal=SIGKILL loquet-agent"
)

_DO: Mapping[StepName, str] = {
    StepName.BADGE: N_("Présentez le badge d’un responsable de maintenance au lecteur."),
    StepName.POWER_ON: N_("Machine débranchée du contacteur : mettez sous tension avec ce badge."),
    StepName.POWER_OFF: N_("Présentez le badge de nouveau."),
    StepName.ESTOP: N_("Remettez sous tension, puis appuyez sur l’arrêt d’urgence."),
    StepName.ESTOP_RESET: N_("Relâchez l’arrêt d’urgence, puis présentez le badge de maintenance."),
    StepName.INTERLOCK: N_("Remettez sous tension, puis ouvrez la sécurité (capot, porte, débit)."),
    StepName.START_CONDITION: N_(
        "Hors tension, écartez la machine de sa position de départ (capot, axe), puis badgez."
    ),
    StepName.AGENT_KILLED: _KILL,
    StepName.STRIKE: N_("Présentez un badge qui a le droit d’entrer."),
    StepName.CONTACT: N_("Ouvrez la porte, puis refermez-la."),
    StepName.REX: N_("Sortez : bouton ou poignée de sortie."),
    StepName.FIRE: N_("Faites déclencher l’entrée incendie par la personne qui en a la charge."),
    StepName.WAY_OUT: N_("Débranchez le Pi, et sortez comme en cas d’urgence."),
}
_SEE: Mapping[StepName, str] = {
    StepName.POWER_ON: N_("Le contacteur s’est-il fermé ?"),
    StepName.POWER_OFF: N_("Le contacteur s’est-il ouvert ?"),
    StepName.ESTOP: N_(
        "L’arrêt d’urgence garde-t-il à lui seul le contacteur ouvert, quel que soit le badge ?"
    ),
    StepName.INTERLOCK: N_("La sécurité a-t-elle ouvert le contacteur à elle seule ?"),
    StepName.START_CONDITION: N_(
        "Est-elle restée hors tension, et démarre-t-elle une fois remise en position ?"
    ),
    StepName.AGENT_KILLED: N_("Le contacteur s’est-il ouvert en une seconde ?"),
    StepName.STRIKE: N_("La porte s’ouvre-t-elle, et se verrouille-t-elle ensuite ?"),
    StepName.REX: N_("La porte vous a-t-elle laissé sortir ?"),
    StepName.FIRE: N_(
        "La porte s’est-elle ouverte par le matériel seul, et reste-t-elle ouverte ?"
    ),
    StepName.WAY_OUT: N_("La porte vous a-t-elle laissé sortir sans aucun courant de Loquet ?"),
}
_WITHOUT_EVENT: Mapping[StepName, tuple[str, str]] = {
    StepName.BADGE: (
        N_("Aucun lecteur n’est câblé ici."),
        N_("Sait-on comment elle sera utilisée ?"),
    ),
    StepName.ESTOP: (
        N_("Aucun arrêt d’urgence n’est câblé au Pi. Si la machine en a un, essayez-le."),
        N_("Coupe-t-il la machine à lui seul, ou la machine s’en passe-t-elle sans danger ?"),
    ),
    StepName.AGENT_KILLED: (
        _KILL,
        N_("Câblage « hold » : est-elle restée sous tension, sans danger pour personne ?"),
    ),
    StepName.CONTACT: (
        N_("Aucun contact n’est câblé : une porte forcée ou restée ouverte ne sera pas vue."),
        N_("Est-ce voulu ?"),
    ),
    StepName.REX: (
        N_("Aucun bouton de sortie n’est câblé : chaque sortie se fait par la poignée."),
        N_("Peut-on sortir sans badge ?"),
    ),
}


def to_do(step: Step, translator: Translator) -> str:
    """What to do."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    return translator.say(special[0] if special else _DO[step.name])


def to_see(step: Step, translator: Translator) -> str | None:
    """The question whose answer must be yes; None: the event says all."""
    special = _WITHOUT_EVENT.get(step.name) if step.needs_remark else None
    question = special[1] if special else _SEE.get(step.name)
    return None if question is None else translator.say(question)
