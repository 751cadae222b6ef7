"""The examples of docs/api.md, run in their order against the real application."""

import json
import re
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

from controller.services import tokens
from controller.services.actor import Actor, Permission
from controller.services.database import Database
from controller.store.models import AccountRow, AgentRow
from tests.unit.webui.conftest import NOW, SITE

PAGE = Path(__file__).parents[3] / "docs" / "api.md"
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


def test_the_examples_are_what_is_answered(client: FlaskClient, database: Database) -> None:
    with database.write() as db:
        admin = db.scalars(select(AccountRow.id).where(AccountRow.login.like("admin%"))).one()
        system = Actor.system("test")
        _, secret = tokens.add(db, admin, "examples", frozenset(Permission), NOW, system)
        told = {"access_points": [{"id": "drill", "reader": {"driver": "rc522"},
                                   "power": {"driver": "gpio_pulse", "pin": 17}}]}  # fmt: skip
        db.add(AgentRow(id="wood-pi", site_id=SITE, name={"en": "Woodshop"}, wiring=told,
                        created_at=NOW))  # fmt: skip
    known: dict[str, str] = {}
    examples = [Example(text) for text in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    assert len(examples) > 25
    for each in examples:
        headers = each.headers | {"Authorization": f"Bearer {secret}"}
        body = json.loads(_filled(each.body, known)) if each.body else None
        answer = client.open(
            _filled(each.path, known), method=each.method, headers=headers, json=body
        )
        where = f"{each.method} {each.path}: {answer.get_data(as_text=True)}"
        assert answer.status_code == each.status, where
        for name, value in each.answer_headers.items():
            assert answer.headers[name] == value, where
        _match(json.loads(each.answer), answer.get_json(force=True), known, where)


def _filled(text: str, known: dict[str, str]) -> str:
    """The text with the ids that earlier answers gave."""
    return _NAME.sub(lambda found: known[found[1]], text)


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
