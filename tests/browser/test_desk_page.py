"""Desk: a reader types into the field, the person opens; lent, in and out, and two desks agree."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from controller.capabilities.places.models import ZoneRow
from controller.capabilities.presence import presence
from controller.capabilities.presence.shapes import NewPresence
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from tests.browser.accessibility import RULES
from tests.browser.conftest import SignIn, World

LUCIE = "Lucie Crombez"
LATE = """const timer = window.setTimeout;
window.late = [];
window.setTimeout = (act, ms, ...more) => ms ? timer(act, ms, ...more) : late.push(act);"""
"""Timers of no time come when the test says so."""
SMALL = """[...document.querySelectorAll("main :is(a, button, summary), .bar-top :is(a, button)")]
  .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.matches(".unseen"))
  .map((one) => [one.textContent.trim(), one.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < 43.5)
  .map(([text, { width, height }]) => `${text} ${width} ${height}`)"""
TAIL = """addEventListener("DOMContentLoaded", () => {
  for (const key of ["D", "D", "E", "E", "Enter"]) {
    const typed = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(typed);
  }
});"""
"""A reader's last keys come as soon as the page is there."""


def read(page: Page, number: str) -> None:
    """A USB reader types where nothing else is typed into."""
    page.locator("#ready").fill("")
    page.keyboard.type(number)
    page.keyboard.press("Enter")


def test_a_reader_types_from_anywhere_and_a_tap_replaces_the_person(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk", "/desk")
    expect(page.locator("#ready")).to_be_focused()
    page.keyboard.type("luc")
    expect(page.locator("#names")).to_contain_text(LUCIE)
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_contain_text("Lucie")
    page.locator("body").evaluate("document.activeElement.blur()")
    page.keyboard.type("04CCDDEE")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce badge n’appartient à personne")).to_be_visible()
    expect(page.locator("#new-badge")).to_have_value("04CCDDEE")
    assert "04CCDDEE" not in page.url


def test_lend_a_day_badge_in_three_acts_and_take_it_back(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", f"/desk?person={world.secrets.members[LUCIE]}")
    page.get_by_text("Prêter un badge pour la journée").click()
    expect(page.locator("#lend")).to_be_focused()
    page.keyboard.type("04CCDD11")
    page.keyboard.press("Enter")
    lent = page.locator("section", has=page.locator("#lent"))
    expect(lent).to_contain_text(LUCIE)
    lent.get_by_role("button", name=LUCIE).click()
    expect(lent).not_to_contain_text(LUCIE)


def test_two_desks_stay_equal(world: World, signed_in: SignIn) -> None:
    at = f"/desk?person={world.secrets.members[LUCIE]}"
    first, second = signed_in("desk", at), signed_in("manager", at)
    first.locator("#person").get_by_role("button", name="Entrée").click()
    expect(second.locator("#now")).to_contain_text(LUCIE)
    second.locator("#now").get_by_role("button", name=LUCIE).first.click()
    expect(first.locator("#now")).not_to_contain_text(LUCIE)


def test_in_and_out_without_scripts(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk", java_script_enabled=False)
    page.locator("#ready").fill("crombez")
    page.get_by_role("search").get_by_role("button", name="Ouvrir").click()
    page.locator("#person").get_by_role("button", name="Entrée").click()
    expect(page.locator("#undo")).to_contain_text("Entrée notée")
    page.locator("#person").get_by_role("button", name="Sortie").first.click()
    expect(page.locator("#undo")).to_contain_text("sortie notée")


def test_what_is_typed_survives_what_others_do(world: World, signed_in: SignIn) -> None:
    first, second = signed_in("desk", "/desk"), signed_in("manager", "/desk")
    note = first.get_by_label("Consigne pour la relève")
    note.click()
    first.keyboard.type("Clé du vélo")
    second.get_by_label("Consigne pour la relève").fill("Colis sous le comptoir")
    second.keyboard.press("Enter")
    notes = first.locator("section", has=first.locator("#notes"))
    expect(notes).to_contain_text("Colis sous le comptoir")
    expect(note).to_have_value("Clé du vélo")
    expect(note).to_be_focused()
    first.keyboard.press("Enter")
    expect(second.locator("#now")).to_contain_text("Clé du vélo")


def test_visitors_come_in_with_the_keyboard_alone(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Entrée libre")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Nom, facultatif")).to_be_focused()
    page.keyboard.type("Mme Roy")
    page.keyboard.press("Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Entrée notée")
    expect(page.locator("#now")).to_contain_text("Mme Roy 2 personnes")
    expect(page.locator("#ready")).to_be_focused()


def test_arrows_choose_and_escape_closes(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk")
    page.keyboard.type("luc")
    expect(page.locator("#names")).to_contain_text(LUCIE)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#names a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#names a")).to_have_count(0)


def test_what_is_typed_at_once_is_looked_for_once(world: World, signed_in: SignIn) -> None:
    """A timer that comes late, as on a slow machine, does not leave the field without an answer."""
    page = signed_in("desk", "about:blank")
    page.add_init_script(LATE)
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if "/names" in one.url else None)
    page.goto("/desk")
    page.keyboard.type("luc")
    expect(page.locator("#names")).to_contain_text(LUCIE)
    page.evaluate("late.forEach((each) => each())")
    with page.expect_response(lambda answer: "/names" in answer.url):
        page.keyboard.type("i")
    assert len(asked) == 2


@pytest.mark.parametrize("opens", ["Entrée libre", "Livraison", "Lire au lecteur"])
@pytest.mark.parametrize("width", [320, 1440])
def test_what_opens_at_the_desk_is_accessible(signed_in: SignIn, opens: str, width: int) -> None:
    """What lies below it is looked at in test_every_page.py."""
    page = signed_in(
        "desk", "/desk", viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page.get_by_role("button", name=opens).click()
    expect(page.locator("[popover]:popover-open")).to_be_visible()
    found = Axe().run(page, context="[popover]:popover-open", options=RULES)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_what_stands_typed_outlives_a_tap(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk")
    note, name = page.get_by_label("Consigne pour la relève"), page.locator("#new-name")
    note.fill("Clé du vélo")
    read(page, "04CCDDEE")
    expect(page.get_by_role("heading", name="Ce badge n’appartient à personne")).to_be_visible()
    expect(note).to_have_value("Clé du vélo")
    name.fill("Ana Ro")
    page.locator("#ready").fill(LUCIE)
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_have_text(LUCIE)
    expect(page.get_by_role("heading", name="Ajout non terminé")).to_be_visible()
    expect(name).to_have_value("Ana Ro")
    expect(page.locator("#new-badge")).to_have_value("")
    assert "04CCDDEE" not in page.evaluate("JSON.stringify(sessionStorage)")
    note.press("Enter")
    expect(page.locator("#undo")).to_contain_text("Enregistré pour la relève")
    expect(note).to_have_value("")
    expect(name).to_have_value("Ana Ro")
    name.fill("")
    page.goto("/desk")
    expect(page.locator("#begun")).to_be_hidden()


def test_a_badge_read_over_a_note_is_the_field_s(world: World, signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk")
    note = page.get_by_label("Consigne pour la relève")
    note.click()
    page.keyboard.type("Clé du vélo")
    page.keyboard.press("End")
    page.keyboard.type("04CCDDEE")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Ce badge n’appartient à personne")).to_be_visible()
    expect(page.locator("#new-badge")).to_have_value("04CCDDEE")
    expect(note).to_have_value("Clé du vélo")
    expect(note).to_be_focused()


def test_of_two_badges_at_once_the_second_is_asked_for_again(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk", "/desk")
    page.add_init_script(TAIL)
    held: list[Route] = []
    page.route("**/desk/find", lambda route: held.append(route))
    with page.expect_request("**/desk/find"):
        read(page, "04CCDDEE")
    page.keyboard.type("04CCDD")  # the rest of it comes when the next page is there
    held[0].continue_()
    expect(page.get_by_role("heading", name="Ce badge n’appartient à personne")).to_be_visible()
    expect(page.get_by_text("repassez-le")).to_be_visible()
    expect(page.locator("#new-badge")).to_have_value("04CCDDEE")
    expect(page.locator("#ready")).to_have_value("")


def test_a_badge_that_began_before_the_page_was_there_is_asked_for_again(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk", "/desk")
    page.add_init_script(TAIL)
    read(page, "04CCDDEE")
    expect(page.get_by_text("repassez-le")).to_be_visible()
    expect(page.locator("#new-badge")).to_have_value("04CCDDEE")
    expect(page.locator("#ready")).to_have_value("")


@pytest.mark.parametrize("width", [390, 1440])
def test_each_target_of_the_desk_has_44_pixels(world: World, signed_in: SignIn, width: int) -> None:
    page = signed_in(
        "desk",
        f"/desk?person={world.secrets.members[LUCIE]}",
        viewport={"width": width, "height": 900},
    )
    page.get_by_text("Prêter un badge pour la journée").click()
    page.keyboard.type("04CCDD44")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Étiquettes à imprimer")).to_be_visible()
    assert page.evaluate(SMALL) == []
    page.context.add_cookies([{"name": "language", "value": "en", "url": world.url}])
    page.reload()
    expect(page.get_by_role("link", name="Labels to print")).to_be_visible()
    assert page.evaluate(SMALL) == []


def test_without_scripts_visitors_at_a_wrong_time_stand_open_as_they_were_typed(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("desk", "/desk", java_script_enabled=False)
    page.get_by_role("button", name="Entrée libre").click()
    page.get_by_label("Nom, facultatif").fill("Mme Roy")
    page.get_by_label("Entrée à (si plus tôt)").fill(later := _later_today())
    page.get_by_role("button", name="Noter l’entrée").click()
    expect(page.get_by_text("est encore à venir").first).to_be_visible()
    expect(page.get_by_label("Nom, facultatif")).to_be_visible()
    expect(page.get_by_label("Nom, facultatif")).to_have_value("Mme Roy")
    expect(page.get_by_label("Entrée à (si plus tôt)")).to_have_value(later)


def _later_today() -> str:
    """Half an hour from now: after midnight, an hour of last evening may be meant."""
    now = datetime.now(ZoneInfo("Europe/Paris"))
    soon = now + timedelta(minutes=30)
    return f"{soon:%H:%M}" if soon.date() == now.date() else "23:59"


def test_a_wrong_number_for_a_badge_is_shown_where_it_was_typed(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in(
        "desk",
        f"/desk?person={world.secrets.members[LUCIE]}",
        viewport={"width": 390, "height": 844},
    )
    page.get_by_role("button", name="Badge perdu : remplacer").click()
    blocks = page.get_by_role("button", name="Bloquer sans remplacer")
    expect(blocks.first).to_be_in_viewport(ratio=1)
    expect(page.locator("#lost-badge input[name=value]").first).to_be_focused()
    page.keyboard.type("04CC")
    page.keyboard.press("Enter")
    field = page.locator("#lost-badge [aria-invalid]")
    expect(page.locator("#lost-badge:popover-open")).to_contain_text("pas un numéro de badge")
    expect(field).to_have_value("04CC")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    page.get_by_text("Prêter un badge pour la journée").click()
    expect(page.locator("#lend")).to_be_focused()
    page.keyboard.type("04CD")
    page.keyboard.press("Enter")
    field = page.locator("#lend[aria-invalid]")
    expect(field).to_have_value("04CD")
    expect(field).to_be_focused()


BROKEN = """() => {
  const rows = [];
  for (const name of document.querySelectorAll(".place-of li > span > :is(a, b)")) {
    for (const word of name.textContent.matchAll(/[^ -]+/g)) {
      const range = new Range();
      range.setStart(name.firstChild, word.index);
      range.setEnd(name.firstChild, word.index + word[0].length);
      const lines = new Set([...range.getClientRects()].map((at) => at.top));
      if (lines.size > 1) rows.push(word[0]);
    }
    const beside = name.closest("li").querySelector("form").getBoundingClientRect();
    for (const { right, bottom } of name.parentElement.lastElementChild.getClientRects())
      if (right > beside.left + 1 && bottom > beside.top + 1) rows.push(name.textContent);
  }
  const rooms = [...document.querySelectorAll(".place-of")];
  const cut = rooms.filter((room) => room.getClientRects().length > 1);
  return [...rows, ...cut.map((room) => room.innerText)];
}"""
"""Words that break inside, times that lie under a form, and rooms that go on in another column."""


@pytest.mark.parametrize("language", ["fr", "en"])
def test_who_forgot_to_go_out_stands_in_whole_words_and_no_room_is_cut(
    world: World, signed_in: SignIn, language: str
) -> None:
    yesterday = Utc.of(wall_clock() - timedelta(days=1))
    with world.database.write() as db:
        zone = db.scalars(select(ZoneRow.id).where(ZoneRow.site_id == "la-fabrique")).first()
        for name in ("Anne Durand", "Bartholomeus Vandenbroucke"):
            new = NewPresence(zone_id=str(zone), name=name)
            presence.check_in(db, new, actor=Actor.system("test"), now=yesterday)
    page = signed_in("desk", "/desk")
    page.context.add_cookies([{"name": "language", "value": language, "url": world.url}])
    for width in (390, 1024, 1200, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/desk")
        expect(page.get_by_text("Anne Durand").first).to_be_visible()
        assert page.evaluate(BROKEN) == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_a_room_has_the_top_bar_of_other_pages_and_out_is_in_line_with_its_time(
    world: World, signed_in: SignIn, width: int
) -> None:
    yesterday = Utc.of(wall_clock() - timedelta(days=1))
    with world.database.write() as db:
        zone = db.scalars(select(ZoneRow.id).where(ZoneRow.site_id == "la-fabrique")).first()
        new = NewPresence(zone_id=str(zone), name="Anne Durand")
        presence.check_in(db, new, actor=Actor.system("test"), now=yesterday)
    page = signed_in("desk", "/members", viewport={"width": width, "height": 900})
    boxes = []
    for path in ("/members", f"/desk/rooms/{zone}"):
        page.goto(path)
        boxes.append(page.locator("[popovertarget=evacuate]").bounding_box())
    assert boxes[0] == boxes[1]
    row = page.get_by_role("listitem").filter(has_text="Anne Durand").first
    lines = row.evaluate(MIDDLES)
    assert max(lines) - min(lines) < 3


MIDDLES = """row => [row.querySelector("input[type=time]"), row.querySelector(".act"),
    ...(innerWidth < 640 ? [] : [row.querySelector("small")])]
  .map((it) => it.getBoundingClientRect()).map((it) => it.top + it.height / 2)"""
"""Where the time of coming in, the one of going out and the button stand; on a phone the first is
above."""


def test_notes_for_the_next_shift_stand_below_the_lent_badges(signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk", viewport={"width": 1440, "height": 900})
    lent, notes = (
        page.get_by_role("region", name=name).bounding_box()
        for name in ("Badges prêtés", "Pour la relève")
    )
    assert lent
    assert notes
    assert notes["x"] == lent["x"]
    assert notes["y"] > lent["y"]


def test_a_double_click_sends_a_form_once(signed_in: SignIn) -> None:
    page = signed_in("desk", "/desk")
    held: list[Route] = []
    page.route("**/desk/enter", lambda route: held.append(route))
    page.get_by_role("button", name="Entrée libre").click()
    page.get_by_label("Nom, facultatif").fill("Mme Deux-fois")
    button = page.get_by_role("button", name="Noter l’entrée").first.bounding_box()
    assert button
    at = (button["x"] + button["width"] / 2, button["y"] + button["height"] / 2)
    with page.expect_request("**/desk/enter"):
        page.mouse.click(*at)
    page.mouse.click(*at)
    held[0].continue_()
    expect(page.locator("#undo")).to_contain_text("Entrée notée", timeout=20_000)
    assert len(held) == 1


def test_the_second_press_of_a_double_click_does_not_meet_the_next_in_the_list(
    world: World, signed_in: SignIn
) -> None:
    with world.database.write() as db:
        zone = db.scalars(select(ZoneRow.id).where(ZoneRow.site_id == "la-fabrique")).first()
        for name in ("Zoé Press 1", "Zoé Press 2", "Zoé Press 3"):
            new = NewPresence(zone_id=str(zone), name=name)
            presence.check_in(db, new, actor=Actor.system("test"), now=Utc.of(wall_clock()))
    page = signed_in("desk", "/desk")
    page.emulate_media(reduced_motion="reduce")  # a transition would take the presses
    page.goto(f"/desk/rooms/{zone}")
    row = page.get_by_role("listitem").filter(has_text="Zoé Press").first
    button = row.get_by_role("button", name="Sortie").bounding_box()
    assert button
    at = (button["x"] + button["width"] / 2, button["y"] + button["height"] / 2)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.url) if one.method == "POST" else None)
    with page.expect_navigation():
        page.mouse.click(*at)
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    with page.expect_navigation():
        page.mouse.click(*at, delay=301)
    assert len(sent) == 2
