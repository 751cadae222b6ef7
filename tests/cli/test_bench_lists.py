"""The bench's lists and reports, over few rows: that they are measured at all."""

from pathlib import Path

from controller.cli.bench import lists
from controller.cli.bench.families import Family, Installations, measure_families
from controller.cli.bench.figure import Figure

ROWS = 1_500


def test_every_list_is_measured_beside_a_short_one(tmp_path: Path) -> None:
    wanted = {"events_list_1m", "sessions_list_1m", "usage_month_1m", "bytes_per_event"}
    figures = lists.measure(tmp_path, frozenset(wanted), ROWS)
    assert {figure.name for figure in figures} == wanted
    assert all(figure.error is None for figure in figures)


def test_what_fails_together_is_measured_alone_in_a_new_folder(tmp_path: Path) -> None:
    def measure(hall: Installations, wanted: frozenset[str]) -> list[Figure]:
        (hall.fresh("lists") / "many.db").touch(exist_ok=False)
        assert wanted == {"one"}, "no room for two"
        return [Figure("one", "ms", value=1.0)]

    hall = Installations(tmp_path, lambda _line: None)
    found = measure_families(hall, [Family(("one", "two"), measure)], frozenset({"one", "two"}))
    errors = {figure.name: figure.error for figure in found}
    assert errors["one"] is None
    assert (errors["two"] or "").startswith("AssertionError: no room for two")
