"""No page has an axe violation (WCAG 2.2 AA), in both themes and languages, wide and narrow."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import SignIn, World

RULES = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
ZOE = "Zoé d’Artois-Lefèvre"
PAGES = (
    "/",
    "/members",
    "/members?q=zz",
    "/members?q=a",
    "{zoe}",
    "{zoe}?give=laser",
    "/bench",
    "/nothing-here",
)


def addresses(world: World) -> list[str]:
    return [page.format(zoe=f"/members/{world.secrets.members[ZOE]}") for page in PAGES]


def check(page: Page) -> None:
    found = Axe().run(page, options=RULES)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(1440, "fr"), (320, "en")])
def test_every_page_is_accessible(
    world: World, signed_in: SignIn, theme: str, width: int, language: str
) -> None:
    page = signed_in(
        color_scheme=theme, reduced_motion="reduce", viewport={"width": width, "height": 900}
    )
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    for address in addresses(world):
        page.goto(address)
        assert page.locator("html").get_attribute("lang") == language
        check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sign_in_is_accessible(world: World, signed_in: SignIn, theme: str) -> None:
    page = signed_in(color_scheme=theme)
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url(world.url + "/sign-in")
    page.locator("#login").fill("nobody")
    page.locator("#password").fill("wrong")
    page.locator("form.sheet button").click()
    page.locator("#wrong").wait_for()
    check(page)


def test_high_contrast_is_accessible(world: World, signed_in: SignIn) -> None:
    page = signed_in(contrast="more")
    for address in addresses(world):
        page.goto(address)
        check(page)


@pytest.mark.parametrize("width", [1440, 390, 320])
def test_nothing_is_wider_than_the_page(world: World, signed_in: SignIn, width: int) -> None:
    page = signed_in(viewport={"width": width, "height": 900})
    for address in addresses(world):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


def test_at_200_percent_nothing_is_cut(world: World, signed_in: SignIn) -> None:
    """Zooming in by two halves the page's width and keeps its words: the same as 640 pixels."""
    page = signed_in(viewport={"width": 640, "height": 450}, device_scale_factor=2)
    for address in addresses(world):
        page.goto(address)
        cut = page.evaluate(
            """[...document.querySelectorAll('main *')]
               .filter(one => !one.closest('.unseen, svg') && one.clientWidth > 1)
               .filter(one => getComputedStyle(one).overflowX !== 'visible')
               .filter(one => one.scrollWidth > one.clientWidth + 1)
               .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert cut == [], address


def test_every_target_has_44_pixels(world: World, signed_in: SignIn) -> None:
    page = signed_in(viewport={"width": 390, "height": 900})
    for address in addresses(world):
        page.goto(address)
        small = page.evaluate(
            """[...document.querySelectorAll('button, select, input, summary, .top a')]
               .filter(one => one.type !== 'hidden' && one.offsetParent && one.offsetHeight < 44)
               .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert small == [], address
