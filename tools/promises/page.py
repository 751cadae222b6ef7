"""The page `docs/promises.md`, generated from the rows and the latest result of each."""

from collections.abc import Iterator, Mapping

from tools.promises.results import Result
from tools.promises.rows import ROOT, Row, Table

PAGE = ROOT / "docs" / "promises.md"
_HEAD = """# Promises and their tests

`python -m tools.promises` generates this page from `tests/promises/*.toml` and the latest results \
of `./run prove`; do not edit it by hand.

Each row is a promise, with the tests that fail when it is broken. Each run of the suite includes \
them, except for proofs, which take long. A row's *mutation* is a small change to the code that \
breaks the promise. `./run prove` applies it to a copy of the tree and expects the test to fail, \
so that no test passes without checking anything. `tests/security/test_promises.py` fails if a row \
has no test, a test doesn't exist, or a mutation no longer fits the code.
"""
_NOBODY = "no test yet"


def page(tables: tuple[Table, ...], last: Mapping[str, Result]) -> str:
    """The whole page."""
    return _HEAD + "".join(f"\n{_table(table, last)}" for table in tables)


def _table(table: Table, last: Mapping[str, Result]) -> str:
    columns = [table.head, *(["promise"] if table.must_be_proven else [])]
    columns += ["tests", "mutation", "last result"]
    rows = [columns, ["---"] * len(columns), *_rows(table, last)]
    return "\n".join([f"## {table.title}", "", *(f"| {' | '.join(row)} |" for row in rows), ""])


def _rows(table: Table, last: Mapping[str, Result]) -> Iterator[list[str]]:
    for row in table.rows:
        promise = [row.promise] if table.must_be_proven else []
        seen = _seen(row, last.get(row.what)) if row.tests else ""
        yield [row.what, *promise, _shown(row), _broken(row), seen]


def _shown(row: Row) -> str:
    named = ", ".join(f"`{test}`" for test in row.tests)
    return named if not row.missing else f"{named or _NOBODY}; {row.missing}"


def _broken(row: Row) -> str:
    if row.mutation is None:
        return ""
    name = row.mutation.test.partition("::")[2]
    return f"`{row.mutation.file}` → `{name}`"


def _seen(row: Row, result: Result | None) -> str:
    if result is None:
        is_proof = all(test.startswith("tests/proofs/") for test in row.tests)
        return "a proof: `./run prove --long`" if is_proof else "in the suite"
    told = ["passes" if result.passes else "**fails**"]
    told += ["red when broken" if result.red else "**not red when broken**"]
    return f"{', '.join(told)} ({result.day}, `{result.commit}`)"
