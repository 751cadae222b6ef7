"""Catalogues are compiled when their sources are newer, with the spaces that French asks for."""

import os
import re
from pathlib import Path

import polib
import pytest
from fontTools.ttLib import TTFont

from controller.domain.facts import Language
from controller.domain.locale.catalogue import NC_, Catalogues
from tests.support.extraction import areas
from tools import narrow_space
from tools.catalogues import compile_all, compile_folder, is_stale, typeset

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n{}"\n'
POLISH = (
    "Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && "
    "(n%100<12 || n%100>14) ? 1 : 2);\\n"
)


def write(folder: Path, language: str, body: str, head: str = "") -> None:
    (folder / f"{language}.po").write_text(HEAD.format(head) + body, encoding="utf-8")


def read(*folders: Path) -> Catalogues:
    files = [file for folder in folders for file in sorted(folder.glob("*.mo"))]
    return Catalogues((file.stem, file.read_bytes()) for file in files)


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("Vraiment ? Oui ; non !", "Vraiment\u202f? Oui\u202f; non\u202f!"),
        ("Motif : « %(why)s »", "Motif\u00a0: «\u00a0%(why)s\u00a0»"),
        ("10 000 places, 1 250 000 en tout", "10\u202f000 places, 1\u202f250\u202f000 en tout"),
        ("Au plus 1 Mo.", "Au plus 1\u00a0Mo."),
        ("%(n)s s, %(n).0f W, 12 %", "%(n)s\u00a0s, %(n).0f\u00a0W, 12\u00a0%"),
        ("%(hours)d h %(minutes)02d min", "%(hours)d\u00a0h\u00a0%(minutes)02d\u00a0min"),
        ("%(name)s s’en occupe", "%(name)s s’en occupe"),
        ("%(day)s %(month)s", "%(day)s %(month)s"),
        ("3 semaines", "3 semaines"),
    ],
)
def test_french_is_typeset(plain: str, set_: str) -> None:
    assert typeset(plain, "fr") == set_


def test_other_languages_only_keep_units_with_their_number() -> None:
    assert typeset("Really ? %(n)s min", "en") == "Really ? %(n)s\u00a0min"


def test_no_french_text_of_the_house_has_a_plain_space_where_it_must_not() -> None:
    wrong = re.compile(r" [:;?!»]|« |\u00a0[;?!]|\u202f[:»]|\d \d{3}\b")
    for area in areas():
        for entry in polib.mofile(str(area / "fr.mo")):
            for text in (entry.msgstr, *entry.msgstr_plural.values()):
                assert not wrong.search(text), f"{area}: {text!r}"


def test_a_folder_is_compiled_when_a_source_is_newer_and_not_again(tmp_path: Path) -> None:
    write(tmp_path, "fr", 'msgid "yes"\nmsgstr "oui"\n')
    assert is_stale(tmp_path)
    compile_all([tmp_path])
    assert not is_stale(tmp_path)
    assert read(tmp_path).of(Language.FR).say("yes") == "oui"
    later = (tmp_path / "fr.mo").stat().st_mtime_ns + 1_000_000_000
    write(tmp_path, "fr", 'msgid "yes"\nmsgstr "ouais"\n')
    os.utime(tmp_path / "fr.po", ns=(later, later))
    assert is_stale(tmp_path)
    compile_all([tmp_path])
    assert read(tmp_path).of(Language.FR).say("yes") == "ouais"


def test_the_catalogue_of_a_language_that_was_taken_away_goes_too(tmp_path: Path) -> None:
    for language in ("fr", "eo"):
        write(tmp_path, language, 'msgid "yes"\nmsgstr "jes"\n')
    compile_all([tmp_path])
    (tmp_path / "eo.po").unlink()
    compile_all([tmp_path])
    assert {file.name for file in tmp_path.glob("*.mo")} == {"en.mo", "fr.mo"}


