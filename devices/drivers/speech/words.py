"""A message as one text to be said aloud: numbers and signs as people say them."""

import re

from controller.domain.facts import Language
from controller.domain.words.time import say
from devices.ports import Message

_UNITS = {"h": ("heure", "hour"), "min": ("minute", "minute"), "s": ("seconde", "second")}
_LASTING = re.compile(r"(\d+)[ \u00a0](h|min|s)\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_END = re.compile(r"[.!?:]$")


def spoken(message: Message, *, with_left: bool = False) -> str:
    """Title, time left if asked, then the lines, each a sentence."""
    title = message.title
    if with_left and message.left_s is not None:
        title = f"{title} {_left(message.left_s)}"
    sentences = (text.strip() for text in (title, *message.lines) if text.strip())
    text = " ".join(one if _END.search(one) else f"{one}." for one in sentences)
    language = message.language
    text = _LASTING.sub(lambda found: _unit(found, language), text)
    return _CLOCK.sub(lambda found: _clock(found, language), text)


def _left(left_s: float) -> str:
    """Whole minutes from two on, else whole seconds."""
    whole = max(0, round(left_s))
    return f"{round(whole / 60)} min" if whole >= 120 else f"{whole} s"


def _unit(found: re.Match[str], language: Language) -> str:
    word = say(language, *_UNITS[found[2]])
    return f"{found[1]} {word}{'s' if int(found[1]) > 1 else ''}"


def _clock(found: re.Match[str], language: Language) -> str:
    hours, minutes = int(found[1]), found[2]
    if minutes == "00":
        return say(language, f"{hours} heures", f"{hours} hours")
    return say(language, f"{hours} heures {int(minutes)}", f"{hours} {minutes}")
