"""The page `docs/promises.md`, made of the rows and of what was seen last of each."""

from collections.abc import Iterator, Mapping

from tools.promises.results import Result
from tools.promises.rows import ROOT, Row, Table

PAGE = ROOT / "docs" / "promises.md"
_HEAD = """# Promises and their tests

Made by `python -m tools.promises` of `tests/promises/*.toml` and of what `./run prove` saw last; \
do not edit it by hand.

Each row is a promise, and the tests that fail when it is broken; they are in each run of the \
suite, but for proofs, which take long. A row's *mutation* is a small change of the shipped code \
that breaks the promise: `./run prove` makes it in a copy of the tree and expects the test to \
fail, so that no test is green because it looks at nothing. `tests/security/test_promises.py` \
fails when a row has no test, a test is not there, or a mutation no longer fits the code.
"""
_NOBODY = "nobody yet"


def page(tables: tuple[Table, ...], last: Mapping[str, Result]) -> str:
    """The whole page."""
    return _HEAD + "".join(f"\n{_table(table, last)}" for table in tables)


def _table(table: Table, last: Mapping[str, Result]) -> str:
    columns = [table.head, *(["promise"] if table.must_be_proven else [])]
    columns += ["shown by", "broken by", "seen last"]
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