def test_what_is_missing_or_uncertain_is_said_in_english(tmp_path: Path) -> None:
    unsure = '#, fuzzy\nmsgid "10 min?"\nmsgstr "10 min ?"\n\nmsgid "perhaps"\nmsgstr ""\n'
    write(tmp_path, "fr", unsure)
    compile_folder(tmp_path)
    french = read(tmp_path).of(Language.FR)
    assert (french.say("10 min?"), french.say("perhaps")) == ("10\u00a0min?", "perhaps")


def test_without_catalogues_plain_english_is_said() -> None:
    for words in (Catalogues().of(), Catalogues().of(Language.FR)):
        assert words.language is Language.EN
        assert words.say("Tap your badge.") == "Tap your badge."
        assert [words.count("%(n)s day", "%(n)s days", n) for n in (0, 1)] == ["0 days", "1 day"]


def test_a_context_tells_two_texts_apart_and_is_never_shown(tmp_path: Path) -> None:
    body = 'msgid "free"\nmsgstr "libre"\n\nmsgctxt "price"\nmsgid "free"\nmsgstr "gratuit"\n'
    write(tmp_path, "fr", body)
    compile_folder(tmp_path)
    known = read(tmp_path)
    texts = ("free", NC_("price", "free"))
    assert [known.of(Language.FR).say(text) for text in texts] == ["libre", "gratuit"]
    assert [known.of(Language.EN).say(text) for text in texts] == ["free", "free"]
    assert [Catalogues().of().say(text) for text in texts] == ["free", "free"]


def test_a_language_with_three_plurals(tmp_path: Path) -> None:
    body = 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"\n'
    body += 'msgstr[0] "%(n)s dzień"\nmsgstr[1] "%(n)s dni"\nmsgstr[2] "%(n)s dnia"\n'
    write(tmp_path, "pl", body, POLISH)
    compile_folder(tmp_path)
    polish, english = (read(tmp_path).of(Language(code)) for code in ("pl", "en"))
    assert [polish.count("%(n)s day", "%(n)s days", n) for n in (1, 3, 5)] == [
        "1 dzień",
        "3 dni",
        "5 dnia",
    ]
    assert [english.count("%(n)s day", "%(n)s days", n) for n in (0, 1, 2)] == [
        "0 days",
        "1 day",
        "2 days",
    ]


def test_of_two_folders_the_first_counts_and_both_are_known(tmp_path: Path) -> None:
    for name, body in (
        ("room", 'msgid "a"\nmsgstr "room"\n'),
        ("house", 'msgid "b"\nmsgstr "house"\n'),
    ):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "fr", body + '\nmsgid "both"\nmsgstr "' + name + '"\n')
        compile_folder(tmp_path / name)
    words = read(tmp_path / "room", tmp_path / "house").of(Language.FR)
    assert [words.say(word) for word in ("a", "b", "both")] == ["room", "house", "room"]


def test_a_language_that_is_not_there_is_the_next_wanted_one() -> None:
    known = Catalogues()
    assert known.languages == (Language.EN,)
    assert known.of(Language("de"), Language.EN).language is Language.EN


@pytest.mark.parametrize("code", ["", "d", "DE", "d3", "deut", "fr\n"])
def test_what_is_no_code_is_no_language(code: str) -> None:
    with pytest.raises(ValueError, match="is not a valid Language"):
        Language(code)


def test_a_language_is_itself_wherever_it_comes_from() -> None:
    assert Language("de") is Language("de")
    assert Language("fr") is Language.FR
    assert list(Language) == ["fr", "en"]


def test_the_pages_have_a_glyph_for_the_narrow_space(tmp_path: Path) -> None:
    made = tmp_path / "made.woff"
    narrow_space.make(made)
    for font in map(TTFont, (made, narrow_space.FILE)):
        assert font.getBestCmap() == {0x202F: "narrow"}
        assert font["hmtx"]["narrow"] == (narrow_space.WIDTH, 0)
