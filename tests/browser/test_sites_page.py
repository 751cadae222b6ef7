"""Several sites: the switch in the head of each page."""

import re

import pytest
from flask import Flask, request, request_started
from playwright.sync_api import expect

from controller.capabilities.machines.changes import PointNews
from controller.kernel.outbox import post_news
from tests.browser.board_rows import HERE, LONG_SITE, SECOND
from tests.browser.conftest import SignIn, World


def change_something(world: World, site: str) -> None:
    with world.database.write() as db:
        post_news(db, PointNews(site=site, key="laser-co2"))


@pytest.mark.parametrize("scripts", [True, False])
def test_the_site_is_changed_by_keyboard_with_and_without_scripts(
    world: World, signed_in: SignIn, scripts: bool
) -> None:
    page = signed_in("both", java_script_enabled=scripts)
    assert page.url == f"{world.url}/s/la-fabrique/"
    page.goto("/s/la-fabrique/members")
    button = page.get_by_role("button", name=re.compile("Lieu"))
    expect(button).to_have_accessible_name(re.compile("Lieu.: La Fabrique"))
    button.focus()
    page.keyboard.press("Enter")
    there = page.get_by_role("link", name=LONG_SITE)
    expect(there).to_be_visible()
    page.keyboard.press("Escape")
    expect(there).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(there).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{world.url}/s/{SECOND}/members")
    expect(page.locator(".nav a[aria-current]")).to_have_text("Usagers")
    expect(page.locator("#found")).to_contain_text("Aucun usager")


def test_two_tabs_of_two_sites_share_one_stream(world: World, signed_in: SignIn) -> None:
    asked: list[str] = []

    def note(app: Flask, **_values: object) -> None:
        if request.path == "/live":
            asked.append(request.query_string.decode())

    first = signed_in("both")
    first.locator("#board[data-following=open]").wait_for()
    with request_started.connected_to(note, world.app):
        second = first.context.new_page()
        second.goto(f"{world.url}/s/{SECOND}/")
        second.locator("#board[data-following=open]").wait_for()
    (one,) = asked
    assert one.startswith(f"site={HERE}&site={SECOND}&after={HERE}%3D"), "it goes on where it was"
    second.evaluate(
        "addEventListener('again', () => { window.news = (window.news ?? 0) + 1; }, true)"
    )
    with first.expect_response(f"**/s/{HERE}/"):
        change_something(world, HERE)
    change_something(world, SECOND)
    second.wait_for_function("() => window.news")
    assert second.evaluate("window.news") == 1, "a change at one site is no news for the other"


def test_the_bench_is_played_at_its_own_site(signed_in: SignIn) -> None:
    page = signed_in("both", "/s/la-fabrique/bench")
    page.locator("#free").fill("nothing")
    page.locator("#tap-plotter").click()
    expect(page.locator("#wrong")).to_have_text(re.compile("n’est pas un numéro de badge"))
    page.goto(f"/s/{SECOND}/bench")
    expect(page.locator(".tile")).to_have_count(0)
