"""The examples of docs/api.md, played in their order and compared with what is answered."""

import json
import re
from typing import Any

from tests.support.tree import ROOT
from tests.webui.api.api_tape import Tape

PAGE = ROOT / "docs" / "api.md"
_BLOCK = re.compile(r"```http\n(.*?)```", re.DOTALL)
_NAME = re.compile(r"\{(\w+)\}")


class Example:
    """One block: a request, and what is answered."""

    def __init__(self, text: str) -> None:
        asked, answered = text.split("\n\n", 1)
        self.method, self.path = asked.splitlines()[0].split()
        self.headers, self.body = _parts(asked)
        self.status = int(answered.splitlines()[0])
        self.answer_headers, self.answer = _parts(answered)


def _parts(text: str) -> tuple[dict[str, str], str]:
    """Headers and body below the first line; the body begins with a brace."""
    head, brace, body = text.split("\n", 1)[-1].partition("{") if "\n" in text else ("", "", "")
    lines = [line.split(": ", 1) for line in head.splitlines() if line]
    return {name: value for name, value in lines}, brace + body  # noqa: C416


def examples() -> list[Example]:
    """All blocks of the page."""
    return [Example(text) for text in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def play_page(tape: Tape) -> None:
    """Make each request, and fail where the answer is another than the page shows."""
    for example in examples():
        body = json.loads(tape.filled(example.body)) if example.body else None
        answer = tape.call(example.method, tape.filled(example.path), body, example.headers)
        where = f"{example.method} {example.path}: {answer.get_data(as_text=True)}"
        assert answer.status_code == example.status, where
        for name, value in example.answer_headers.items():
            assert answer.headers[name] == value, where
        _match(json.loads(example.answer), answer.get_json(force=True), tape.known, where)


def _match(shown: Any, found: Any, known: dict[str, str], where: str) -> None:
    """What is shown is in the answer; `{name}` stands for an id, the same each time."""
    if isinstance(shown, dict):
        for key, value in shown.items():
            assert key in found, f"{key}: {where}"
            _match(value, found[key], known, where)
    elif isinstance(shown, list):
        assert len(shown) == len(found), where
        for one, other in zip(shown, found, strict=True):
            _match(one, other, known, where)
    elif isinstance(shown, str) and (name := _NAME.fullmatch(shown)):
        assert known.setdefault(name[1], found) == found, where
    else:
        assert shown == found, where
