"""Texts of a display that are not in the message: the time left, and the usual text of each
look."""

from collections.abc import Mapping

from controller.domain.locale.catalogue import N_, Translator
from devices.ports import Flash, Look, Message

_WORDS: Mapping[Look | Flash, str] = {
    Look.FREE: N_("Free"),
    Look.ARMED: N_("On"),
    Look.RUNNING: N_("Running"),
    Look.IDLE_WARNING: N_("Stops in"),
    Look.COOLING: N_("Cooling down"),
    Look.OUT_OF_SERVICE: N_("Out of service"),
    Look.FAULT: N_("Fault"),
    Look.RELEASED: N_("Open"),
    Look.STARTING: N_("Starting"),
    Flash.GRANTED: N_("Welcome"),
    Flash.DENIED: N_("Refused"),
    Flash.NOTED: N_("Noted"),
    Flash.IDENTIFY: N_("It is me"),
}


def message_for(what: Look | Flash, message: Message | None, translator: Translator) -> Message:
    """Return the message; without one, the usual text of the look or flash."""
    return message or Message(translator.say(_WORDS[what]), language=translator.language)


def left_text(left_s: float) -> str:
    """Return the time left, the same in every language: `2 h 05`, `12 min`, `1:45`, `0:40`."""
    whole = max(0, round(left_s))
    if whole >= 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02d}"
    if whole >= 600:
        return f"{whole // 60} min"
    return f"{whole // 60}:{whole % 60:02d}"
