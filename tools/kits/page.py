"""A card, from a drawing of tools/hardware and from kits.toml."""

import tomllib
from pathlib import Path

import msgspec

from controller.domain.facts import Language

FILE = Path(__file__).with_name("kits.toml")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to buy; prices in euros, of one."""

    n: int
    fr: str
    en: str
    low: int
    high: int
    who: str = "volunteer"


class Kit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one machine or door takes."""

    fr: str
    en: str
    config: str
    parts: tuple[Part, ...]

    @property
    def total(self) -> tuple[int, int]:
        """Euros, from and to."""
        low = sum(part.n * part.low for part in self.parts)
        return low, sum(part.n * part.high for part in self.parts)


_WHO = {
    Language.EN: {"electrician": "electrician", "volunteer": "you"},
    Language.FR: {"electrician": "électricien", "volunteer": "vous"},
}


def kits() -> dict[str, Kit]:
    """Each, by the name of its drawing."""
    return msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8")), dict[str, Kit])


def cards() -> dict[str, str]:
    """Each card, by its path below docs/kits."""
    return {
        f"{language.value}/{drawing.removeprefix('wiring-')}.md": card(drawing, kit, language)
        for drawing, kit in kits().items()
        for language in Language
    }


def card(drawing: str, kit: Kit, language: Language) -> str:
    """One page."""
    text = FILE.with_name(f"card-{language.value}.md").read_text(encoding="utf-8")
    low, high = kit.total
    return text.format(
        title=_read(kit, language),
        drawing=drawing,
        name=drawing.removeprefix("wiring-"),
        rows="\n".join(_row(part, language) for part in kit.parts),
        low=low,
        high=high,
        config=kit.config.strip(),
    )


def _row(part: Part, language: Language) -> str:
    who = _WHO[language][part.who]
    return f"| {part.n} | {_read(part, language)} | {who} | {part.low}–{part.high} |"


def _read(one: Kit | Part, language: Language) -> str:
    return one.fr if language is Language.FR else one.en
