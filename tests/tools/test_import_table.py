"""The import table refuses what it doesn't list."""

import pytest
from grimp import ImportGraph

from tests.import_table import ImportTable, uses_in

ROWS = ["shop:", "shop.rules:", "shop.store: shop.rules sqlalchemy", "shop.cli: *"]


def refused(*imports: tuple[str, str]) -> list[tuple[str, str]]:
    graph = ImportGraph()
    for importer, imported in imports:
        graph.add_module(importer)
        graph.add_module(imported)
        graph.add_import(importer=importer, imported=imported)
    contract = ImportTable("table", {}, {"rows": ROWS})
    found: list[tuple[str, str]] = contract.check(graph, verbose=False).metadata["refused"]
    return found


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("shop.store.models", "shop.rules.price"),  # listed
        ("shop.store.models", "shop.store.engine"),  # itself
        ("shop.store.models", "sqlalchemy"),
        ("shop.rules.price", "decimal"),  # the standard library
        ("shop.cli", "flask"),  # anything
    ],
)
def test_listed_imports_pass(importer: str, imported: str) -> None:
    assert refused((importer, imported)) == []


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("shop.rules.price", "shop.store.models"),  # against the arrow
        ("shop.rules.price", "sqlalchemy"),
        ("shop.store.models", "sqlalchemy_utils"),  # a longer name is another package
        ("shop", "shop.rules"),  # the root package imports nothing
        ("shop.unlisted", "shop.rules"),
    ],
)
def test_other_imports_are_refused(importer: str, imported: str) -> None:
    assert refused((importer, imported)) == [(importer, imported)]


@pytest.mark.parametrize(
    ("text", "offer", "is_written"),
    [
        ("from controller.capabilities.members import search", "search", False),
        ("from controller.capabilities.members.search import words", "search", False),
        ("from controller.capabilities.members.models import MemberRow", "models.MemberRow", False),
        (
            "from controller.capabilities.members.models import MemberRow\nMemberRow(id='')",
            "models.MemberRow",
            True,
        ),
        (
            "from controller.capabilities.members.models import MemberRow as Row\nupdate(Row)",
            "models.MemberRow",
            True,
        ),
    ],
)
def test_what_a_feature_takes_from_another(text: str, offer: str, is_written: bool) -> None:
    (use,) = uses_in(text, "controller.capabilities.plans.plans")
    assert (use.feature, use.offer, use.is_written) == ("members", offer, is_written)


def test_a_feature_takes_what_it_likes_from_itself() -> None:
    text = "from controller.capabilities.plans.models import PlanRow\nPlanRow()"
    assert list(uses_in(text, "controller.capabilities.plans.plans")) == []
