"""Reads the docstrings of fields from the source, since Python does not keep them."""

import ast
import inspect
import textwrap
from typing import Any


def summary(kind: type[Any]) -> str:
    """Return the docstring of a class in one line; empty if there is none or it was generated."""
    text = inspect.cleandoc(kind.__dict__.get("__doc__") or "")
    return "" if text.startswith(kind.__name__ + "(") else _one_line(text)


def field_texts(kind: type[Any]) -> dict[str, str]:
    """Return the string under each field, inherited fields included."""
    texts: dict[str, str] = {}
    for base in reversed(kind.__mro__):
        if base.__module__.startswith("controller."):
            texts |= _own_texts(base)
    return texts


def _own_texts(kind: type[Any]) -> dict[str, str]:
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    if not isinstance(tree, ast.ClassDef):
        raise TypeError(f"{kind.__name__} is not a class")
    texts: dict[str, str] = {}
    for field, text in zip(tree.body, tree.body[1:], strict=False):
        match field, text:
            case (
                ast.AnnAssign(target=ast.Name(id=name)),
                ast.Expr(value=ast.Constant(value=str(words))),
            ):
                texts[name] = _one_line(words)
    return texts


def _one_line(text: str) -> str:
    return " ".join(text.split())
