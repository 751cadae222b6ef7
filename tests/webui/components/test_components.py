"""The page *components*: each macro of the pages is shown there, in all its states."""

import html
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jinja2 import nodes
from jinja2.runtime import Macro

import webui
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import make_app, sign_in, token_of

MACROS = Path(webui.__file__).with_name("templates") / "macros"


@pytest.fixture
def client(database: Database, clock: Clock) -> FlaskClient:
    """Of a process with simulated hardware, as in the demo."""
    client = make_app(database, clock, hardware=lambda *_, **__: {}).test_client()
    sign_in(client, "manager")
    return client


def defined(client: FlaskClient) -> Iterator[tuple[str, str]]:
    """File and name of each macro that the templates define."""
    environment = client.application.jinja_env
    for file in sorted(MACROS.glob("*.html")):
        tree = environment.parse(file.read_text(encoding="utf-8"))
        for macro in tree.find_all(nodes.Macro):
            yield file.name, macro.name


def called(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, page: str) -> set[tuple[str, str]]:
    """File and name of each macro that a page calls, or that one of these calls."""
    found: set[tuple[str, str]] = set()
    call = Macro.__call__

    def noted(self: Macro, *args: Any, **kwargs: Any) -> str:
        file = Path(self._func.__code__.co_filename)
        if file.parent == MACROS:
            found.add((file.name, self.name))
        return call(self, *args, **kwargs)

    monkeypatch.setattr(Macro, "__call__", noted)
    assert client.get(page).status_code == 200
    return found


def test_every_macro_is_shown(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    every = set(defined(client))
    assert ("parts.html", "flashes") in every, "they are read from the templates"
    assert every - called(client, monkeypatch, "/components") == set()


def test_a_page_that_lacks_some_is_found_out(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = set(defined(client)) - called(client, monkeypatch, "/accessibility")
    assert ("forms.html", "choice") in lacking


def shown(client: FlaskClient) -> str:
    return html.unescape(client.get("/components").get_data(as_text=True))


@pytest.mark.parametrize(
    "part",
    [
        'class="flash is-done"',
        'class="flash is-wrong"',
        'class="flash is-note"',
        'class="undo"',
        'id="acts-sample-menu" popover',
        'class="impact"',
        'class="people is-lose"',
        'class="people is-none"',
        'class="weeks"',
        'class="table is-list"',
        'class="empty"',
        'aria-invalid="true"',
        'aria-disabled="true"',
        'aria-pressed="true"',
    ],
)
def test_each_state_of_what_is_made_of_them_is_there(client: FlaskClient, part: str) -> None:
    assert part in shown(client)


def test_ids_stand_once_and_nothing_there_acts(client: FlaskClient) -> None:
    ids = re.findall(r'\bid="([^"]+)"', shown(client))
    assert sorted(set(ids)) == sorted(ids)
    effect = shown(client).split('id="effect"')[1].split("</form>")[0]
    assert set(re.findall(r'(?:action|href)="(/[^"#]*)"', effect)) == {"/components"}
    form = {"csrf_token": token_of(client)}
    assert client.post("/components", data=form).status_code == 303
    assert "Rien n’a été fait" in shown(client)


def test_it_is_in_the_demo_only(database: Database, clock: Clock) -> None:
    plain = make_app(database, clock).test_client()
    sign_in(plain, "manager")
    assert plain.get("/components").status_code == 404
