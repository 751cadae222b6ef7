"""Every text is in every catalogue of its area, says the same things, and none is left over."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from controller.domain.facts import Language
from tests.support.extraction import areas, expected, translated
from webui import i18n

PLACEHOLDER = re.compile(r"%\((\w+)\)[.\d]*[dfs]")
HARD_SPACE = re.compile("[\u00a0\u202f]")
EVERY = [(area, catalogue) for area in areas() for catalogue in translated(area)]
every_catalogue = pytest.mark.parametrize(
    ("area", "catalogue"), EVERY, ids=[f"{area}/{found.locale}" for area, found in EVERY]
)


def said(catalogue: Catalog) -> Iterator[tuple[Message, tuple[str, ...], tuple[str, ...]]]:
    """Each entry with its texts in English and in its language."""
    for entry in catalogue:
        if entry.id:
            yield entry, _texts(entry.id), _texts(entry.string)


def _texts(of: object) -> tuple[str, ...]:
    return tuple(map(str, of)) if isinstance(of, list | tuple) else (str(of),)


@every_catalogue
def test_a_catalogue_is_complete_and_holds_nothing_else(area: Path, catalogue: Catalog) -> None:
    known = {
        (message.context, message.id if isinstance(message.id, str) else tuple(message.id))
        for message, *_ in said(catalogue)
    }
    assert known == expected(area), "or shared by pages: it stands in webui/i18n then"


@every_catalogue
def test_nothing_is_empty_or_uncertain(area: Path, catalogue: Catalog) -> None:
    assert not [
        message.id for message, _, texts in said(catalogue) if not all(texts) or message.fuzzy
    ]
    assert not list(catalogue.obsolete)


@every_catalogue
def test_placeholders_are_the_same(area: Path, catalogue: Catalog) -> None:
    for message, english, texts in said(catalogue):
        wanted = set(PLACEHOLDER.findall(" ".join(english)))
        for text in texts:
            assert set(PLACEHOLDER.findall(text)) == wanted, message.id
        assert not list(message.check(catalogue)), "what msgfmt --check says"


@every_catalogue
def test_no_french_preposition_stands_before_the_name_of_a_place(
    area: Path, catalogue: Catalog
) -> None:
    """It may have an article: *du Comptoir*, not *de Le Comptoir*."""
    for message, _, texts in said(catalogue):
        for text in texts:
            found = re.search(r"\b([Dd]e|[Àà]) %\((place|site)\)s", text)
            assert catalogue.locale_identifier != "fr" or not found, message.id


@every_catalogue
def test_a_catalogue_has_as_many_plurals_as_its_language(area: Path, catalogue: Catalog) -> None:
    for message, _, texts in said(catalogue):
        assert len(texts) == (catalogue.num_plurals if message.pluralizable else 1), message.id


def test_every_area_has_the_same_languages() -> None:
    assert (
        len({tuple(found.locale_identifier for found in translated(path)) for path in areas()}) == 1
    )


def test_two_areas_never_disagree_on_a_text() -> None:
    known: dict[tuple[object, ...], tuple[str, ...]] = {}
    for _area, catalogue in EVERY:
        for message, english, texts in said(catalogue):
            key = (catalogue.locale_identifier, message.context, english)
            assert known.setdefault(key, texts) == texts, "give one of them a context: NC_"


MARKS = {"_": 1, "N_": 1, "NC_": 2, "pgettext": 2, "plural": 2, "count": 2}
"""What marks a text, and how many of its arguments are texts."""


@cache
def _calls() -> tuple[tuple[str, Path, ast.Call], ...]:
    """Every call of a mark in the code."""
    roots = ("webui", "controller/domain/locale", "controller/capabilities", "devices/drivers")
    return tuple(
        (name, source, node)
        for root in roots
        for source in Path(root).rglob("*.py")
        for node in ast.walk(ast.parse(source.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and (name := _called(node.func)) in MARKS
    )


def _called(func: ast.expr) -> str:
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


@pytest.mark.parametrize("name", MARKS)
def test_a_marked_text_stands_where_it_is_marked(name: str) -> None:
    """An extractor skips a variable in silence."""
    for mark, source, call in _calls():
        if source.parent == Path("webui/i18n") or (name == "count" and len(call.args) < 3):
            continue  # what hands the text on, and other counts
        if mark == name:
            literal = [isinstance(arg, ast.Constant) for arg in call.args[: MARKS[name]]]
            assert all(literal), f"{source}:{call.lineno}: {ast.unparse(call)}"


def test_no_hard_space_is_typed_by_hand() -> None:
    for root in ("webui", "controller", "devices"):
        for kind in ("*.py", "templates/**/*.html", "*.po"):
            for source in Path(root).rglob(kind):
                assert not HARD_SPACE.search(source.read_text(encoding="utf-8")), source


def test_no_template_writes_a_colon_as_french_does() -> None:
    """English has no blank before it: the catalogue's ` : %(name)s` says each as it is said."""
    for source in Path("webui").rglob("templates/**/*.html"):
        assert "> : {{" not in source.read_text(encoding="utf-8"), source


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (Language.FR, ["0 libre", "1 libre", "2 libres"]),
        (Language.EN, ["0 free", "1 free", "2 free"]),
    ],
)
def test_plurals(language: Language, expected: list[str]) -> None:
    i18n.use(language, [Path("webui/live/locale")])
    assert [i18n.plural("%(n)s free", "%(n)s free", n) for n in range(3)] == expected
    i18n.use(Language.FR)


def test_french_keeps_marks_with_their_word() -> None:
    i18n.use(Language.FR)
    said = i18n._("“%(badge)s” is not a badge number.", badge="a")
    assert said.startswith("«\u00a0a\u00a0» ")
