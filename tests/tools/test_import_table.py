"""The import table refuses what it doesn't list."""

import pytest
from grimp import ImportGraph

from tests.import_table import ImportTable

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
