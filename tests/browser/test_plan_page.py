"""The plan is drawn by dragging and by keyboard, and shows the states as they change."""

from playwright.sync_api import expect

from controller.capabilities.live.models import PlanPlace
from tests.browser.conftest import SignIn, World
from tests.browser.live_page import change_state


def test_the_plan_is_drawn_by_dragging_and_by_keyboard(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan")
    page.get_by_role("link", name="Dessiner le plan").click()
    spot, plan = page.locator("#spot-plotter"), page.locator(".plan")
    box = plan.bounding_box()
    assert box is not None
    with page.expect_response("**/plan/plotter"):
        spot.hover()
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        page.mouse.up()
    spot.focus()
    with page.expect_response("**/plan/plotter"):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowDown")
    expect(page.locator("#undo")).to_contain_text("Déplacé sur le plan.")
    with world.database.read() as db:
        row = db.get_one(PlanPlace, "plotter")
        assert (row.x, row.y) == (550, 510)
    page.get_by_role("link", name="Le plan est prêt").click()
    expect(page.locator("#spot-plotter")).to_have_class("spot is-out x55 y51")


def test_a_spot_that_was_dragged_goes_back_by_one_press(signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan?draw=1")
    spot = page.locator("#spot-imprimante-1")
    before = spot.get_attribute("class")
    spot.focus()
    page.keyboard.press("ArrowRight")
    page.locator("#undo button").click()
    expect(spot).to_have_class(before or "")


def test_the_plan_shows_a_change_without_a_reload(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/plan")
    page.locator("#board[data-following=open]").wait_for()
    change_state(world, "imprimante-3", "running")
    expect(page.locator("#spot-imprimante-3 .chip")).to_have_text("En marche")
    change_state(world, "imprimante-3", "off")
    expect(page.locator("#spot-imprimante-3 .chip")).to_have_text("Libre")
