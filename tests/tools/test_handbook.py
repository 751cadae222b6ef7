"""The handbook: its pictures and links are there, its bold words are the pages', and both languages
say the same chapter by chapter."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path("docs/handbook")
GUIDES = ("desk", "manager", "trainer")
LANGUAGES = ("fr", "en")
BOLD = re.compile(r"\*\*([^*]+)\*\*")
LINK = re.compile(r"\]\(([^)]+)\)")
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)]+)\)")
every_guide = pytest.mark.parametrize("guide", GUIDES)


def text_of(language: str, guide: str) -> str:
    return (ROOT / language / f"{guide}.md").read_text(encoding="utf-8")


def chapters(language: str, guide: str) -> dict[str, str]:
    """The text below each heading, by its number."""
    parts = re.split(r"^## (\d+)\. .+$", text_of(language, guide), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def words() -> set[tuple[str, str]]:
    """Every text of the pages, in French and in English."""
    found = set()
    for file in Path("webui").rglob("fr.po"):
        for entry in polib.pofile(str(file)):
            found.add((entry.msgstr, entry.msgid))
            one, many = entry.msgstr_plural.get(0, ""), entry.msgstr_plural.get(1, "")
            found |= {(one, entry.msgid), (many, entry.msgid_plural)}
    return found


def test_pictures_and_links_lead_somewhere() -> None:
    files = [
        ROOT / "README.md",
        *(ROOT / language / f"{one}.md" for language in LANGUAGES for one in GUIDES),
    ]
    for file in files:
        for link in LINK.findall(file.read_text(encoding="utf-8")):
            assert (file.parent / link).is_file(), f"{file}: {link}"
    assert "docs/handbook/README.md" in Path("README.md").read_text(encoding="utf-8")


@every_guide
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_bold_word_stands_on_a_page(language: str, guide: str) -> None:
    known = {pair[LANGUAGES.index(language)] for pair in words()}
    said = set(BOLD.findall(text_of(language, guide)))
    assert said
    assert said - known == set()


@every_guide
def test_both_languages_have_the_same_chapters_pictures_and_acts(guide: str) -> None:
    french, english = (chapters(language, guide) for language in LANGUAGES)
    assert list(french) == list(english) == [str(n + 1) for n in range(len(french))]
    meaning = words()
    for number, text in french.items():
        theirs = english[number]
        pictures = [part.replace("-fr-", "-en-") for part in PICTURE.findall(text)]
        assert pictures == PICTURE.findall(theirs), number
        acts, others = set(BOLD.findall(text)), set(BOLD.findall(theirs))
        pairs = {(fr, en) for fr, en in meaning if fr in acts and en in others}
        assert acts == {fr for fr, _ in pairs}, f"{number}: without an English act"
        assert others == {en for _, en in pairs}, f"{number}: without a French act"
