"""Compiles the catalogues: each `LANGUAGE.po` to a `.mo` beside it, and English from the ids."""

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

import polib
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parents[1]
PACKAGES = tuple(ROOT / package for package in ("controller", "devices", "webui"))
NO_BREAK, NARROW = "\u00a0", "\u202f"
_UNITS = "s|min|h|V|W|kW|Wh|kWh|kΩ|cm|MHz|Mo|MB|€|%(?!\\()|°C"
_NUMBER_AND_UNIT = re.compile(rf"(\d|%\(\w+\)[.\d]*[dfs]) (?=(?:{_UNITS})(?![\w’]))")
_HOURS_AND_MINUTES = re.compile(rf"({NO_BREAK}h) (?=\d|%\()")
_ENGLISH = "nplurals=2; plural=(n != 1);"


class BuildPy(build_py):  # type: ignore[misc]  # without types
    """Catalogues are compiled before a tree is installed or packed."""

    def run(self) -> None:
        """See setuptools."""
        compile_all()
        super().run()


def compile_all(roots: Iterable[Path] = PACKAGES) -> None:
    """Bring every folder with catalogues in step with its sources. Raises OSError."""
    for folder in sorted({source.parent for root in roots for source in root.rglob("*.po")}):
        if is_stale(folder):
            compile_folder(folder)


def is_stale(folder: Path) -> bool:
    """Whether a source, or this file, is newer than what was made of it."""
    sources = [*folder.glob("*.po")]
    made = [folder / "en.mo", *(source.with_suffix(".mo") for source in sources)]
    if set(made) != set(folder.glob("*.mo")):
        return True
    newest = max(source.stat().st_mtime_ns for source in (*sources, Path(__file__)))
    return newest > min(path.stat().st_mtime_ns for path in made)


def compile_folder(folder: Path, into: Path | None = None) -> None:
    """Compile all languages of a folder, into itself if not told otherwise.

    English has no source file: its catalogue is made of the ids that the others translate.
    """
    sources = {source.stem: polib.pofile(str(source)) for source in sorted(folder.glob("*.po"))}
    sources["en"] = _english(sources.values())
    into = into or folder
    for left_over in {*into.glob("*.mo")} - {into / f"{language}.mo" for language in sources}:
        left_over.unlink()
    for language, source in sources.items():
        _write(into / f"{language}.mo", _typeset(source, language).to_binary())


def typeset(text: str, language: str) -> str:
    """Spaces that must not break or be wide, as the language's typography has them."""
    if language == "fr":
        text = re.sub(r" (?=[;?!])", NARROW, text)
        text = re.sub(r"(?<=\d) (?=\d{3}\b)", NARROW, text)
        text = re.sub(r" (?=[:»])|(?<=«) ", NO_BREAK, text)
    text = _NUMBER_AND_UNIT.sub(rf"\1{NO_BREAK}", text)
    return _HOURS_AND_MINUTES.sub(rf"\1{NO_BREAK}", text)


def _english(others: Iterable[polib.POFile]) -> polib.POFile:
    english = polib.POFile()
    english.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Language": "en",
        "Plural-Forms": _ENGLISH,
    }
    for entry in {(e.msgctxt, e.msgid): e for other in others for e in other}.values():
        text = {"msgid": entry.msgid, "msgctxt": entry.msgctxt}
        if entry.msgid_plural:
            plural = {0: entry.msgid, 1: entry.msgid_plural}
            text |= {"msgid_plural": entry.msgid_plural, "msgstr_plural": plural}
        else:
            text |= {"msgstr": entry.msgid}
        english.append(polib.POEntry(**text))
    return english


def _typeset(source: polib.POFile, language: str) -> polib.POFile:
    """Only what is translated for certain: for the rest the English text is shown."""
    source[:] = [entry for entry in source if entry.translated()]
    for entry in source:
        entry.msgstr = typeset(entry.msgstr, language)
        for n, text in entry.msgstr_plural.items():
            entry.msgstr_plural[n] = typeset(text, language)
    return source


def _write(file: Path, data: bytes) -> None:
    """Whole or not at all: others may be reading it."""
    new = file.with_suffix(f".{os.getpid()}.new")
    new.write_bytes(data)
    new.replace(file)


if __name__ == "__main__":
    compile_all(map(Path, sys.argv[1:]) if sys.argv[1:] else PACKAGES)
