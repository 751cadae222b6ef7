"""The rail fits a usual window; on a small screen *More* is a page of what the tabs do not have."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SignIn, World

HEIGHT_PX, TARGET_PX = 900, 44


def test_the_rail_does_not_scroll_in_a_usual_window(world: World, signed_in: SignIn) -> None:
    page = signed_in("admin", viewport={"width": 1440, "height": HEIGHT_PX})
    for language in ("fr", "en"):
        page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
        page.goto("/")
        assert page.locator(".nav a").count() == 13
        assert page.locator(".nav").evaluate("nav => nav.scrollHeight <= nav.clientHeight")
        heights = page.locator(".nav a").evaluate_all("all => all.map(one => one.offsetHeight)")
        assert set(heights) == {TARGET_PX}


def test_more_is_a_page_of_the_rest_and_going_back_leads_to_the_page(signed_in: SignIn) -> None:
    page = signed_in("manager", viewport={"width": 390, "height": 844})
    tabs = page.locator(".tabs a").evaluate_all("all => all.map(one => one.pathname + one.hash)")
    rail = page.locator(".nav a").evaluate_all("all => all.map(one => one.pathname)")
    page.locator(".tabs a", has_text="Plus").press("Enter")
    expect(page.get_by_role("heading", name="Plus")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
    shown = page.locator(".nav a").filter(visible=True)
    rest = shown.evaluate_all("all => all.map(one => one.pathname)")
    assert rest == [address for address in rail if address not in tabs]
    expect(page.get_by_role("link", name="Accessibilité")).to_be_visible()
    expect(page.get_by_role("button", name="Se déconnecter", exact=True)).to_be_visible()
    page.go_back()
    expect(page.locator("main")).to_be_visible()
    expect(page.locator("#me")).to_be_hidden()


def test_the_link_back_to_a_list_finds_it_as_it_was_left(signed_in: SignIn) -> None:
    page = signed_in("manager", viewport={"width": 1440, "height": 300})
    page.goto("/members?state=all")
    row = page.locator("#found tbody a").last
    row.scroll_into_view_if_needed()
    left = page.evaluate("scrollY")
    assert left > 0
    row.click()
    page.locator("a.back").click()
    page.wait_for_url("**/members?state=all")
    page.wait_for_function("left => scrollY === left", arg=left)


@pytest.mark.parametrize(("motion", "moves"), [("no-preference", "true"), ("reduce", "false")])
def test_pages_move_into_one_another_unless_motion_is_reduced(
    signed_in: SignIn, motion: str, moves: str
) -> None:
    page = signed_in("manager", reduced_motion=motion)
    page.add_init_script(
        "addEventListener('pagereveal', it => sessionStorage.moved = !!it.viewTransition)"
    )
    page.goto("/members?state=all")
    page.locator("#found tbody a").first.click()
    page.locator("a.back").wait_for()
    assert page.evaluate("sessionStorage.moved") == moves
