"""The words of a display that are not in the message: the time left, and what a flash says."""

from collections.abc import Mapping

from controller.domain.words.catalogue import N_, Translator
from devices.ports import Flash, Look, Message

_WORDS: Mapping[Look | Flash, str] = {
    Look.FREE: N_("Libre"),
    Look.ARMED: N_("Allumée"),
    Look.RUNNING: N_("En marche"),
    Look.IDLE_WARNING: N_("Arrêt dans"),
    Look.COOLING: N_("Refroidit"),
    Look.OUT_OF_SERVICE: N_("Hors service"),
    Look.FAULT: N_("En défaut"),
    Look.RELEASED: N_("Ouvert"),
    Look.STARTING: N_("Démarrage"),
    Flash.GRANTED: N_("Bienvenue"),
    Flash.DENIED: N_("Refusé"),
    Flash.NOTED: N_("C’est noté"),
    Flash.IDENTIFY: N_("C’est moi"),
}


def told(what: Look | Flash, message: Message | None, translator: Translator) -> Message:
    """The message, or the word for what is shown without one."""
    return message or Message(translator.say(_WORDS[what]), language=translator.language)


def left_text(left_s: float) -> str:
    """Time left, the same in every language: `2 h 05`, `12 min`, `1:45`, `0:40`."""
    whole = max(0, round(left_s))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d}"
    if whole >= 600:
        return f"{whole // 60} min"
    return f"{whole // 60}:{whole % 60:02d}"
