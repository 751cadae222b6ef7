"""The data dictionary, docs/data-dictionary.md, generated from the models and their docstrings.

`python -m tools.dictionary` writes it.
"""

import ast
import inspect
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import Column

from controller.assembly import HOUSE
from controller.kernel.privacy import Data, ErasureKind, PersonalDataRule, RetentionKind
from controller.store.base import Versioned

FILE = Path(__file__).parents[1] / "docs" / "data-dictionary.md"

_HEAD = """# Data dictionary

Every table and column of the database. `python -m tools.dictionary` generates this page from the
models of the features; a test compares them. SQLite and PostgreSQL have the same tables. Times are
UTC, to the millisecond. `member_ref`, `ref` and `supervisor` are random references: erasing a
person deletes the row that links them to a name. The models state the kind of personal data in
each column, the `privacy.py` of a feature the retention and erasure of each table; for the reasons,
in French, see [docs/dpo](dpo/conservation.md).
"""


_KEPT = {
    RetentionKind.PLACE: "until the place deletes it",
    RetentionKind.MEMBER: "with the member: `member_months` after the last subscription",
    RetentionKind.ACCESS: "`access_days`, then without a person",
    RetentionKind.REASON: "`reason_months`",
    RetentionKind.MOMENT: "while it is current, two days at most",
    RetentionKind.ANSWER: "24 hours",
    RetentionKind.SHIFT: "30 days after it is done",
    RetentionKind.INSTALLATION: "as long as the installation exists, by opaque reference",
    RetentionKind.SAFETY: "as long as the place exists: the safety register",
    RetentionKind.REGISTER: "five years after the end of its year, then without texts or a person",
    RetentionKind.BOOKS: "ten years, as required for accounts; then amounts without a person",
    RetentionKind.HISTORY: "as long as the machines exist: their history",
}
_ERASED = {
    ErasureKind.NOTHING: "",
    ErasureKind.DELETE: "its rows are deleted",
    ErasureKind.EMPTY: "its rows no longer lead to a person",
    ErasureKind.REASON: "its rows no longer lead to a person",
    ErasureKind.COUNT: "its rows are deleted and counted",
    ErasureKind.BYTES: "bytes with personal data are deleted, their hash stays",
    ErasureKind.NOTE: "",
}


def page() -> str:
    """The whole page."""
    rules = sorted(HOUSE.personal_data, key=lambda rule: rule.name)
    return "\n".join([_HEAD, *(line for rule in rules for line in _of(rule))])


def _of(rule: PersonalDataRule) -> Iterator[str]:
    texts = _texts(Versioned) | _texts(rule.model)
    columns = rule.columns
    yield f"## {rule.name}\n"
    yield f"{_one_line(inspect.getdoc(rule.model) or '')}\n"
    erased = _ERASED[rule.erasure_kind]
    yield f"Kept: {_KEPT[rule.retention_kind]}.{f' On erasure, {erased}.' if erased else ''}\n"
    yield "| column | type | key | nullable | personal data | |"
    yield "|---|---|---|---|---|---|"
    for column in rule.table.columns:
        kind = columns[column.name]
        yield _row(column, "" if kind is Data.PLAIN else kind.value, texts.get(column.name, ""))
    yield ""


def _row(column: Column[Any], data: str, text: str) -> str:
    keys = ["primary"] if column.primary_key else []
    keys += [f"→ {key.target_fullname}" for key in sorted(column.foreign_keys, key=str)]
    keys += ["unique"] if column.unique else []
    null = "yes" if column.nullable else ""
    cells = (f"`{column.name}`", _type(column), ", ".join(keys), null, data, text)
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
    "UtcDateTime": "time",
    "LanguageCode": "text",
    "String": "text",
    "Text": "text",
    "JSON": "JSON",
    "LargeBinary": "bytes",
    "BigInteger": "integer",
    "Double": "number",
    "Float": "number",
}


def _texts(model: type) -> dict[str, str]:
    """The docstring below each column in the source."""
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


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
