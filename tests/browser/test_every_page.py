"""Every page that a link leads to, as a manager: axe (WCAG 2.2 AA) and what axe can't see.

The pages are found by following links; each kind is looked at in both languages.
"""

import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page

from controller.kernel.actor import Permission, Role
from tests.browser.board_rows import HERE, SECOND
from tests.browser.conftest import SignIn, World
from tests.browser.crawl import ASKS, WIDE, Crawl
from tests.browser.questions import VIEW, simply, whole
from tests.browser.results import write_down
from tests.support.tree import ROOT
from webui.feature import Feature, Pages
from webui.feature import Page as OfFeature
from webui.features import FEATURES

RAIL = 1025
"""Pixels from which the rail stands beside the page."""
LANGUAGES = ("fr", "en")
BROKEN = """<style>p, th { width: 6rem; overflow-wrap: anywhere } .few { width: 3rem }</style>
<table><tr><th class="few">Abonnements<th>Pass et salles</table><h2 class="few">Habilitations</h2>
<p>Un laissez-passer de nuit</p><p><code>0123456789abcdef0123456789</code></p>"""
"""A word in pieces and a heading that its word leaves; lines that end where they may."""
FLOATING = '<main><p style="position: absolute; top: 0">Words</p>{}</main>'
UNDER = '<i style="position: absolute; top: 0; padding: 5rem; background: #345"></i>'
FAR = UNDER.replace("top: 0", "top: 90rem")
EVERY_LOOK = ("axe", "320", "200", "themes", "focus", "motion", "opened")
"""What `whole` asks, as the accessibility statement calls it."""
ORPHAN = Feature(name="orphan", pages=(Pages("orphan", __name__),))
"""Of one page, to which nothing leads."""
FROM_OUTSIDE = {"address.show", "chat.alarm"}
"""A letter, or a message of a chat, leads there."""
BY_AN_ACT = {
    "evacuation.show",
    "agents.join",
    "trust.poster",
    "setup.box",
    "setup.badge",
    "setup.tap",
    "linked.show_identity",
}
"""Where one stands after starting an evacuation, asking for a box, a step of setting up, or coming
back from a provider."""
REM = 16


@ORPHAN.pages[0].get("/orphan", Permission.LIVE_READ)
def show() -> str:
    """Never asked for."""
    return ""


@pytest.mark.timeout(3600)
def test_every_page_that_a_link_leads_to_is_accessible(world: World, signed_in: SignIn) -> None:
    """The first of its kind is asked everything, the next what another language can break."""
    page = signed_in("manager", at="about:blank", viewport=VIEW)
    crawl = Crawl(world.app, world.url, page, alike=2, languages=LANGUAGES)
    crawl.follow(lambda it, number: simply(it) if number or it.is_known() else whole(it))
    write_down("manager", crawl, role="manager", language="fr, en", looks=[*EVERY_LOOK])
    assert not crawl.wrong, "\n".join(crawl.wrong)
    assert sum(crawl.opened.values()) > 50
    assert unlinked(crawl, FEATURES) == set()
    assert unlinked(crawl, (*FEATURES, ORPHAN)) == {"orphan.show"}


def unlinked(crawl: Crawl, features: Sequence[Feature]) -> set[str]:
    """Pages of this role that no page leads to, and that none names for another state.

    Whatever a page says of itself is no link: what counts is a template that was seen.
    """
    pages = (page for feature in features for pages in feature.pages for page in pages)
    unseen = {page.endpoint for page in pages if is_shown(page)} - crawl.endpoints
    unseen -= FROM_OUTSIDE | BY_AN_ACT
    written = crawl.sources()
    return {word for word in unseen if not any(f"'{word}'" in text for text in written)}


def is_shown(page: OfFeature) -> bool:
    """Whether it is one that a manager reads; what anybody may ask is not for people of here."""
    if page.permission is None or page.endpoint.startswith("rows."):
        return False
    return page.method == "GET" and Role.MANAGER in page.permission.roles


def test_no_page_is_arranged_otherwise_on_a_screen_wider_than_those_looked_at() -> None:
    """So 1440 pixels are the narrowest for what is there at 1920, and on any screen beyond."""
    styles = [file.read_text(encoding="utf-8") for file in (ROOT / "webui").rglob("*.css")]
    widths = [float(rem) for css in styles for rem in re.findall(r"-width: ([\d.]+)rem\)", css)]
    assert len(widths) > 50
    assert max(widths) * REM <= WIDE[0]


def test_words_broken_inside_are_found_and_headings_narrower_than_a_word(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content(BROKEN)
    page.evaluate(ASKS)
    found = [said.partition(" in <")[0] for said in page.evaluate("looks.broken()")]
    page.close()
    assert found == ["broken: Abonnements", "wider than its heading: Habilitations"]


def test_words_that_float_are_known_again_by_what_lies_where_they_are(chromium: Browser) -> None:
    page, found = chromium.new_page(), list[list[str]]()
    for other in ("", FAR, UNDER, FAR):
        page.set_content(FLOATING.format(other))
        page.evaluate(ASKS)
        found.append(page.evaluate("looks.words('')"))
    page.close()
    alone, far, under, again = found
    assert alone == far == again
    assert len(under) == 1
    assert under != alone


@pytest.mark.parametrize(("width", "language"), [(1440, "en"), (320, "fr")])
def test_the_switch_of_sites_is_accessible(
    world: World, signed_in: SignIn, width: int, language: str
) -> None:
    page = signed_in("both", at="about:blank", viewport={"width": width, "height": 900})
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    crawl = Crawl(world.app, world.url, page)
    for address in (f"/s/{HERE}/", f"/s/{SECOND}/", f"/s/{SECOND}/members", "/nothing"):
        page.goto(address)
        open_rail(page, width)
        ask_here(crawl)


def open_rail(page: Page, width: int) -> None:
    """The list of sites, in the rail."""
    if width < RAIL:
        page.locator("a[href='#rail']").click()
    page.locator(".sites > button").click()


def ask_here(crawl: Crawl) -> None:
    """Whole, in this state; a page that is not there says 404 to the console."""
    crawl.page.evaluate(ASKS)
    crawl.axe()
    crawl.none("wider than the page", crawl.ask("wide"))
    crawl.none("below 44 pixels", crawl.ask("small"))
    assert not [message for message in crawl.wrong if "console" not in message], "\n".join(
        crawl.wrong
    )


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 320)])
def test_what_opens_on_live_is_accessible(
    world: World, signed_in: SignIn, theme: str, width: int
) -> None:
    page = signed_in(color_scheme=theme, viewport={"width": width, "height": 900})
    crawl = Crawl(world.app, world.url, page)
    for button in ("#menu-imprimante-2", "#menu-porte-coworking", "[popovertarget=evacuate]"):
        page.locator(button).click()
        for more in page.locator(".menu:popover-open summary").all():
            more.click()
        ask_here(crawl)
        page.keyboard.press("Escape")
    page.locator("#command").fill("a")
    page.get_by_role("option").first.wait_for()
    ask_here(crawl)


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
    ask_here(Crawl(world.app, world.url, page))


def test_live_parts_come_again_without_a_word(world: World, signed_in: SignIn) -> None:
    """Nothing is refused by our own policy of contents when htmx asks once more."""
    page = signed_in("manager", at="about:blank")
    crawl = Crawl(world.app, world.url, page)
    for address in ("/", "/day", "/desk", "/evacuation", "/bench", "/plan"):
        page.goto(address)
        if page.locator("[data-live]").count():
            with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
                page.evaluate("again(document.querySelector('[data-live]'))")
    assert not crawl.wrong
