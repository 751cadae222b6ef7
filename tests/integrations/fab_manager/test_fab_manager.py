"""fab-manager is read page by page; only checked against its published open API."""

from collections.abc import Iterator

import pytest

from controller.capabilities.imports.bundle import ImportContext, import_bundle, preview
from controller.capabilities.imports.bundle import bundle as bundled
from controller.capabilities.imports.mapping import ColumnMapping, identity_mapping
from controller.integrations.fab_manager.client import FabManager, NotRead, ReadProblem
from controller.integrations.fab_manager.import_source import read_installation
from tests.capabilities.conftest import BOSS, VAULT, Place
from tests.capabilities.imports.imports import rows
from tests.integrations.fab_manager.fab_manager import TOKEN, Shop, furnished, served


@pytest.fixture
def shop() -> Iterator[Shop]:
    with served(furnished()) as made:
        yield made


def client(shop: Shop, token: str = TOKEN) -> FabManager:
    return FabManager(shop.address, token, allow_private=True)


def at(place: Place) -> ImportContext:
    now = place.clock.forward(seconds=1)
    return ImportContext(database=place.database, vault=VAULT, actor=BOSS, now=now, site_id="here")


def test_all_of_it_comes_and_a_second_run_changes_nothing(place: Place, shop: Shop) -> None:
    found = read_installation(client(shop))
    plans = {"plan": {"One month - standard": "atelier"}}
    mapping = ColumnMapping(columns=identity_mapping(found.table.headings).columns, values=plans)
    brought = bundled(found.table, mapping, place.now, found.equipment)
    assert preview(brought, at(place)).problems == ()
    made = import_bundle(brought, at(place))
    assert (made.imported.members, made.certifications, made.machines) == (250, 2, 2)
    users = [path for path in shop.asked if "/users?" in path]
    assert [path.rpartition("?")[2] for path in users] == [
        f"page={n}&per_page=100" for n in (1, 2, 3)
    ]
    before = rows(place)
    assert before["member"] == 250
    again = read_installation(client(shop))
    brought = bundled(again.table, mapping, place.now, again.equipment)
    assert preview(brought, at(place)).is_nothing
    import_bundle(brought, at(place))
    assert rows(place) == before


def test_what_people_hold_and_until_when(shop: Shop) -> None:
    shop.envelope.clear()  # as the program answers: not as its document says
    found = read_installation(client(shop))
    first = found.table.rows[0][1]
    assert first == (
        "Person 1",
        "p1@example.org",
        "One month - standard",
        "2022-08-26",
        "2022-09-26",
        "formation-laser-vinyle",
    )
    assert [(machine.id, machine.blocked) for machine in found.equipment.machines] == [
        ("epilog-ext36-laser", False),
        ("petite-fraiseuse", True),
    ]
    assert [records.names for records in found.equipment.skipped] == [("1",)]


def test_a_plan_that_is_called_nothing_here_is_told_by_its_line(place: Place, shop: Shop) -> None:
    found = read_installation(client(shop))
    brought = bundled(
        found.table, identity_mapping(found.table.headings), place.now, found.equipment
    )
    looked = preview(brought, at(place))
    assert [(problem.line, problem.column) for problem in looked.problems] == [(2, "plan")]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (500, ReadProblem.ANSWER),
        (503, ReadProblem.BUSY),
        (429, ReadProblem.BUSY),
        (404, ReadProblem.NOT_THERE),
    ],
)
def test_what_goes_wrong_is_told_apart(shop: Shop, status: int, trouble: ReadProblem) -> None:
    shop.status = status
    with pytest.raises(NotRead) as caught:
        read_installation(client(shop))
    assert caught.value.trouble is trouble


def test_a_token_is_refused_and_never_said(shop: Shop) -> None:
    asked = client(shop, "s3cret-token")
    with pytest.raises(NotRead) as caught:
        read_installation(asked)
    assert caught.value.trouble is ReadProblem.REFUSED
    assert "s3cret" not in f"{caught.value} {asked!r} {shop.asked}"


def test_an_answer_that_is_not_as_published_is_told(shop: Shop) -> None:
    shop.have["users"][0]["id"] = "one"
    with pytest.raises(NotRead, match=r"users, page 1: not in the format of the open API"):
        read_installation(client(shop))


@pytest.mark.parametrize(
    ("address", "private", "trouble"),
    [
        ("http://127.0.0.1:1", True, ReadProblem.UNREACHABLE),
        ("http://fab.example.org", False, ReadProblem.ADDRESS),
        ("https://127.0.0.1:1", False, ReadProblem.PRIVATE),
        ("fab.example.org", True, ReadProblem.ADDRESS),
    ],
)
def test_where_it_may_be(address: str, private: bool, trouble: ReadProblem) -> None:
    with pytest.raises(NotRead) as caught:
        read_installation(FabManager(address, TOKEN, private))
    assert caught.value.trouble is trouble
