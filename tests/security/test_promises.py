"""Every test that docs/promises.md names is there, and every promise says who shows it."""

import re
from collections.abc import Iterator
from pathlib import Path

from tests.support.tree import ROOT

PAGE = ROOT / "docs/promises.md"
NOBODY = "nobody yet"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows() -> Iterator[tuple[str, str]]:
    """Each promise, and what shows it."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [each.strip() for each in line.strip("|").split(" | ")]
        if line.startswith("| ") and cells[0] != "promise":
            promise, shown = cells
            yield promise, shown


def is_there(file: Path, name: str) -> bool:
    return file.is_file() and re.search(rf"^def {name}\(", file.read_text(), re.M) is not None


def test_every_named_test_exists() -> None:
    named = [match.groups() for _, shown in rows() for match in _TEST.finditer(shown)]
    assert len(named) > 50
    missing = [f"{file}::{name}" for file, name in named if not is_there(ROOT / file, name)]
    assert not missing


def test_every_promise_says_who_shows_it() -> None:
    promises = list(rows())
    assert len(promises) > 40
    for promise, shown in promises:
        tests = ", ".join(f"`{file}::{name}`" for file, name in _TEST.findall(shown))
        assert shown in (tests, NOBODY), promise
