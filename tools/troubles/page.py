"""The pages, from the display's own texts and from what is to be looked at."""

import tomllib
from collections.abc import Iterator
from pathlib import Path

from controller.domain.facts import Language
from tools.hardware.display_texts import DisplayedText, families

FILES = {Language.FR: "depannage.md", Language.EN: "troubleshooting.md"}
ENTRIES = Path(__file__).with_name("entries.toml")
CALM = frozenset(
    {
        *("free", "armed", "armed, slot", "running", "running, refuse", "idle warning", "cooling"),
        *("locked", "released", "open", "granted", "granted, until", "credential_ends"),
        *("subscription_ends", "subscription_grace", "certification_ends", "hours_end"),
        *("booked_from", "noted", "identify", "warning max_duration", "warning hours_end"),
    }
)
"""What a display says when nothing is wrong."""


def entries() -> dict[str, dict[str, list[str]]]:
    """Code: what to look at, by language, in this order."""
    return tomllib.loads(ENTRIES.read_text(encoding="utf-8"))


def codes() -> set[str]:
    """Every code that a display can show, and what it means that something is wrong."""
    shown = families(Language.FR).values()
    return {one.code for family in shown for one in family} - CALM


def page(language: Language) -> str:
    """The whole page."""
    head = Path(__file__).with_name(f"head-{language.value}.md").read_text(encoding="utf-8")
    return head + "\n" + "\n".join(_families(language))


def _families(language: Language) -> Iterator[str]:
    known, titles = entries(), _titles(language)
    for family, shown in families(language).items():
        wrong = [one for one in shown if one.code not in CALM]
        if wrong:
            yield f"## {titles[family]}\n"
        for title in dict.fromkeys(one.message.title for one in wrong):
            yield f"### {title}\n"
            yield from _title(known, [one for one in wrong if one.message.title == title], language)


def _title(
    known: dict[str, dict[str, list[str]]], shown: list[DisplayedText], language: Language
) -> Iterator[str]:
    for code in dict.fromkeys(one.code for one in shown):
        said = dict.fromkeys(" ".join(one.message.lines) for one in shown if one.code == code)
        lines = " / ".join(f"*{sentence}*" for sentence in said if sentence)
        yield f"{lines} (`{code}`)\n" if lines else f"(`{code}`)\n"
        steps = known[code][language.value]
        yield "".join(f"{number}. {step}\n" for number, step in enumerate(steps, 1))


def _titles(language: Language) -> dict[str, str]:
    french = {
        "machine": "À une machine, sans badge",
        "door": "À une porte, sans badge",
        "denied": "Un badge est refusé",
        "told": "Un geste est refusé",
    }
    english = {
        "machine": "At a machine, without a badge",
        "door": "At a door, without a badge",
        "denied": "A badge is refused",
        "told": "An action is refused",
    }
    return french if language is Language.FR else english
