"""The data dictionary, docs/data-dictionary.md, made from the models and their docstrings.

`python -m controller.store.dictionary` writes it.
"""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Column, Table

from controller.store.models import Base
from controller.store.models.base import Versioned

FILE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"

_HEAD = """# Data dictionary

Every table and column of the database, made from `controller/store/models` by
`python -m controller.store.dictionary`; a test holds it equal. SQLite and PostgreSQL have the same
tables. Times are UTC, to the millisecond. `member_ref`, `ref` and `supervisor` are random
references: erasing a person deletes the row that links them to a name.
"""


def page() -> str:
    """The whole page."""
    models = {_table(mapper.class_).name: mapper.class_ for mapper in Base.registry.mappers}
    return "\n".join([_HEAD, *(line for name in sorted(models) for line in _of(models[name]))])


def _of(model: type[Base]) -> Iterator[str]:
    texts = _texts(Versioned) | _texts(model)
    yield f"## {_table(model).name}\n"
    yield f"{_one_line(inspect.getdoc(model) or '')}\n"
    yield "| column | type | key | may be null | |"
    yield "|---|---|---|---|---|"
    for column in _table(model).columns:
        yield _row(column, texts.get(column.name, ""))
    yield ""


def _row(column: Column[Any], text: str) -> str:
    keys = ["primary"] if column.primary_key else []
    keys += [f"→ {key.target_fullname}" for key in sorted(column.foreign_keys, key=str)]
    keys += ["unique"] if column.unique else []
    null = "yes" if column.nullable else ""
    cells = (f"`{column.name}`", _type(column), ", ".join(keys), null, text)
    return f"| {' | '.join(cells)} |"


def _type(column: Column[Any]) -> str:
    kind = column.type
    values = getattr(kind, "enums", None)
    if values:
        return ", ".join(f"`{value}`" for value in values)
    length = getattr(kind, "length", None)
    name = _NAMES.get(type(kind).__name__, type(kind).__name__.lower())
    return f"{name}({length})" if length else name


_NAMES = {
    "UtcDateTime": "time", "String": "text", "Text": "text", "JSON": "JSON",
    "LargeBinary": "bytes", "BigInteger": "integer", "Double": "number", "Float": "number",
}  # fmt: skip


def _texts(model: type) -> dict[str, str]:
    """What stands in the source below each column."""
    found: dict[str, str] = {}
    (tree,) = ast.parse(inspect.getsource(model)).body
    body = tree.body if isinstance(tree, ast.ClassDef) else []
    for before, after in pairwise(body):
        if (
            isinstance(before, ast.AnnAssign)
            and isinstance(before.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
        ):
            found[before.target.id] = _one_line(str(after.value.value))
    return found


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
