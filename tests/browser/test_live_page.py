"""Live: alarms first, faults first, names whole, and changes without a reload."""

import re

import pytest
from playwright.sync_api import Page, Request, expect

from controller.capabilities.alarms.projection import raise_alarm
from controller.capabilities.machines.changes import PointNews
from controller.capabilities.machines.models import AccessPointRow, CommandRow
from controller.kernel.database import wall_clock
from controller.kernel.outbox import post_news
from tests.browser.board_rows import LONG_MACHINE, LONG_NAME
from tests.browser.conftest import SignIn, World
from tests.browser.live_page import change_state


def looks(page: Page) -> list[str]:
    found = page.locator("[data-tiles]").first.locator("article").all()
    return [element.get_attribute("data-state") or "" for element in found]


def test_what_needs_somebody_comes_first(signed_in: SignIn) -> None:
    page = signed_in()
    assert page.locator(".alarm").count() == 2
    order = ["fault", "running", "armed", "cooling", "offline", "out", "off"]
    shown = looks(page)
    assert shown[0] == "fault"
    assert shown == sorted(shown, key=order.index)


def test_long_names_are_whole(signed_in: SignIn) -> None:
    tile = signed_in(viewport={"width": 320, "height": 800}).locator("#tile-imprimante-1")
    expect(tile).to_contain_text(LONG_MACHINE)
    expect(tile).to_contain_text(LONG_NAME)


def test_a_change_shows_without_a_reload(world: World, signed_in: SignIn) -> None:
    page = signed_in()
    free = page.locator("#free #tile-imprimante-3")
    expect(free).to_be_visible()
    page.evaluate("window.sameDocument = true")
    change_state(world, "imprimante-3", "running")
    expect(page.locator("#machines > #tile-imprimante-3 > .chip")).to_have_text("En marche")
    expect(page.locator("#polite")).to_have_text(re.compile(r"Imprimante 3D n°\s3\s: En marche"))
    change_state(world, "imprimante-3", "off")
    expect(free).to_be_visible()
    assert page.evaluate("window.sameDocument")


def test_a_change_is_said_at_the_desk_too(world: World, signed_in: SignIn) -> None:
    page, wrong = signed_in("desk"), list[str]()
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto("/desk")
    page.locator("#now[data-following=open]").wait_for()
    change_state(world, "porte-coworking", "locked")
    expect(page.locator("#polite")).to_contain_text("Porte coworking")
    change_state(world, "porte-coworking", "released")
    assert not wrong


@pytest.mark.parametrize("at", ["/", "/plan", "/desk", "/machines", "/machines/plotter", "/bench"])
def test_where_something_changes_in_place_it_can_be_said(signed_in: SignIn, at: str) -> None:
    page = signed_in("admin", at)
    expect(page.locator("[data-live]").first).to_be_attached()
    expect(page.locator("#polite[aria-live=polite]")).to_have_count(1)
    expect(page.locator("#urgent[aria-live=assertive]")).to_have_count(1)


def test_what_has_just_come_is_not_fetched_again(world: World, signed_in: SignIn) -> None:
    page, sent = signed_in(), list[Request]()
    page.on("request", lambda request: sent.append(request))
    page.reload()
    page.locator("#board[data-following=open]").wait_for()
    change_state(world, "imprimante-3", "armed")
    expect(page.locator("#tile-imprimante-3 .chip")).to_have_text("Allumée")
    change_state(world, "imprimante-3", "off")
    expect(page.locator("#free #tile-imprimante-3")).to_be_visible()
    asked = [field.url for field in sent if "hx-request" in field.headers]
    assert asked == [world.url + "/"] * 2, "once for each change, and not when the stream opens"


def test_tabs_share_one_stream(world: World, signed_in: SignIn) -> None:
    """Eight tabs, where browsers allow six connections: all follow, through one stream."""
    first = signed_in()
    tabs = [first] + [first.context.new_page() for _ in range(7)]
    for tab in tabs[1:]:
        tab.goto(world.url + "/")
    change_state(world, "imprimante-3", "cooling")
    for tab in tabs:
        expect(tab.locator("#tile-imprimante-3 .chip")).to_have_text("Refroidit")
    change_state(world, "imprimante-3", "off")


def test_an_alarm_is_taken_and_keeps_its_name(signed_in: SignIn) -> None:
    page = signed_in("trainer")
    assert page.locator(".alarm button").count() == 0, "a trainer sees alarms, and takes none"
    page = signed_in("manager")
    held = page.locator(".alarm", has_text="Porte principale")
    held.get_by_role("button").click()
    expect(held).to_contain_text("manager s’en occupe")
    expect(held).to_be_focused()
    expect(held.get_by_role("button")).to_have_count(0)


def test_the_page_works_without_scripts(signed_in: SignIn) -> None:
    page = signed_in(java_script_enabled=False)
    expect(page.locator("#tile-laser-co2 .chip")).to_have_text("Arrêt d’urgence")
    refresh = page.locator("noscript meta[http-equiv=refresh]")
    assert refresh.get_attribute("content") == "30"


