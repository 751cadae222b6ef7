"""The rail fits a usual window; on a small screen *More* is a page of what the tabs do not have."""

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
