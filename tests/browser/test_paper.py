"""On paper: black on white whatever the screen's theme, no rail, no buttons; where and when."""

import re

import pytest
from playwright.sync_api import Page

from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from tests.browser.accessibility import ZOE
from tests.browser.conftest import SignIn, World

PAGES = ("/", "/desk", "/members", "{zoe}", "/machines/laser-co2", "/safety-register/{year}")
DARK_ON_WHITE = """() => {
  const seen = (one) => one.checkVisibility() && one.getClientRects().length;
  const says = (node) => node.nodeType === 3 && node.data.trim();
  const light = (color) => (color.match(/[\\d.]+/g) ?? []).slice(0, 3).some((part) => part > 90);
  return [...document.querySelectorAll("main *")]
    .filter((one) => seen(one) && [...one.childNodes].some(says))
    .filter((one) => !one.closest("svg, .unseen"))
    .filter((one) => light(getComputedStyle(one).color))
    .map((one) => one.outerHTML.slice(0, 90));
}"""
ONLY_ON_SCREEN = (
    ".rail, .tabs, .within, .bar-top, .skip, .undo, button:not(.roll *), .button, .menu, .help"
)


def on_paper(page: Page) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(DARK_ON_WHITE) == []
    shown = page.locator(ONLY_ON_SCREEN).locator("visible=true")
    assert shown.all_inner_texts() == []
    foot = page.locator(".foot").inner_text()
    assert page.url.split("?")[0] in foot
    assert re.search(r"20\d\d, \d\d:\d\d", foot)
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_on_paper_is_its_words_alone(world: World, signed_in: SignIn, address: str) -> None:
    zoe = f"/members/{world.secrets.members[ZOE]}"
    at = address.format(zoe=zoe, year=wall_clock().year)
    page = signed_in(at=at, color_scheme="dark")
    on_paper(page)


FRAMED = "all => all.every((one) => parseFloat(getComputedStyle(one).borderLeftWidth) > 0)"
WHOLE = "all => all.every((one) => getComputedStyle(one).breakInside === 'avoid')"


def two_come_in(world: World) -> None:
    actor = Actor.system("test")
    with world.database.write() as db:
        for name in ("A visitor", "Another visitor"):
            new = NewPresence(zone_id="atelier", name=name)
            presence.check_in(db, new, actor=actor, now=wall_clock())


def test_the_roll_has_a_box_for_each_person_and_none_is_cut(
    world: World, signed_in: SignIn
) -> None:
    two_come_in(world)
    page = signed_in(color_scheme="dark")
    page.locator("[popovertarget=evacuate]").click()
    page.locator("#evacuate button[value=drill]").click()
    page.wait_for_url("**/evacuation")
    try:
        on_paper(page)
        lines = page.locator(".roll > li")
        assert lines.count() >= 2
        assert page.locator(".roll .box").locator("visible=true").count() == lines.count()
        assert lines.evaluate_all(WHOLE)
        assert lines.evaluate_all(FRAMED), "who is missing stands out"
        rooms = page.locator(".rooms .sheet")
        whole = rooms.evaluate_all(WHOLE)
        assert not whole, "a list longer than a page begins under the head"
        assert page.get_by_text("Point de rassemblement", exact=True).is_visible()
        lines.evaluate_all("all => all.forEach((one) => one.classList.add('is-seen'))")
        assert not lines.first.evaluate_all(FRAMED), "and who was seen does not"
    finally:
        page.emulate_media(media="screen")
        page.locator("[popovertarget=end]").click()
        page.locator("#end input[name=back]").uncheck()  # they are out again
        page.get_by_role("button", name="Terminer quand même").click()  # nobody was ticked
        page.locator("[popovertarget=real]").wait_for()


def test_labels_begin_at_the_place_that_is_chosen_on_the_sheet(
    world: World, signed_in: SignIn
) -> None:
    address = f"/badges/labels?member={world.secrets.members[ZOE]}"
    page = signed_in(at=address, viewport={"width": 1440, "height": 900})
    first = page.locator(".labels > li:not(.used)").first
    sheet = page.locator(".labels").bounding_box()
    assert sheet is not None
    assert sheet["height"] >= sheet["width"] * 297 / 210 - 1, "an A4 sheet, however few"
    page.get_by_label("4", exact=True).check()
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        box, sheet = first.bounding_box(), page.locator(".labels").bounding_box()
        assert box is not None
        assert sheet is not None
        assert box["x"] - sheet["x"] > box["width"] * 0.9, (media, "the second column")
        assert box["height"] * 0.9 < box["y"] - sheet["y"] < box["height"] * 1.5, "the second row"
    assert not page.locator(".foot").is_visible(), "it would stand on the next label"


def test_lines_that_the_journal_folds_into_one_stand_apart_on_paper(signed_in: SignIn) -> None:
    page = signed_in("admin", "/audit")
    folded = page.locator(".log .log li")
    assert folded.count() > 2
    page.emulate_media(media="print")
    assert all(line.is_visible() for line in folded.all())
    assert page.locator(".log summary").locator("visible=true").count() == 0
    widths = {line.bounding_box()["width"] for line in page.locator(".log li:not(:has(li))").all()}  # type: ignore[index]
    assert len(widths) == 1, "each has the whole width"
