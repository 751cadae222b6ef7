"""The steps of the schema as their files tell, read without running them or loading Alembic.

Alembic and what it needs take 10 MB, which a process that only asks has no use for.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Graph = Mapping[str, "Step"]


@dataclass(frozen=True, slots=True)
class Step:
    """One revision: what it follows, and what else must be there."""

    follows: frozenset[str]
    needs: frozenset[str]


def read_steps(folders: Iterable[Path]) -> dict[str, Step]:
    """All steps of these folders, by revision."""
    found = {}
    for file in (file for folder in folders for file in sorted(folder.glob("*.py"))):
        told = _told(file)
        if "revision" in told:
            follows, needs = _names(told.get("down_revision")), _names(told.get("depends_on"))
            found[str(told["revision"])] = Step(follows, needs)
    return found


def heads(steps: Graph) -> set[str]:
    """Those that no other follows."""
    return set(steps) - {name for step in steps.values() for name in step.follows}


def finished_steps(steps: Graph, found: Iterable[str]) -> set[str]:
    """All migrations that have run in a database that records these revisions."""
    reached: set[str] = set()
    waiting = [name for name in found if name in steps]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += steps[name].follows | steps[name].needs
    return reached


def _told(file: Path) -> dict[str, Any]:
    """The constants above its first function: the first schema goes on for thousands of lines."""
    told = {}
    head, _, _ = file.read_text(encoding="utf-8").partition("\ndef ")
    for line in ast.parse(head).body:
        for name, value in _set_by(line):
            try:
                told[name] = ast.literal_eval(value)
            except ValueError:  # worked out when it is run: none that is looked for
                continue
    return told


def _set_by(line: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(line, ast.AnnAssign) and line.value is not None:
        yield from _pairs(line.target, line.value)
    elif isinstance(line, ast.Assign):
        for target in line.targets:
            yield from _pairs(target, line.value)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for element, its in zip(target.elts, value.elts, strict=True):
            yield from _pairs(element, its)


def _names(told: Any) -> frozenset[str]:
    if told is None:
        return frozenset()
    return frozenset([told] if isinstance(told, str) else told)
