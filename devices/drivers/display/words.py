"""The words of a display that are not in the message: the time left, and what a flash says."""

from collections.abc import Mapping

from controller.domain.facts import Language
from devices.ports import Flash, Look, Message

_WORDS: Mapping[Look | Flash, tuple[str, str]] = {
    Look.FREE: ("Libre", "Free"),
    Look.ARMED: ("Prête", "Ready"),
    Look.RUNNING: ("En marche", "Running"),
    Look.IDLE_WARNING: ("Arrêt dans", "Stops in"),
    Look.COOLING: ("Refroidit", "Cooling"),
    Look.OUT_OF_SERVICE: ("Hors service", "Out of service"),
    Look.FAULT: ("En défaut", "Fault"),
    Look.RELEASED: ("Ouvert", "Open"),
    Look.STARTING: ("Démarrage", "Starting"),
    Flash.GRANTED: ("Bienvenue", "Welcome"),
    Flash.DENIED: ("Refusé", "Refused"),
    Flash.NOTED: ("C’est noté", "Noted"),
    Flash.IDENTIFY: ("C’est moi", "It is me"),
}


def told(what: Look | Flash, message: Message | None, language: Language) -> Message:
    """The message, or the word for what is shown without one."""
    if message is not None:
        return message
    fr, en = _WORDS[what]
    return Message(fr if language is Language.FR else en, language=language)


def left_text(left_s: float) -> str:
    """Time left, the same in both languages: `2 h 05`, `12 min`, `1:45`, `0:40`."""
    whole = max(0, round(left_s))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d}"
    if whole >= 600:
        return f"{whole // 60} min"
    return f"{whole // 60}:{whole % 60:02d}"
