"""Every action that the code records has a label, so that the audit never shows a code."""

import ast
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from controller.capabilities.audit.action_labels import GROUPS

ROOT = Path(__file__).parents[3]
LABELLED = {action for actions in GROUPS.values() for action in actions}
ACTION = re.compile(r"[a-z*]+(_[a-z*]+)+").fullmatch
NO_ACTIONS = {"access_point", "course_session", "safety_entry"}
"""Kinds of things, which stand beside actions in the same calls."""


def texts(node: ast.AST) -> Iterator[str]:
    """Strings in an expression that look like actions; what is filled in is a `*`."""
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else "*" for part in node.values]
        yield "".join(map(str, parts))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, (ast.IfExp, ast.BoolOp)):
        for child in ast.iter_child_nodes(node):
            yield from texts(child)


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def recorded(tree: ast.AST) -> Iterator[str]:
    """Texts that this module gives to what records, and those it calls actions."""
    recorders = {"record"}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and "action" in {
            argument.arg for argument in node.args.args + node.args.kwonlyargs
        }:
            recorders.add(node.name)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) in recorders:
            for argument in node.args:
                yield from texts(argument)
        elif isinstance(node, ast.Assign) and "action" in ast.unparse(node.targets[0]).lower():
            yield from texts(node.value)


def test_each_action_that_is_recorded_has_a_label() -> None:
    found = {
        text
        for folder in ("controller", "webui")
        for path in (ROOT / folder).rglob("*.py")
        if "audit.record(" in (source := path.read_text(encoding="utf-8"))
        for text in recorded(ast.parse(source))
        if ACTION(text) and text not in NO_ACTIONS
    }
    assert {"messages_turned_off", "credential_*", "booking_created"} <= found
    unlabelled = [
        text for text in found if not any(fnmatchcase(action, text) for action in LABELLED)
    ]
    assert sorted(unlabelled) == []
