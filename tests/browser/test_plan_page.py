"""The plan is drawn by mouse and by keyboard, published, and shows the states as they change."""

import re
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

from controller.capabilities.live import plan
from controller.capabilities.live.models import SitePlan
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from tests.browser.conftest import SignIn, World
from tests.browser.live_page import change_state

SITE = "la-fabrique"


def lines(page: Page, kind: str) -> list[str]:
    return page.locator(f"#{kind}").input_value().split("\n")


def test_the_plan_is_drawn_by_mouse_and_keyboard_and_published(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("manager", "/plan")
    page.get_by_role("link", name="Dessiner le plan").click()
    walls, stood = len(lines(page, "walls")), lines(page, "machines")[0]
    thing = page.locator("[data-at='machines 0']")
    thing.focus()
    with page.expect_response("**/plan/draft"):
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("ArrowDown")
    name, x, y = stood.split()
    assert lines(page, "machines")[0] == f"{name} {int(x) + 10} {int(y) + 1}"
    expect(thing).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Enter")
    page.keyboard.press("Shift+ArrowRight")
    with page.expect_response("**/plan/draft"):
        page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert lines(page, "walls")[walls:] == ["20 20 30 20"]
    box = thing.locator(".hit").bounding_box()
    assert box is not None
    with page.expect_response("**/plan/draft"):
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] + 40, steps=4)
        page.mouse.up()
    moved = lines(page, "machines")[0]
    assert moved != f"{name} {int(x) + 10} {int(y) + 1}"
    page.get_by_role("button", name="Publier le plan").click()
    expect(page.locator("#undo")).to_contain_text("Plan publié.")
    with world.database.read() as db:
        published = db.get_one(SitePlan, SITE).published or {}
    assert published["walls"][walls] == {"x1": 20, "y1": 20, "x2": 30, "y2": 20}
    spot = published["machines"][0]
    assert f"{spot['point']} {spot['x']} {spot['y']}" == moved
    page.locator("#undo button").click()
    expect(page.locator(".flash.is-done")).to_contain_text("de nouveau un brouillon")


def test_what_was_drawn_is_taken_back_and_done_again(signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan/draw")
    before = lines(page, "machines")
    everything = page.get_by_text("Tout est placé.")
    expect(everything).to_be_visible()
    page.locator("[data-at='machines 1']").focus()
    page.keyboard.press("Delete")
    assert len(lines(page, "machines")) == len(before) - 1
    expect(page.locator("#to-place li:visible")).to_have_count(1)
    expect(everything).to_be_hidden()
    page.get_by_role("button", name="Annuler").click()
    assert lines(page, "machines") == before
    page.get_by_role("button", name="Rétablir").click()
    page.locator("#to-place li:visible button").click()
    with page.expect_response("**/plan/draft"):
        page.keyboard.press("Enter")
    assert lines(page, "machines")[-1] == f"{before[1].split()[0]} 20 20"


def test_a_door_waits_to_be_placed_and_keeps_its_name(signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan/draw")
    named = [line for line in lines(page, "doors") if len(line.split()) == 4]
    page.locator(f"[data-at='doors {lines(page, 'doors').index(named[0])}']").focus()
    page.keyboard.press("Delete")
    page.locator("#to-place li[data-kind=doors]:visible button").click()
    with page.expect_response("**/plan/draft"):
        page.keyboard.press("Enter")
    assert lines(page, "doors")[-1].split()[3] == named[0].split()[3]
    expect(page.locator("#to-place li:visible")).to_have_count(0)


def test_what_is_not_saved_is_not_published(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan/draw")
    page.locator("[data-at='machines 0']").focus()
    with page.expect_response("**/plan/draft"):
        page.keyboard.press("ArrowDown")
    with world.database.write() as db:
        row = db.get_one(SitePlan, SITE)
        at, boss, now = row.draft_at, Actor.system("test"), Utc.of(datetime.now(UTC))
        drawing = {**(row.draft or {}), "walls": []}
        plan.save_draft(db, SITE, drawing, draft_at=at, actor=boss, now=now)
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="Publier le plan").click()
    expect(page.locator("#saved")).to_contain_text("quelqu’un d’autre a modifié le brouillon")
    page.get_by_role("button", name="Publier le plan").click()
    expect(page).to_have_url(re.compile("/plan/draw$"))
    with world.database.read() as db:
        assert (db.get_one(SitePlan, SITE).draft or {})["walls"] == []
    page.route("**/plan/draft", lambda route: route.fulfill(status=403, body="<html>"))
    page.locator("[data-at='machines 0']").focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator("#saved")).to_have_text("Le brouillon n’a pas pu être enregistré.")


def test_escape_puts_back_what_is_dragged(signed_in: SignIn) -> None:
    page = signed_in("manager", "/plan/draw")
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    before = lines(page, "machines")
    thing = page.locator("[data-at='machines 0']")
    thing.focus()
    stood = thing.inner_html()
    box = thing.locator(".hit").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"], box["y"] + box["height"] + 40, steps=4)
    assert thing.inner_html() != stood
    page.keyboard.press("Escape")
    page.mouse.move(box["x"], box["y"], steps=4)
    page.mouse.up()
    assert thing.inner_html() == stood
    assert lines(page, "machines") == before
    assert errors == []


def test_the_plan_shows_a_change_without_a_reload(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/plan")
    page.locator("#board[data-following=open]").wait_for()
    change_state(world, "imprimante-3", "running")
    spot = page.locator("#spot-imprimante-3")
    expect(spot).to_have_class(re.compile("is-running"))
    expect(spot.locator(".w")).to_have_text("En marche")
    change_state(world, "imprimante-3", "off")
    expect(spot).to_have_class(re.compile("is-off"))
