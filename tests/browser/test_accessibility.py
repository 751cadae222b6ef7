"""No page has an axe violation (WCAG 2.2 AA), in both themes and languages, wide and narrow."""

import pytest

from controller.kernel.database import wall_clock
from tests.browser.accessibility import RULES, ZOE, check
from tests.browser.board_rows import HERE, SECOND
from tests.browser.conftest import SignIn, World

OF_COLOURS = {
    "resultTypes": ["violations"],
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
"""What another theme can break on a page that is right in one."""
PAGES = (
    "/",
    "/day",
    "/plan",
    "/plan/draw",
    "/find?q=a",
    "/find?q=zz",
    "/evacuation",
    "/members",
    "/members?q=zz",
    "/members?q=a",
    "{zoe}",
    "{zoe}?give=laser",
    "{zoe}/edit",
    "{zoe}/merge",
    "{zoe}/erase",
    "/members?state=suspended",
    "/members/import",
    "/desk",
    "/desk?q=a",
    "/desk?q=zz",
    "/machines",
    "/machines/new",
    "/machines/laser-co2",
    "/machines/laser-co2?draft=1&group-0=laser&group-1=bois&subscription=any",
    "/machines/porte-principale",
    "/machines/laser-co2/poster",
    "/badges/labels",
    "/agents",
    "/agents/accueil/join",
    "/setup",
    "/setup?step=place",
    "/safety-register",
    "/safety-register/new?machine=laser-co2",
    "/safety-register/{year}",
    "/bench",
    "/components",
    "/nothing-here",
)

WHOLE = {1440: "light", 320: "dark"}
"""At each width, the theme in which every rule is tried."""
RAIL = 1025
"""Pixels from which the rail stands beside the page."""


def addresses(world: World) -> list[str]:
    zoe, year = f"/members/{world.secrets.members[ZOE]}", wall_clock().year
    return [page.format(zoe=zoe, year=year) for page in PAGES]


def several(world: World) -> list[str]:
    """The same for an account of two sites, and the empty one with the long name."""
    at_home = [f"/s/{HERE}{page}" for page in addresses(world)]
    return [*at_home, f"/s/{SECOND}/", f"/s/{SECOND}/members", f"/s/{SECOND}/bench", "/nothing"]


# What is asked in every suite is in test_every_page.py, which finds the pages by itself.
pytestmark = pytest.mark.long


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
        check(page, RULES if theme == WHOLE[width] else OF_COLOURS)


@pytest.mark.parametrize(
    ("width", "language", "theme"), [(1440, "en", "dark"), (320, "fr", "light")]
)
def test_every_page_is_accessible_with_a_switch_of_sites(
    world: World, signed_in: SignIn, width: int, language: str, theme: str
) -> None:
    page = signed_in(
        "both",
        color_scheme=theme,
        reduced_motion="reduce",
        viewport={"width": width, "height": 900},
    )
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    for address in several(world)[::3]:  # the frame is the same on all
        page.goto(address)
        if width < RAIL:
            page.locator("a[href='#rail']").click()
        page.locator(".sites > button").click()
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address


@pytest.mark.parametrize("role", ["member", "observer", "dpo"])
@pytest.mark.parametrize(("width", "language"), [(1440, "fr"), (320, "en")])
def test_where_one_lands_without_a_live_page_is_accessible(
    world: World, signed_in: SignIn, role: str, width: int, language: str
) -> None:
    page = signed_in(role, viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == language
    check(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_no_page_says_anything_to_the_console(world: World, signed_in: SignIn) -> None:
    """Nothing is refused by our own policy of contents, and no script fails."""
    page = signed_in("both")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(error.message))
    for address in (
        f"/s/{HERE}{address}" for address in addresses(world) if "nothing" not in address
    ):
        page.goto(address)
        if page.locator("[data-live]").count():  # once more, by htmx
            with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
                page.evaluate("again(document.querySelector('[data-live]'))")
        assert said == [], address


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_what_opens_on_live_is_accessible(signed_in: SignIn, theme: str, width: int) -> None:
    page = signed_in(color_scheme=theme, viewport={"width": width, "height": 900})
    for button in ("#menu-imprimante-2", "#menu-porte-coworking", "[popovertarget=evacuate]"):
        page.locator(button).click()
        for more in page.locator(".menu:popover-open summary").all():
            more.click()
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
    page.locator("#command").fill("a")
    page.get_by_role("option").first.wait_for()
    check(page)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sign_in_is_accessible(world: World, signed_in: SignIn, theme: str) -> None:
    page = signed_in(color_scheme=theme)
    page.locator(".who").click()
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
        check(page, OF_COLOURS)


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
               .filter(one => one.checkVisibility())
               .filter(one => getComputedStyle(one).overflowX !== 'visible')
               .filter(one => one.scrollWidth > one.clientWidth + 1)
               .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert cut == [], address


def test_every_target_has_44_pixels(world: World, signed_in: SignIn) -> None:
    page = signed_in("both", viewport={"width": 390, "height": 900})
    for address in several(world):
        page.goto(address)
        page.locator("a[href='#rail']").click()
        page.locator(".sites > button").click()
        small = page.evaluate(
            """[...document.querySelectorAll('button, select, input, summary, .tabs a, .sites a')]
               .filter(one => one.type !== 'hidden' && one.offsetParent)
               .map(one => one.closest('label:has([type=checkbox], [type=radio])') ?? one)
               .filter(one => one.offsetHeight < 44)
               .map(one => one.outerHTML.slice(0, 80))"""
        )
        assert small == [], address
