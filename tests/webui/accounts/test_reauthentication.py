"""Generated from the table of pages: a grave act waits for password or passkey; nothing is lost."""

import re

from controller.kernel.actor import Role
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.accounts.reauthentication import later, revoke
from tests.webui.conftest import PASSWORD, make_app, sign_in, token_of
from webui.feature import Page
from webui.features import FEATURES
from webui.reauthentication import TRIES

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


def address(page: Page) -> str:
    return re.sub(r"<\w+>", "nothing", page.rule)


def test_the_acts_that_are_grave_are_said_to_be() -> None:
    assert {page.endpoint for page in GRAVE} >= NAMED
    assert all(page.method == "POST" and page.permission for page in GRAVE)


def test_each_waits_for_a_second_look_and_nothing_is_done(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
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


def test_the_password_lets_it_through_for_five_minutes(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "admin")
    token = token_of(client)
    assert revoke(client, token) == 404, "who has just signed in is not asked"
    later(clock)
    assert revoke(client, token, look_password="guess") == 403
    assert revoke(client, token, look_password=PASSWORD) == 404
    assert revoke(client, token) == 404
    later(clock)
    assert revoke(client, token) == 403


def test_guessing_there_is_slowed_down(database: Database, clock: Clock) -> None:
    client = make_app(database, clock).test_client()
    sign_in(client, "manager")
    token = token_of(client)
    later(clock)
    for _ in range(TRIES):
        assert revoke(client, token, look_password="guess") == 403
    assert revoke(client, token, look_password=PASSWORD) == 429
