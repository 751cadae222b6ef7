"""French stands in the catalogues and nowhere else, and templates hold no text of their own."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

FRENCH_LETTERS = re.compile("[àâçéèêëîïôùûÿœæ«»]", re.IGNORECASE)
FRENCH_WORDS = re.compile(
    r"\b(?:le|la|les|des|du|une|est|sont|avec|pour|dans|sur|vous|votre|vos|pas|qui|que|cette|aux|ou"
    r"|et|ne|par|un)\b",
    re.IGNORECASE,
)
NAMES = re.compile("Défenseur des droits|Libre réponse")
SEARCHED = "also"
"""What one may type to find a page, in any language."""

BY_NATURE = {
    "controller/capabilities/billing/books.py": "accounts are kept in French",
    "controller/capabilities/billing/entries.py": "accounts are kept in French",
    "controller/capabilities/billing/fec.py": "the tax office's file",
    "controller/capabilities/billing/pre_invoices.py": "lines of French invoices",
    "controller/capabilities/billing/shapes.py": "a ground of French tax law",
    "controller/capabilities/imports/bundle.py": "kept with what is imported",
    "controller/capabilities/imports/tables.py": "quotation marks around a separator",
    "controller/capabilities/opendata/": "columns of French public data",
    "controller/capabilities/places/french_days.py": "names of French holidays",
    "controller/capabilities/places/school.py": "a heading of the ministry's file",
    "controller/capabilities/privacy/erasure/everyday_words.py": "French words",
    "controller/capabilities/user_reports/needs.py": "categories of French public data",
    "controller/cli/bench/": "names that people gave",
    "controller/cli/demo/": "names that people gave",
    "controller/integrations/fabomatic/boards.py": "a name in both languages",
    "controller/kernel/privacy/names.py": "letters",
    "controller/wire/examples/": "names that people gave",
    "devices/drivers/display/fit.py": "marks that may not begin a line",
    "webui/components/samples.py": "names that people gave",
    "webui/search/shortcuts.py": "words to type",
}
"""Where French stands by nature, and why."""
BOOKED = {
    "controller/capabilities/bookings/booking_messages.py": {"Découpe laser"},
    "controller/capabilities/training/reminder_messages.py": {
        "Découpe laser",
        "Découverte de la découpe laser",
    },
}
"""Names in the examples of messages."""

IN_TEMPLATES = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}"  # what Jinja says, comments too
    r"|<(script|style)\b.*?</\1>",
    re.DOTALL,
)
WORD = re.compile(r"[^\W\d_]{2}")
SAME_EVERYWHERE = {
    *("CSV", "JSON", "JSON-LD", "PDF", "Turtle", "XLSX", "CSV 0.1.3", "loquet.ics"),
    *("Android", "Firefox", "Windows", "iPhone, iPad", "macOS", "Pi"),
    *("Zone A", "Zone B", "Zone C"),  # of French school holidays
    "sudo install /opt/loquet/systemd/loquet /usr/local/bin/",
    "sudo systemctl restart loquet-agent",
    *("sudo loquet setup controller", "--from-backup"),
}


def is_french(text: str) -> bool:
    text = NAMES.sub("", text)
    words = {found.lower() for found in FRENCH_WORDS.findall(text)}
    return len(words) > 1 or FRENCH_LETTERS.search(text) is not None


def _literals(tree: ast.AST) -> Iterator[ast.Constant]:
    """Strings that may be shown: no docstring, and none of the words to search for."""
    for node in ast.walk(tree):
        for name, value in ast.iter_fields(node):
            if isinstance(node, ast.Expr) or (name, getattr(node, "arg", "")) == (
                "value",
                SEARCHED,
            ):
                continue
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    yield item


@pytest.mark.parametrize("root", ["controller", "devices", "firmware_bridge", "webui"])
def test_no_french_stands_in_code(root: str) -> None:
    for source in Path(root).rglob("*.py"):
        if any(source.as_posix().startswith(place) for place in BY_NATURE):
            continue
        text = source.read_text(encoding="utf-8")
        if not any(map(is_french, text.splitlines())):
            continue  # no need to take it apart
        for literal in _literals(ast.parse(text)):
            if literal.value not in BOOKED.get(source.as_posix(), ()):
                assert not is_french(str(literal.value)), f"{source}:{literal.lineno}"


def test_no_french_stands_in_templates() -> None:
    for source in Path("webui").rglob("templates/**/*.html"):
        for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), start=1):
            assert not is_french(line), f"{source}:{number}"


def test_what_counts_as_french() -> None:
    said = ("Réservé", "Le badge est perdu", "Il faut un badge pour entrer", "« badge »")
    assert all(map(is_french, said))
    assert not any(map(is_french, ("The badge is lost", "Tap your badge", "a pass", "on")))


class _Shown(HTMLParser):
    """What a template shows by itself."""

    def __init__(self, source: Path) -> None:
        super().__init__()
        self.texts: list[str] = []
        text = source.read_text(encoding="utf-8")
        self.feed(IN_TEMPLATES.sub(lambda found: "\n" * found[0].count("\n"), text))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        shown = ("title", "aria-label", "placeholder", "alt")
        self.texts += [value or "" for name, value in attrs if name in shown]

    def handle_data(self, data: str) -> None:
        self.texts += data.split("\n")


def test_templates_hold_no_text_of_their_own() -> None:
    """Every word that they show is marked, in whatever language it stands."""
    for source in Path("webui").rglob("templates/**/*.html"):
        shown = {text.strip() for text in _Shown(source).texts if WORD.search(text)}
        assert not {text for text in shown - SAME_EVERYWHERE if "=" not in text}, source
