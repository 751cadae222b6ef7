"""Find every text of the interface in the sources, for the test that holds `en.po` complete."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from webui.i18n import CATALOGUE

WEBUI = Path("webui")
_METHODS = [("**.py", "python"), ("**.html", "jinja2")]
_KEYWORDS = {"_": None, "plural": (1, 2), "ngettext": (1, 2)}

Key = str | tuple[str, ...]


def used() -> Iterator[Key]:
    """Each text in the Python sources and templates; a pair where it has a plural."""
    found = extract_from_dir(str(WEBUI), _METHODS, keywords=_KEYWORDS, options_map=_OPTIONS)
    for _file, _line, message, _comments, _context in found:
        yield message


def catalogue() -> Catalog:
    """The English texts as they stand in the file."""
    with CATALOGUE.open("rb") as source:
        return read_po(source, locale="en")


_OPTIONS = {"**.html": {"trimmed": "true", "silent": "false"}}