def test_a_page_whose_session_ended_goes_to_sign_in(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk")
    page.locator("#board[data-following=open]").wait_for()
    page.context.clear_cookies()
    with world.database.write() as db:
        post_news(db, PointNews(site="la-fabrique", key="plotter"))
    page.wait_for_url(re.compile("/sign-in"))


def test_a_door_opens_by_one_press_and_is_kept_open_by_keyboard(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk")
    page.locator("#tile-porte-coworking").get_by_role("button", name="Ouvrir").click()
    expect(page.locator(".flash.is-done")).to_contain_text("Porte coworking : ouverte une fois")
    page.locator("#menu-porte-coworking").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#acts-porte-coworking")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Porte coworking : gardée ouverte")
    with world.database.read() as db:
        asked = [command.type for command in db.query(CommandRow).order_by(CommandRow.id)]
    assert asked[-2:] == ["release_door", "hold_door"]


PHONE = {"width": 390, "height": 740}


@pytest.mark.parametrize("menu", [False, True])
def test_after_an_act_one_stands_where_one_stood(signed_in: SignIn, menu: bool) -> None:
    page = signed_in("manager", viewport=PHONE)
    door = page.locator("#tile-porte-coworking")
    door.scroll_into_view_if_needed()
    page.evaluate("window.sameDocument = true")
    if menu:
        page.locator("#menu-porte-coworking").press("Enter")
        page.locator("#hold-porte-coworking summary").press("Enter")
        page.locator("#hold-porte-coworking button").first.press("Enter")
    else:
        page.locator("#main-porte-coworking").press("Enter")
    page.wait_for_function("!window.sameDocument")
    stands = "menu-porte-coworking" if menu else "main-porte-coworking"
    expect(page.locator(f"#{stands}")).to_be_focused()
    expect(door).to_be_in_viewport()
    expect(page.locator("#undo" if menu else ".flash.is-done")).to_be_in_viewport()
    if menu:
        page.locator("#undo button").press("Enter")
        expect(page.locator(".flash.is-done")).to_contain_text("rendue à ses horaires")
        expect(page.locator(f"#{stands}")).to_be_focused()
        expect(door).to_be_in_viewport()


def test_without_scripts_an_act_leads_back_to_the_tile(signed_in: SignIn) -> None:
    page = signed_in("manager", viewport=PHONE, java_script_enabled=False)
    page.locator("#main-porte-coworking").click()
    expect(page.locator(".flash.is-done")).to_contain_text("ouverte une fois")
    assert page.url.endswith("/#tile-porte-coworking")
    expect(page.locator("#tile-porte-coworking")).to_be_in_viewport()


def test_a_machine_out_of_service_takes_three_presses_and_one_to_take_back(
    signed_in: SignIn,
) -> None:
    page = signed_in("manager")
    page.locator("#menu-imprimante-3").click()
    page.locator("#out-imprimante-3 summary").click()
    page.locator("#out-imprimante-3").get_by_role("button", name="Entretien").click()
    expect(page.locator("#undo")).to_contain_text("hors service")
    page.locator("#menu-imprimante-3").click()
    back = page.locator("#acts-imprimante-3").get_by_role("button", name="Remettre en service")
    expect(back).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("#undo button").click()
    page.locator("#menu-imprimante-3").click()
    expect(page.locator("#out-imprimante-3 summary")).to_be_visible()


def test_an_open_menu_stays_while_the_board_changes(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager")
    page.locator("#menu-imprimante-3").click()
    page.locator("#out-imprimante-3 summary").click()
    page.locator("#ask-out-imprimante-3").fill("Buse bou")
    change_state(world, "imprimante-3", "running")
    expect(page.locator("#tile-imprimante-3 > .chip")).to_have_text("En marche")
    expect(page.locator("#ask-out-imprimante-3")).to_have_value("Buse bou")
    expect(page.locator("#ask-out-imprimante-3")).to_be_focused()
    change_state(world, "imprimante-3", "off")
    expect(page.locator("#tile-imprimante-3")).to_have_attribute("data-state", "off")


def serve(world: World, point: str, *, in_service: bool) -> None:
    """What somebody else does with a machine meanwhile."""
    with world.database.write() as db:
        row = db.get_one(AccessPointRow, point)
        row.in_service, row.service_reason = in_service, None if in_service else "Buse bouchée"
        post_news(db, PointNews(site="la-fabrique", key=point))


def test_a_reason_that_is_being_typed_waits_for_the_act_of_somebody_else(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("manager")
    page.locator("#menu-imprimante-3").click()
    page.locator("#out-imprimante-3 summary").click()
    page.locator("#ask-out-imprimante-3").fill("Buse bou")
    serve(world, "imprimante-3", in_service=False)
    expect(page.locator("#tile-imprimante-3")).to_have_attribute("data-state", "out")
    expect(page.locator("#ask-out-imprimante-3")).to_be_focused()
    expect(page.locator("#ask-out-imprimante-3")).to_have_value("Buse bou")
    page.locator("#out-imprimante-3 summary").focus()
    again = page.locator("#acts-imprimante-3").get_by_role("button", name="Remettre en service")
    expect(page.locator("#ask-out-imprimante-3")).to_have_value("Buse bou")
    page.locator("#ask-out-imprimante-3").fill("")
    page.keyboard.press("Shift+Tab")
    expect(again).to_be_visible()
    serve(world, "imprimante-3", in_service=True)
    expect(page.locator("#tile-imprimante-3")).to_have_attribute("data-state", "off")


def test_the_navigation_counts_the_alarms_as_they_come(world: World, signed_in: SignIn) -> None:
    page = signed_in("manager")
    count = page.locator(".nav a[aria-current=page] .n")
    before = int(count.locator("[aria-hidden]").text_content() or 0)
    with world.database.write() as db:
        raise_alarm(
            db,
            key="another",
            site="la-fabrique",
            agent="accueil",
            kind="power_cut",
            at=wall_clock(),
            detail={},
        )
    expect(count).to_contain_text(f"{before + 1} alarmes")
    page.goto("/members")
    expect(page.locator(".nav .n.is-bad")).to_contain_text(f"{before + 1} alarmes")
    page.goto("/")
    page.locator(".alarm", has_text="Coupure").get_by_role("button", name="réglé").click()
    expect(count).to_contain_text(f"{before} alarmes")
