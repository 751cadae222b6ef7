"""The architecture's contracts for import-linter: what isn't listed is refused."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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


class FeatureOffers(Contract):
    """A feature takes what another lists in `OFFERS`, and writes to none of its tables.

    `OFFERS` names modules, and of modules of tables each class: `("changes", "models.MemberRow")`.
    What nobody takes is on no list. `writes` lists the exceptions, `module: class`, with a reason.
    """

    writes: Any = fields.ListField(subfield=fields.StringField(), required=False, default=[])

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Compare what is taken with what is listed, by the text of each module."""
        offered = {(feature, name) for feature in _features() for name in offers(feature)}
        uses = [
            use
            for module in sorted(graph.modules)
            if _feature(module)
            for use in uses_in(_file(module).read_text(), module)
        ]
        taken = {(use.feature, use.offer) for use in uses}
        written = {
            f"{use.importer}: {use.offer.rpartition('.')[2]}" for use in uses if use.is_written
        }
        allowed = set(self.writes)
        refused = [
            *(
                f"{use.importer} takes {use.offer}, which {use.feature} doesn't offer"
                for use in uses
                if (use.feature, use.offer) not in offered
            ),
            *(
                f"{feature} offers {name}, which no feature takes"
                for feature, name in offered - taken
            ),
            *(f"{write}: another feature's table is written to" for write in written - allowed),
            *(f"{write}: listed, and not done" for write in allowed - written),
        ]
        return ContractCheck(kept=not refused, metadata={"refused": sorted(refused)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """One line for each import, offer or write."""
        for line in check.metadata["refused"]:
            output.print_error(line)


@dataclass(frozen=True, slots=True)
class Use:
    """What a module of one feature takes from another feature."""

    importer: str
    feature: str
    offer: str
    is_written: bool


def offers(feature: str) -> tuple[str, ...]:
    """What the feature's package lists."""
    tree = ast.parse(_file(f"{_FEATURES}.{feature}").read_text())
    return next(
        (
            ast.literal_eval(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "OFFERS"
        ),
        (),
    )


def uses_in(text: str, module: str) -> Iterator[Use]:
    """What a feature's module takes from other features."""
    mine = _feature(module)
    tree = ast.parse(text)
    written = {
        node.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for node in _written(call)
        if isinstance(node, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or (theirs := _feature(node.module or "")) is None:
            continue
        if theirs != mine:
            inside = str(node.module).split(".")[3:]
            for name in node.names:
                path = [*inside, name.name]
                offer = path if "models" in inside or not inside else inside
                used = (name.asname or name.name) in written
                yield Use(module, theirs, ".".join(offer), used and "models" in inside)


def _written(call: ast.Call) -> Iterator[ast.expr]:
    """A class that is called, or whose table is: `Row(...)`, `insert(Row)`."""
    yield call.func
    if isinstance(call.func, ast.Name) and call.func.id in ("insert", "update", "delete"):
        yield from call.args[:1]


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


_FEATURES = "controller.capabilities"


def _features() -> list[str]:
    """The features in the order of the list in assembly.py."""
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
