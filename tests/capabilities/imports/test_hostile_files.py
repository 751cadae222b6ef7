"""Files made to keep the controller busy are refused by a limit; whoever waits gets an answer."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

import pytest

from controller.capabilities.imports import mapping
from controller.capabilities.imports.tables import read_table
from controller.capabilities.member_files.columns import PlaceData
from controller.capabilities.member_files.problems import ProblemReason as Cell
from controller.capabilities.member_files.reading import MAX_LINES, ImportRefused, read_lines
from controller.capabilities.places import school
from controller.integrations.fabomatic.database import Records
from controller.integrations.fabomatic.import_source import FileProblem, NotFabOMatic, read_database
from controller.kernel.errors import Invalid
from controller.kernel.sandbox import sandbox
from controller.kernel.sandbox.limits import Limits
from controller.kernel.sandbox.problems import NotReadable, ReadProblem
from tests.capabilities.imports import hostile

LONG = "x" * 5_000_000
PARIS = ZoneInfo("Europe/Paris")
PATIENT = Limits(cpu_s=600, timeout_s=600)
"""On a busy machine the process that gives way gets little: time is not what is tried here."""

KNOWN = PlaceData({}, frozenset(), PARIS, {})


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "LIMITS", PATIENT)


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (hostile.last_row, ReadProblem.ROWS),
        (hostile.wide, ReadProblem.COLUMNS),
        (hostile.many_cells, ReadProblem.CELLS),
        (hostile.one_string_in_every_cell, ReadProblem.SIZE),
        (hostile.nested, ReadProblem.MEMORY),
        (hostile.ten_gigabytes, ReadProblem.SIZE),
    ],
)
def test_a_hostile_workbook_is_refused_by_its_limit(
    made: Callable[[], bytes], why: ReadProblem
) -> None:
    with pytest.raises(NotReadable) as caught:
        read_table(made())
    assert caught.value.why is why


@pytest.mark.parametrize("made", [hostile.laughs, hostile.a_lie_about_its_size])
def test_a_workbook_that_is_none_is_refused(made: Callable[[], bytes]) -> None:
    with pytest.raises(ImportRefused) as caught:
        read_table(made())
    assert caught.value.problems[0].reason is Cell.WORKBOOK


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"Nom\n" + b"\n" * 10_000_000, ReadProblem.ROWS),
        (b"Nom\n" + b"x\n" * 10_000_000, ReadProblem.ROWS),
        (b"x" + b"," * 5_000_000 + b"x", ReadProblem.COLUMNS),
        (b"Nom;Mail\n" + b";".join([b"x"] * 5_000_000), ReadProblem.CELLS),
    ],
)
def test_a_hostile_csv_is_refused_by_its_limit(data: bytes, why: ReadProblem) -> None:
    with pytest.raises((NotReadable, ImportRefused)) as caught:
        read_table(data)
    assert isinstance(caught.value, NotReadable)
    assert caught.value.why is why


@pytest.mark.parametrize("data", [LONG.encode(), f"Nom\n{LONG}".encode()])
def test_a_line_of_five_megabytes_is_refused(data: bytes) -> None:
    with pytest.raises(ImportRefused) as caught:
        read_table(data)
    assert caught.value.problems[0].reason is Cell.QUOTES


def test_millions_of_empty_columns_are_none() -> None:
    assert read_table(b"Nom" + b"," * 5_000_000).headings == ("Nom",)


def test_a_hostile_members_file_is_refused() -> None:
    with pytest.raises(ImportRefused) as caught:
        read_lines(LONG, KNOWN, lambda count: None)
    assert caught.value.problems[0].reason is Cell.QUOTES
    lines = "display_name\n" + "\n" * 10_000_000
    _, problems = read_lines(lines, KNOWN, lambda count: None)
    assert [(problem.line, problem.reason) for problem in problems] == [(MAX_LINES + 1, Cell.ROWS)]


def test_a_hostile_calendar_of_schools_is_refused() -> None:
    heads = "description;start_date;end_date;zones;population\n"
    for text in (LONG, heads + LONG, heads + "A;0001-01-01;0001-01-01;Zone B;\n"):
        with pytest.raises(Invalid):
            school.read_holidays(text.encode(), "Zone B", PARIS)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a" + b".a" * 20_000 + b"=1", ReadProblem.MEMORY),
        (b"a=" + b"[" * 100_000, ReadProblem.DAMAGED),
        (b"a=" + b"{a=" * 100_000, ReadProblem.DAMAGED),
        (b"a = 'x", ReadProblem.TOML),
        (b"\xff", ReadProblem.TOML),
    ],
)
def test_a_hostile_mapping_is_refused_by_its_limit(data: bytes, why: ReadProblem) -> None:
    with pytest.raises(NotReadable) as caught:
        mapping.load(data)
    assert caught.value.why is why


@pytest.mark.parametrize(
    ("made", "why"),
    [(hostile.many_users, ReadProblem.ROWS), (hostile.everybody_may_everything, ReadProblem.CELLS)],
)
def test_a_hostile_fabomatic_is_refused_by_its_limit(
    made: Callable[[], bytes], why: ReadProblem
) -> None:
    with pytest.raises(NotReadable) as caught:
        read_database(made())
    assert caught.value.why is why


@pytest.mark.parametrize("made", [hostile.endless_view, hostile.huge_blob])
def test_a_database_with_more_than_tables_is_no_fabomatic(made: Callable[[], bytes]) -> None:
    with pytest.raises(NotFabOMatic) as caught:
        read_database(made())
    assert caught.value.wrong is FileProblem.NO_FABOMATIC


def test_columns_that_compute_for_ever_are_ended_by_the_processors_time() -> None:
    reader = "controller.integrations.fabomatic.database:read"
    with pytest.raises(NotReadable) as caught:
        sandbox.read(reader, hostile.slow_columns(), Records, Limits(cpu_s=2))
    assert caught.value.why is ReadProblem.TIME
