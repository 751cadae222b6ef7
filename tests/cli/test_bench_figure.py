"""Percentiles, the table and the list of the bench; a row that fails."""

import argparse
import json
from pathlib import Path

import pytest

from controller.cli.bench import BenchFailed, arguments, families, run, suite
from controller.cli.bench.families import FAMILIES, Family, Installations
from controller.cli.bench.figure import Figure, as_list, heading, percentile, percentile_figure, row
from tests.support.tree import ROOT


def test_a_percentile_is_a_value_that_was_measured() -> None:
    samples = [float(n) for n in range(300, 0, -1)]
    assert percentile(samples, 50) == 150
    assert percentile(samples, 99) == 297
    assert percentile([7.0], 99) == 7


def test_a_spread_stands_beside_its_floor() -> None:
    found = percentile_figure("tap_to_pin", "ms", [1.0, 2.0, 3.0], [0.5, 1.0, 9.0])
    assert (found.p50, found.max, found.floor_p50, found.ratio) == (2.0, 3.0, 1.0, 2.0)
    assert percentile_figure("agent_start", "s", [1.0]).ratio is None


def test_the_list_holds_what_applies_and_no_note() -> None:
    figures = [Figure("events_per_s", "1/s", value=5000.0, note="4 agents")]
    assert as_list(figures) == [{"name": "events_per_s", "unit": "1/s", "value": 5000.0}]


def test_a_row_stands_under_its_heading() -> None:
    names = ["name", "unit", "p50", "p99", "max", "value", "floor_p50", "ratio"]
    assert heading().split() == names
    line = row(Figure("rss_agent", "MB", value=53.2))
    assert line.split() == ["rss_agent", "MB", "53.2"]
    assert line.index("53.2") + 4 == heading().index("value") + 5
    assert row(Figure("x", "ms", p50=0.25)).split() == ["x", "ms", "0.25"]


def test_an_interrupted_run_keeps_the_rows_that_it_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ended(_hall: Installations, _wanted: frozenset[str]) -> list[Figure]:
        raise KeyboardInterrupt

    made = (Family(("first", "third"), _broken), Family(("last",), ended))
    monkeypatch.setattr(families, "FAMILIES", made)
    parser = argparse.ArgumentParser()
    arguments(parser)
    with pytest.raises(KeyboardInterrupt):
        run(parser.parse_args(["--json", str(tmp_path / "list.json")]))
    assert "third" in capsys.readouterr().out
    kept = json.loads((tmp_path / "list.json").read_text())
    assert [item["name"] for item in kept] == ["first", "third"]


def test_an_unknown_name_is_one_clear_line() -> None:
    parser = argparse.ArgumentParser()
    arguments(parser)
    with pytest.raises(BenchFailed, match="no figure taps; known: tap_to_pin, "):
        run(parser.parse_args(["taps"]))


def test_each_figure_is_in_the_documentation() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert not [name for family in FAMILIES for name in family.names if f"`{name}`" not in text]


def _broken(hall: Installations, wanted: frozenset[str]) -> list[Figure]:
    """Three rows that are measured together; the second can't be."""
    if "second" in wanted:
        raise ImportError("no chip\nfound")
    return [Figure(name, "ms", value=1.0) for name in ("first", "second", "third")]


def test_a_row_that_fails_says_why_and_the_others_come(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def measured_after(_hall: Installations, _wanted: frozenset[str]) -> list[Figure]:
        return [Figure("last", "s", value=2.0)]

    made = (Family(("first", "second", "third"), _broken), Family(("last",), measured_after))
    monkeypatch.setattr(families, "FAMILIES", made)
    parser = argparse.ArgumentParser()
    arguments(parser)
    assert run(parser.parse_args(["--json", str(tmp_path / "list.json")])) == 1
    assert "failed: ImportError: no chip found" in capsys.readouterr().out
    assert json.loads((tmp_path / "list.json").read_text()) == [
        {"name": "first", "unit": "ms", "value": 1.0},
        {"name": "second", "unit": "", "error": "ImportError: no chip found"},
        {"name": "third", "unit": "ms", "value": 1.0},
        {"name": "last", "unit": "s", "value": 2.0},
    ]


def test_rows_that_all_came_are_success(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(families, "FAMILIES", (Family(("first", "third"), _broken),))
    parser = argparse.ArgumentParser()
    arguments(parser)
    assert run(parser.parse_args(["third"])) == 0
    assert "first" not in capsys.readouterr().out


def test_the_last_run_of_the_suite_is_a_row_or_says_that_there_was_none(tmp_path: Path) -> None:
    file = tmp_path / "suite.json"
    none = suite.measure(file)
    assert (none.value, none.error) == (None, None)
    assert "./run test has not passed here" in none.note
    file.write_text('{"seconds": 612.5, "tests": 3945, "cores": 2}')
    assert suite.measure(file).value == 612.5
