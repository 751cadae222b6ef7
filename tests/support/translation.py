"""The texts of the house: strict about what no catalogue has, and in a made-up language."""

import re
from collections.abc import Iterable
from gettext import NullTranslations
from pathlib import Path
from shutil import copy
from typing import NoReturn

import polib

from controller.domain.facts import Language
from devices.agent.translation import read_catalogues
from tools.catalogues import compile_folder


class _Missing(NullTranslations):
    def gettext(self, message: str) -> NoReturn:
        raise AssertionError(f"in no catalogue: {message!r}")

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> NoReturn:
        self.gettext(f"{msgid1} | {msgid2}")


WORDS = read_catalogues()
FR, EN = WORDS.of(Language.FR), WORDS.of(Language.EN)
FR._texts.add_fallback(_Missing())

MADE_UP = Language("xx")
_SAID = re.compile(r"⟦[^⟦⟧]*⟧")


def with_made_up(areas: Iterable[Path], into: Path) -> dict[Path, Path]:
    """Compiled copies of these areas, each with one more file: a language that marks its texts."""
    return {area: _with_made_up(area, into / area.as_posix().replace("/", "-")) for area in areas}


def unsaid(text: str) -> str:
    """What is left of a text without all that the made-up language says."""
    while _SAID.search(text):
        text = _SAID.sub("", text)
    return text


def _with_made_up(area: Path, into: Path) -> Path:
    into.mkdir(parents=True)
    copy(area / "fr.po", into)
    source = polib.pofile(str(area / "fr.po"))
    for entry in source:
        entry.msgstr = entry.msgid and f"⟦{entry.msgid}⟧"
        if entry.msgid_plural:
            entry.msgstr_plural = {0: f"⟦{entry.msgid}⟧", 1: f"⟦{entry.msgid_plural}⟧"}
    source.save(str(into / f"{MADE_UP}.po"))
    compile_folder(into)
    return into
