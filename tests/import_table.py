"""An import-linter contract that reads the architecture's table: what isn't listed is refused."""

import sys
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


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
    return module == package or module.startswith(f"{package}.")


def _allowed(imported: str, packages: set[str]) -> bool:
    if "*" in packages or imported.split(".")[0] in sys.stdlib_module_names:
        return True
    return any(_within(imported, package) for package in packages)
