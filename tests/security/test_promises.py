"""Each promise has a test that is there, and a change that breaks it; the page says so."""

from pathlib import Path

import pytest

from tools.promises import results, rows
from tools.promises.page import PAGE, page
from tools.promises.rows import Mutation, Row, Table, lacks, tables

OPEN = {"copied UID at two readers"}
"""Attacks that nobody withstands yet, each with its reason; the list only gets shorter."""


def test_every_promise_is_shown_and_can_be_broken() -> None:
    """A mutation that no longer fits the code is mended in `tests/promises/*.toml`, where the code
    that keeps the promise is now."""
    assert not list(lacks())
    assert {row.what for row in rows.rows() if row.missing} <= OPEN


def test_the_page_says_what_the_rows_say() -> None:
    """`python -m tools.promises` makes it."""
    assert PAGE.read_text(encoding="utf-8") == page(tables(), results.read())
    assert len(rows.rows()) > 80
    assert len({row.what for row in rows.rows()}) == len(rows.rows())


def test_what_a_row_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(__file__).name
    mine = f"tests/security/{here}::test_what_a_row_lacks_is_named"
    change = Mutation(file="run", old="no such words", new="", red="tests/a.py::test_b")
    wrong = (
        Row(what="nobody"),
        Row(what="cannot fail", tests=(mine,)),
        Row(what="gone", tests=(f"tests/security/{here}::test_gone",), mutation=change),
    )
    table = Table(title="", head="", rows=wrong, must_be_proven=True)
    monkeypatch.setattr(rows, "tables", lambda: (table,))
    assert [(lack.what, lack.why) for lack in lacks()] == [
        ("nobody", "no test shows it"),
        ("cannot fail", "no mutation makes its test fail"),
        ("gone", f"tests/security/{here} has no test_gone"),
        ("gone", "its mutation's `old` is 0 times in run, not once"),
        ("gone", "tests/a.py::test_b is not one of its tests"),
    ]
