"""Every page of every feature, for every role, as its own statement of permission says."""

import re
from itertools import cycle

import pytest
from flask import Flask

from controller.kernel.actor import Role
from controller.kernel.database import Database
from tests.support.clock import Clock
from tests.webui.conftest import make_app, sign_in, token_of
from tests.webui.features import GUARDED, PAGES, address, away
from webui.feature import Page
from webui.features import FEATURES


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    """With Bench, whose hardware is away."""
    return make_app(database, clock, away)


def expected(page: Page, role: Role) -> set[int]:
    """The statuses with which the page may answer this role."""
    if page.permission is None or role not in page.permission.roles:
        return {302} if page.instead else {403}
    if page.endpoint == "needs.like":  # what is close to the words, which belong in no address
        return {200}
    if page.method == "POST":
        return {303, 400, 404, 422}
    return {404} if "<" in page.rule else {200}


@pytest.mark.parametrize("role", Role)
def test_each_role_opens_its_pages_and_no_other(app: Flask, role: Role) -> None:
    client = app.test_client()
    sign_in(client, role)
    token = token_of(client)
    for page, before in zip(GUARDED, cycle(("", "/s/la-fabrique")), strict=False):
        data = {"csrf_token": token} if page.method == "POST" else None
        answer = client.open(before + address(page), method=page.method, data=data)
        assert answer.status_code in expected(page, role), (page.method, page.rule)


@pytest.mark.parametrize("role", Role)
def test_each_role_lands_on_a_page_with_something_on_it(app: Flask, role: Role) -> None:
    client = app.test_client()
    assert sign_in(client, role) == 303
    answer = client.get("/", follow_redirects=True)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    assert 'aria-current="page"' in text
    main = re.sub(r"<[^>]+>", " ", text[text.index("<main") : text.index("</main>")])
    assert len(main.split()) > 10


@pytest.mark.parametrize("before", ["", "/s/la-fabrique", "/s/no-such-site"])
def test_nothing_is_opened_without_signing_in(app: Flask, before: str) -> None:
    client = app.test_client()
    token = token_of(client)
    for page in GUARDED:
        data = {"csrf_token": token} if page.method == "POST" else None
        answer = client.open(before + address(page), method=page.method, data=data)
        assert answer.status_code == 302, page.rule
        assert answer.headers["Location"].startswith("/sign-in?next=")


def test_a_form_without_its_token_is_refused_everywhere(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, "admin")
    for page in (route for route in PAGES if route.method == "POST"):
        assert client.post(address(page), data={}).status_code == 400, page.rule


def test_nothing_is_served_that_states_no_permission(app: Flask) -> None:
    stated = {page.endpoint for page in PAGES} | {"static"}
    others = {rule.endpoint for rule in app.url_map.iter_rules()} - stated
    assert all(item.startswith("api.") or item.endswith(".static") for item in others), others


@pytest.mark.parametrize("role", Role)
def test_the_navigation_leads_to_what_opens_and_to_nothing_else(app: Flask, role: Role) -> None:
    """An entry of the rail, then a tab or a card of its page: two presses for every page."""
    client = app.test_client()
    sign_in(client, role)
    text = client.get("/", follow_redirects=True).get_data(as_text=True)
    groups = re.findall(r"<ul[^>]*>(.*?)</ul>", part(text, 'class="nav"'), re.DOTALL)
    assert all("<a " in group for group in groups), "a line around an empty group"
    rail = links(part(text, 'class="nav"'))
    found = {*rail, *links(text[text.index('id="me"') : text.index("</header>")])}
    for href in rail:
        body = client.get(href).get_data(as_text=True)
        found |= set(links(body[body.index('class="page"') :]))
    for shown in (page for page in GUARDED if page.nav and page.rule != "/"):
        assert shown.permission is not None
        assert (shown.rule in found) is (role in shown.permission.roles), shown.rule


def test_the_rail_marks_the_entry_and_the_tab_marks_the_page(app: Flask) -> None:
    client = app.test_client()
    sign_in(client, Role.ADMIN)
    text = client.get("/organisations/projects").get_data(as_text=True)
    current = r'href="([^"]+)" aria-current="(\w+)"'
    assert re.findall(current, part(text, 'class="nav"')) == [("/members", "true")]
    assert re.findall(current, part(text, 'class="within"')) == [("/organisations", "true")]
    text = client.get("/plan").get_data(as_text=True)
    assert re.findall(current, part(text, 'class="within"')) == [("/plan", "page")]


def part(text: str, attribute: str) -> str:
    """The piece of navigation with that attribute."""
    return text[(start := text.index(f"<nav {attribute}")) : text.index("</nav>", start)]


def links(text: str) -> list[str]:
    """Where its links lead."""
    return re.findall(r'<a [^>]*?href="([^"#]+)"', text)


def test_rooms_have_names_and_endpoints_of_their_own() -> None:
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    rules = [(page.method, page.rule) for page in PAGES]
    assert len(set(rules)) == len(rules)
