"""What the sources say, by area: a folder of catalogues, and where its texts are."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po

SOURCES = {
    "controller/kernel/texts": ("**/*.py", "../policy/*.py"),
    "devices/locale": ("drivers/display/*.py", "drivers/speech/*.py"),
    "controller/cli/locale": ("commission.py",),
}
"""Where the texts of an area are, unless they are anywhere in the folder around its catalogues."""
ANYWHERE = ("**/*.py", "**/templates/**/*.html")
SHARED = Path("webui/i18n")
"""Its catalogues hold the texts of several areas of pages: every page reads them."""
_KEYWORDS = {
    "N_": None,
    "NC_": ((1, "c"), 2),
    "pgettext": ((1, "c"), 2),
    "_": None,
    "say": None,
    "_say": None,
    "count": (1, 2),
    "plural": (1, 2),
    "ngettext": (1, 2),
}
_TEMPLATE = {"trimmed": "true", "silent": "false"}

Key = tuple[str | None, str | tuple[str, ...]]
"""A context, and a text, or a pair where it has a plural."""


def areas() -> tuple[Path, ...]:
    """Every folder with catalogues."""
    roots = map(Path, ("controller", "devices", "webui", "tests/support"))
    return tuple(sorted({file.parent for root in roots for file in root.rglob("*.po")}))


@cache
def used(area: Path) -> frozenset[Key]:
    """Each text in the sources of an area."""
    patterns = SOURCES.get(area.as_posix(), ANYWHERE)
    files = {file for pattern in patterns for file in area.parent.glob(pattern)}
    if patterns is ANYWHERE:  # a feature within that has catalogues of its own speaks for itself
        inner = [path.parent for path in areas() if area.parent in path.parent.parents]
        files = {file for file in files if not any(path in file.parents for path in inner)}
    return frozenset(text for file in sorted(files) for text in _texts(file))


@cache
def expected(area: Path) -> frozenset[Key]:
    """What the catalogues of an area hold: what it says, unless that stands in the shared ones."""
    if area == SHARED:
        return _shared()
    is_read_by_pages = area.parts[0] == "webui" or area.parts[:3] == ("tests", "support", "web")
    return used(area) - _shared() if is_read_by_pages else used(area)


@cache
def _shared() -> frozenset[Key]:
    pages = [area for area in areas() if area.parts[0] == "webui"]
    times = Counter(text for area in pages for text in used(area))
    return used(SHARED) | {text for text, n in times.items() if n > 1}


def _texts(file: Path) -> Iterator[Key]:
    method, options = ("python", {}) if file.suffix == ".py" else ("jinja2", _TEMPLATE)
    for _, text, _, context in extract_from_file(method, file, _KEYWORDS, options=options):
        yield context, text


def translated(area: Path) -> Iterator[Catalog]:
    """The catalogues of an area."""
    for file in sorted(area.glob("*.po")):
        with file.open("rb") as source:
            yield read_po(source, locale=file.stem)
