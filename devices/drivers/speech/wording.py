"""A message as one text to be said aloud: numbers and signs as people say them."""

import re

from controller.domain.locale.catalogue import Translator
from devices.ports import Message

_NO_BREAK = str.maketrans("\u00a0\u202f", "  ")
_LASTING = re.compile(r"(\d+) (h|min|s)\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_END = re.compile(r"[.!?:]$")


def spoken_text(message: Message, translator: Translator, *, with_left: bool = False) -> str:
    """Title, time left if asked, then the lines, each a sentence; `words` of its language."""
    title = message.title
    if with_left and message.left_s is not None:
        title = f"{title} {_left(message.left_s)}"
    sentences = (text.strip() for text in (title, *message.lines) if text.strip())
    text = " ".join(one if _END.search(one) else f"{one}." for one in sentences)
    text = _LASTING.sub(lambda found: _unit(found, translator), text.translate(_NO_BREAK))
    return _CLOCK.sub(lambda found: _clock(found, translator), text)


def _left(left_s: float) -> str:
    """Whole minutes from two on, else whole seconds."""
    whole = max(0, round(left_s))
    return f"{round(whole / 60)} min" if whole >= 120 else f"{whole} s"


def _unit(found: re.Match[str], translator: Translator) -> str:
    n = int(found[1])
    match found[2]:
        case "h":
            return translator.count("%(n)s hour", "%(n)s hours", n)
        case "min":
            return translator.count("%(n)s minute", "%(n)s minutes", n)
        case _:
            return translator.count("%(n)s second", "%(n)s seconds", n)


def _clock(found: re.Match[str], translator: Translator) -> str:
    hours, minutes = int(found[1]), int(found[2])
    if minutes == 0:
        return translator.count("%(n)s hour", "%(n)s hours", hours)
    return translator.say("%(hours)d %(minutes)02d", hours=hours, minutes=minutes)
