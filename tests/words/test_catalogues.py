"""Catalogues are compiled when their sources are newer, with the spaces that French asks for."""

import os
import re
from pathlib import Path

import polib
import pytest
from fontTools.ttLib import TTFont

from controller.domain.facts import Language
from controller.domain.words.catalogue import NC_, Catalogues
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
    write(tmp_path, "en", 'msgid "oui"\nmsgstr "yes"\n')
    assert is_stale(tmp_path)
    compile_all([tmp_path])
    assert not is_stale(tmp_path)
    assert read(tmp_path).of(Language.EN).say("oui") == "yes"
    later = (tmp_path / "en.mo").stat().st_mtime_ns + 1_000_000_000
    write(tmp_path, "en", 'msgid "oui"\nmsgstr "yeah"\n')
    os.utime(tmp_path / "en.po", ns=(later, later))
    assert is_stale(tmp_path)
    compile_all([tmp_path])
    assert read(tmp_path).of(Language.EN).say("oui") == "yeah"


def test_the_catalogue_of_a_language_that_was_taken_away_goes_too(tmp_path: Path) -> None:
    for language in ("en", "eo"):
        write(tmp_path, language, 'msgid "oui"\nmsgstr "jes"\n')
    compile_all([tmp_path])
    (tmp_path / "eo.po").unlink()
    compile_all([tmp_path])
    assert {file.name for file in tmp_path.glob("*.mo")} == {"en.mo", "fr.mo"}


def test_what_is_missing_or_uncertain_is_said_in_french(tmp_path: Path) -> None:
    unsure = '#, fuzzy\nmsgid "non ?"\nmsgstr "no?"\n\nmsgid "peut-être"\nmsgstr ""\n'
    write(tmp_path, "en", unsure)
    compile_folder(tmp_path)
    english = read(tmp_path).of(Language.EN)
    assert (english.say("non ?"), english.say("peut-être")) == ("non\u202f?", "peut-être")


def test_a_context_tells_two_texts_apart_and_is_never_shown(tmp_path: Path) -> None:
    body = 'msgid "fin"\nmsgstr "end"\n\nmsgctxt "thread"\nmsgid "fin"\nmsgstr "thin"\n'
    write(tmp_path, "en", body)
    compile_folder(tmp_path)
    known = read(tmp_path)
    thin = NC_("thread", "fin")
    assert [known.of(Language.EN).say(each) for each in ("fin", thin)] == ["end", "thin"]
    assert [known.of(Language.FR).say(each) for each in ("fin", thin)] == ["fin", "fin"]
    assert Catalogues().of().say(thin) == "fin"


def test_a_language_with_three_plurals(tmp_path: Path) -> None:
    body = 'msgid "%(n)s jour"\nmsgid_plural "%(n)s jours"\n'
    body += 'msgstr[0] "%(n)s dzień"\nmsgstr[1] "%(n)s dni"\nmsgstr[2] "%(n)s dnia"\n'
    write(tmp_path, "pl", body, POLISH)
    compile_folder(tmp_path)
    polish, french = (read(tmp_path).of(Language(code)) for code in ("pl", "fr"))
    assert [polish.count("%(n)s day", "%(n)s days", n) for n in (1, 3, 5)] == [
        "1 dzień",
        "3 dni",
        "5 dnia",
    ]
    assert [french.count("%(n)s day", "%(n)s days", n) for n in (0, 1, 2)] == [
        "0 jour",
        "1 jour",
        "2 jours",
    ]


def test_of_two_folders_the_first_counts_and_both_are_known(tmp_path: Path) -> None:
    for name, body in (
        ("room", 'msgid "a"\nmsgstr "room"\n'),
        ("house", 'msgid "b"\nmsgstr "house"\n'),
    ):
        (tmp_path / name).mkdir()
        write(tmp_path / name, "en", body + '\nmsgid "both"\nmsgstr "' + name + '"\n')
        compile_folder(tmp_path / name)
    words = read(tmp_path / "room", tmp_path / "house").of(Language.EN)
    assert [words.say(each) for each in ("a", "b", "both")] == ["room", "house", "room"]


def test_a_language_that_is_not_there_is_the_next_wanted_one() -> None:
    known = Catalogues()
    assert known.languages == (Language.FR,)
    assert known.of(Language("de"), Language.FR).language is Language.FR


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
