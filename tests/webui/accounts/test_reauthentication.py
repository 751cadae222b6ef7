"""Generated from the table of pages: a grave act waits for password or passkey; nothing is lost."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

from markupsafe import escape
from sqlalchemy import select

import webui
from controller.capabilities.accounts.models import AccountRow
from controller.domain.facts import Language
from controller.kernel.actor import Role
from controller.kernel.database import Database
from controller.kernel.translation import catalogues
from tests.support.clock import Clock
from tests.webui.accounts.reauthentication import later, revoke
from tests.webui.conftest import PASSWORD, make_app, sign_in, token_of
from webui.feature import Page
from webui.features import FEATURES
from webui.reauthentication import TRIES

ROOT = Path(webui.__file__).parent
PAGES = [page for feature in FEATURES for pages in feature.pages for page in pages]
GRAVE = [page for page in PAGES if page.grave]
NAMED = {
    "agents.revoke",
    "privacy.do",
    "privacy.export",
    "accounts.give",
    "accounts.invite",
    "accounts.reset",
    "accounts.disable",
    "accounts.enable",
    "accounts.invite_again",
    "setup.admin",
    "accounts.require_factor",
    "me.remove_telephone",
    "me.add_passkey",
    "me.add_token",
}
"""What must wait, whatever else does."""


READS_ONLY = {"shared_calendars.create", "own_calendar.create"}
"""Show an address by which a program reads bookings, and changes nothing."""


def test_an_answer_with_a_secret_waits_for_the_password(database: Database, clock: Clock) -> None:
    app = make_app(database, clock)
    shown = set()
    for page in (page for page in PAGES if page.endpoint in app.view_functions):
        view = inspect.unwrap(app.view_functions[page.endpoint])
        if page.method == "POST" and "SECRET" in functions(view.__module__)[view.__name__]:
            shown.add(page.endpoint)
    assert len(shown) > 16
    assert shown - {page.endpoint for page in GRAVE} == READS_ONLY


@cache
def functions(module: str) -> dict[str, set[str]]:
    """The names that each function of a module uses, itself or by another of the module."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    uses = {
        it.name: {name.id for name in ast.walk(it) if isinstance(name, ast.Name)}
        for it in tree.body
        if isinstance(it, ast.FunctionDef)
    }
    for _ in uses:
        for names in uses.values():
            names |= {deeper for name in names for deeper in uses.get(name, set())}
    return uses


def address(page: Page) -> str:
    return re.sub(r"<\w+>", "nothing", page.rule)


def test_the_acts_that_are_grave_are_said_to_be() -> None:
    assert {page.endpoint for page in GRAVE} >= NAMED
    assert all(page.method == "POST" and page.permission for page in GRAVE)


def test_each_waits_for_a_second_look_and_nothing_is_done(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    french = catalogues(tuple(ROOT.glob("*/locale"))).of(Language.FR)
    sign_in(client, "admin")
    token = token_of(client)
    later(clock)
    for page in (page for page in GRAVE if page.permission and Role.ADMIN in page.permission.roles):
        data = {"csrf_token": token, "name": 'Zoé "z"', "role": ["desk", "trainer"]}
        answer = client.post(address(page), data=data)
        assert answer.status_code == 403, page.rule
        text = answer.get_data(as_text=True)
        assert "Est-ce bien vous" in text, page.rule
        assert 'name="name" value="Zoé &#34;z&#34;"' in text
        assert text.count('name="role"') == 2, "what was typed waits with it"
        assert f'action="{address(page)}"' in text
        assert str(escape(french.say(page.grave))) in text, "what the password is for"
        said = text.replace("\u00a0", " ")
        role = "accueil" if page.endpoint in ("accounts.invite", "accounts.give") else "desk"
        assert said.count(f">Rôle : {role}<") == 1, "and with which choices"


def test_the_password_lets_it_through_for_five_minutes(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "admin")
    token = token_of(client)
    assert revoke(client, token) == 404, "who has just signed in is not asked"
    later(clock)
    assert revoke(client, token, proof_password="guess") == 403
    assert revoke(client, token, proof_password=PASSWORD) == 404
    assert revoke(client, token) == 404
    later(clock)
    assert revoke(client, token) == 403


def test_guessing_there_is_slowed_down(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "manager")
    token = token_of(client)
    later(clock)
    for _ in range(TRIES):
        assert revoke(client, token, proof_password="guess") == 403
    assert revoke(client, token, proof_password=PASSWORD) == 429


def test_the_page_names_whom_the_password_is_about(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "admin")
    token = token_of(client)
    with database.read() as db:
        key = db.scalars(select(AccountRow.id).where(AccountRow.login == "desk@example.org")).one()
    later(clock)
    data = {"csrf_token": token, "role": "admin", "reason": "x"}
    page = client.post(f"/accounts/{key}/roles", data=data).get_data(as_text=True)
    assert re.search(
        "Changer les rôles d’un compte\\s: desk@example.org", page.replace("<wbr>", "")
    )
    assert ">Rôle : administrateur<" in page.replace("\u00a0", " ")
    new = {"csrf_token": token, "name": "Annexe", "time_zone": "Europe/Paris", "start-0": "09:00"}
    new["language"] = "fr"
    page = client.post("/places", data=new).get_data(as_text=True)
    items = re.findall(r'<li class="text">(.*?)</li>', page.replace("\u00a0", " "))
    assert items == ["Nom : Annexe", "Fuseau horaire : Europe/Paris", "Langue : Français"]
    assert 'name="start-0" value="09:00"' in page
    assert 'name="language" value="fr"' in page, "what is sent after the proof"
    new = {"csrf_token": token, "kind": "screen", "view": "plan", "language": "en"}
    page = client.post("/screens", data=new).get_data(as_text=True)
    items = re.findall(r'<li class="text">(.*?)</li>', page.replace("\u00a0", " "))
    assert items == ["Type : Écran public", "L’écran affiche : le plan", "Langue : English"]
