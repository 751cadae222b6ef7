"""An import-linter contract that reads the architecture's table: what isn't listed is refused."""

import ast
import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output

from tests.support.tree import ROOT


class ImportTable(Contract):
    """Each row is `package: what it may import`, beyond the standard library and itself.

    The longest row that covers a module is its own; `itself` is every module of that same row.
    """

    rows: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare every direct import with the importer's row."""
        table = dict(self._row(row) for row in self.rows)
        refused = [
            (importer, imported)
            for importer in sorted(graph.modules)
            if (package := _longest(importer, table)) is not None
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if _longest(imported, table) != package and not _allowed(imported, table[package])
        ]
        return ContractCheck(kept=not refused, metadata={"refused": refused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that the table doesn't list."""
        for importer, imported in check.metadata["refused"]:
            output.print_error(f"{importer} may not import {imported}")

    @staticmethod
    def _row(row: str) -> tuple[str, set[str]]:
        package, _, allowed = row.partition(":")
        return package, set(allowed.split())


def _longest(module: str, table: dict[str, set[str]]) -> str | None:
    covering = [package for package in table if _within(module, package)]
    return max(covering, key=len, default=None)


def _within(module: str, package: str) -> bool:
    """Whether it is the package or below it; `*` in a row stands for any one name."""
    names = package.split(".")
    mine = module.split(".")[: len(names)]
    return len(mine) == len(names) and all(
        name in ("*", own) for name, own in zip(names, mine, strict=True)
    )


def _allowed(imported: str, packages: set[str]) -> bool:
    if "*" in packages or imported.split(".")[0] in sys.stdlib_module_names:
        return True
    return any(_within(imported, package) for package in packages)


class FeatureOrder(Contract):
    """A feature imports none that comes after it in `controller/assembly.py`, the one list."""

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare each import between features with their order."""
        order = _features()
        refused = [
            (importer, imported)
            for importer in sorted(graph.modules)
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if (mine := _feature(importer)) and (theirs := _feature(imported))
            if order.index(theirs) > order.index(mine)
        ]
        return ContractCheck(kept=not refused, metadata={"refused": refused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import that goes the wrong way, or no longer does."""
        for importer, imported in check.metadata["refused"]:
            output.print_error(f"{importer} comes before {imported}")


_FEATURES = "controller.capabilities"


def _features() -> list[str]:
    """The rooms in the order of the list in assembly.py."""
    tree = ast.parse((ROOT / "controller" / "assembly.py").read_text())
    feature_of = {
        name.name: str(node.module).split(".")[2]
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith(f"{_FEATURES}.")
        for name in node.names
    }
    house = next(
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "HOUSE"
    )
    return [
        feature_of[n.id] for n in ast.walk(house) if isinstance(n, ast.Name) and n.id in feature_of
    ]


def _feature(module: str) -> str | None:
    return module.split(".")[2] if module.startswith(f"{_FEATURES}.") else None
