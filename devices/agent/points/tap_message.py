"""The message shown for a tap."""

from dataclasses import dataclass

from controller.domain.facts import Aid, Language
from controller.domain.locale.decision import Text
from devices.agent.judge import Tap
from devices.ports import Flash, Message


@dataclass(frozen=True, slots=True)
class TapMessage:
    """What to show for a tap; a grant is explained in the decision's own words."""

    flash: Flash
    text: Text | None = None


def message(text: Text | None, tap: Tap | None, language: Language) -> Message | None:
    """The text for a display or a voice, as this person asked for it; in which language it is."""
    if text is None:
        return None
    holder = tap.holder if tap is not None else None
    speak = holder is not None and Aid.SPEECH in holder.aids
    return Message(text.title, text.lines, language, speak=speak)
