"""The rows of `tests/promises/*.toml`, each a promise with what shows it, read strictly."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "promises"
_TEST = re.compile(r"^((?:tests|devices/contract)/[\w/]+\.py)::(test_\w+)$")


class Mutation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A small change of what is shipped that breaks the promise: its test must then fail."""

    file: str
    old: str
    new: str
    red: str
    """Of the row's tests the one that must fail, or a case of it, between brackets."""

    @property
    def test(self) -> str:
        """The test, whichever its case."""
        return self.red.partition("[")[0]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A promise."""

    what: str
    """The attack, the fault, or what is promised where there is neither."""
    tests: tuple[str, ...] = ()
    promise: str = ""
    mutation: Mutation | None = None
    missing: str = ""
    """Why nobody shows it yet."""

    @property
    def files(self) -> Iterator[tuple[Path, str]]:
        """Where each test should be, and its name. Raises ValueError: it is not written so."""
        for test in self.tests:
            match = _TEST.match(test)
            if match is None:
                raise ValueError(f"{self.what}: {test} is not FILE::TEST")
            yield ROOT / match[1], match[2]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of promises."""

    title: str
    head: str
    """The words above the first column."""
    rows: tuple[Row, ...]
    must_be_proven: bool = False
    """Whether each row needs a mutation."""


@dataclass(frozen=True, slots=True)
class Lack:
    """What is wrong with a row, for people."""

    what: str
    why: str


@cache
def tables() -> tuple[Table, ...]:
    """All tables, in the order of their files. Raises ValueError with the file's name."""
    found = []
    for file in sorted(FOLDER.glob("*.toml")):
        try:
            found.append(msgspec.toml.decode(file.read_bytes(), type=Table))
        except msgspec.MsgspecError as error:
            raise ValueError(f"{file.name}: {error}") from error
    return tuple(found)


def rows() -> list[Row]:
    """Every row of every table."""
    return [row for table in tables() for row in table.rows]


def lacks() -> Iterator[Lack]:
    """What is wrong: a row that nobody shows, a test that is not there, a mutation that is none."""
    for table in tables():
        for row in table.rows:
            if not row.tests and not row.missing:
                yield Lack(row.what, "no test shows it")
            if table.must_be_proven and row.tests and row.mutation is None:
                yield Lack(row.what, "no mutation makes its test fail")
            yield from _missing_tests(row)
            yield from _wrong_mutation(row)


def _missing_tests(row: Row) -> Iterator[Lack]:
    for file, name in row.files:
        if not file.is_file() or not re.search(rf"^def {name}\(", file.read_text(), re.M):
            yield Lack(row.what, f"{file.relative_to(ROOT)} has no {name}")


def _wrong_mutation(row: Row) -> Iterator[Lack]:
    change = row.mutation
    if change is None:
        return
    file = ROOT / change.file
    times = file.read_text(encoding="utf-8").count(change.old) if file.is_file() else 0
    if times != 1:
        yield Lack(row.what, f"its mutation's `old` is {times} times in {change.file}, not once")
    if change.file.startswith("tests/") or change.old == change.new:
        yield Lack(row.what, "its mutation changes nothing that is shipped")
    if change.test not in row.tests:
        yield Lack(row.what, f"{change.red} is not one of its tests")
