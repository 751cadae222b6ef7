"""The roll under way: a touch marks the row in place and everywhere; without network it says so."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn, World
from tests.browser.test_paper import two_come_in


def test_a_touch_marks_the_row_in_place_and_on_the_other_device(
    world: World, signed_in: SignIn
) -> None:
    two_come_in(world)
    page = signed_in("desk", at="/evacuation", viewport={"width": 390, "height": 600})
    other = signed_in("manager", at="/evacuation")
    page.locator(".two button[value=drill]").click()
    out, there = page.locator("#out b"), other.locator("#out b")
    expect(there).to_have_text("0")
    row = page.locator(".roll > li").first
    name, height = row.locator("b").inner_text(), row.bounding_box()
    assert height is not None
    assert height["height"] >= 60
    try:
        page.evaluate("window.stays = true")
        row.locator("button").click(position={"x": height["width"] - 5, "y": 5})
        expect(out).to_have_text("1")
        expect(there).to_have_text("1")
        expect(row.locator("b")).to_have_text(name)
        expect(row.locator("button")).to_have_attribute("aria-pressed", "true")
        assert page.evaluate("window.stays"), "it is no new page"
        page.context.set_offline(True)
        row.locator("button").click()
        expect(page.locator("#lost time")).to_be_visible()
        expect(row.locator("button")).to_have_attribute("aria-pressed", "true")
        page.context.set_offline(False)
        row.locator("button").click()
        expect(there).to_have_text("0")
        other.locator("[popovertarget=end]").click()
        other.locator("#remarks").fill("of this drill")
        other.keyboard.press("Escape")
        other.locator(".roll button").first.click()
        expect(there).to_have_text("1")
        end(page)
        expect(other.locator("#late")).to_have_value("of this drill")
        expect(other.locator("[popovertarget=real]")).to_be_visible()
        expect(other.locator("[data-row]")).to_have_count(0)
        page.locator(".two button[value=drill]").click()
        expect(page.locator("[popovertarget=end]")).to_be_visible()  # its page has come
        expect(there).to_have_text("0")
        expect(other.locator("#remarks")).to_have_value("")
    finally:
        page.context.set_offline(False)
        page.goto("/evacuation")
        if page.locator("[popovertarget=end]").count():
            end(page)


def test_somebody_is_added_while_the_roll_goes_on(world: World, signed_in: SignIn) -> None:
    """What is typed stays when a name is touched on another device."""
    two_come_in(world)
    page = signed_in("desk", at="/evacuation", viewport={"width": 390, "height": 700})
    other = signed_in("manager", at="/evacuation")
    page.locator(".two button[value=drill]").click()
    try:
        page.locator("[popovertarget=add]").click()
        page.locator("#add #name").fill("Le livreur")
        other.locator(".roll button").first.click()
        expect(page.locator("#out b")).to_have_text("1")
        expect(page.locator("#add #name")).to_have_value("Le livreur")
        expect(page.locator("#add")).to_be_visible()
        box = page.locator("#add").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.locator("#add .is-main").click()
        for roll in (page, other):
            expect(roll.locator(".roll b").get_by_text("Le livreur")).to_be_visible()
        expect(other.locator("#add #name")).to_have_value("")
    finally:
        end(page)


def end(page: Page) -> None:
    page.goto("/evacuation")
    page.locator("[popovertarget=end]").click()
    page.locator("#end input[name=back]").uncheck()
    page.locator("#end .is-grave").click()
    page.locator("[popovertarget=real]").wait_for()
