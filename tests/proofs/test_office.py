"""A spreadsheet that people have reads every figure of a funder's workbook and CSV unchanged."""

import csv
import re
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.support.programs import program_path
from tests.webui.conftest import clock
from tests.webui.conftest import database as database_of_pages
from tests.webui.statistics.reports_pages import EVIL, browser, send
from tests.webui.statistics.reports_pages import database as furnished

pytestmark = [pytest.mark.long, pytest.mark.needs("soffice")]
__all__ = ["clock", "database", "database_of_pages"]
FRENCH = 1036
_FIGURE = re.compile(r"-?\d+(?:[.,]\d+)?")


@pytest.fixture
def database(database_of_pages: Database) -> Database:
    """The place of the reports' tests, with money and hours that are no round numbers."""
    return furnished.__wrapped__(database_of_pages)  # type: ignore[attr-defined, no-any-return]


def opened(file: Path, kind: str, reading: str = "") -> list[list[str]]:
    """What LibreOffice has in the first sheet, as raw values rather than as it shows them."""
    raw = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,false,false,false,false,1"
    command = [str(program_path("soffice")), "--headless", "--norestore"]
    command += [f"-env:UserInstallation=file://{file.parent}/profile-{kind}"]
    command += [f"--infilter={reading}"] if reading else []
    out = file.parent / kind
    done = [*command, "--convert-to", raw, "--outdir", str(out), str(file)]
    subprocess.run(done, check=True, capture_output=True, timeout=120)
    (made,) = out.iterdir()
    return list(csv.reader(StringIO(made.read_text("utf-8-sig")), delimiter=";"))


def as_number(text: str) -> float | str:
    """A figure, however its decimals are written."""
    return float(text.replace(",", ".")) if _FIGURE.fullmatch(text) else text


def test_no_figure_is_changed_and_nothing_is_run(
    database: Database, clock: Clock, tmp_path: Path
) -> None:
    manager = browser(database, clock, "manager")
    hours = {"day": "2026-11-21", "people": "3", "hours": "4,55", "what": "Repair"}
    assert send(manager, "/reports/volunteers", "/reports/funder", **hours) == 303
    text, book = tmp_path / "funder.csv", tmp_path / "funder.xlsx"
    text.write_bytes(manager.get("/reports/funder/csv").get_data())
    book.write_bytes(manager.get("/reports/funder/xlsx").get_data())
    written = list(csv.reader(StringIO(text.read_text("utf-8-sig")), delimiter=";"))
    figures = [as_number(row[3]) for row in written[1:]]
    assert len([figure for figure in figures if isinstance(figure, float)]) == len(figures) > 3
    assert {1.5, 4.55} <= set(figures)
    of_csv = opened(text, "of-csv", f"CSV:59,34,76,1,,{FRENCH},false,true,false")
    of_book = opened(book, "of-book")
    for found in (of_csv, of_book):
        assert [as_number(row[3]) for row in found[1:]] == figures
        assert [row[0] for row in found] == [row[0] for row in written]
    names = {row[2].removeprefix("'") for row in (*of_csv, *of_book)}
    assert EVIL in names, "a name that would compute is text"
