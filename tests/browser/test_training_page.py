"""Training in a browser: outcomes that are pressed without network are kept, and sent once."""

import re

import pytest
from playwright.sync_api import Error, Page, expect

from controller.capabilities.training import enrolments
from controller.capabilities.training.models import EnrolmentRow, Outcome
from controller.capabilities.training.shapes import NewOutcome
from controller.kernel.actor import Actor
from controller.kernel.database import wall_clock
from tests.browser.conftest import SignIn, World

LOUIS, EMMA, PHILIPPE = "Louis Delattre", "Emma Thorez", "Philippe Lenglet"


def press(page: Page, name: str, outcome: str) -> None:
    line = page.locator(".people > li", has_text=name)
    line.get_by_role("button", name=outcome).click()
    expect(line.get_by_role("button", name=outcome)).to_have_attribute("aria-pressed", "true")


def counted(text: str) -> tuple[int, int, int]:
    """How many passed, are to review, were absent, in the line of counts."""
    passed, to_review, absent = (int(part) for part in re.findall(r"\d+", text)[:3])
    return passed, to_review, absent


def noted(world: World, session: str, name: str) -> Outcome | None:
    with world.database.read() as db:
        return db.get_one(EnrolmentRow, (session, world.secrets.members[name])).outcome


def test_outcomes_without_network_are_kept_and_sent_in_order(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("manager", at="/training", viewport={"width": 390, "height": 844})
    page.locator(".now a").click()
    page.wait_for_url(re.compile("/training/sessions/"))
    address, session = page.url, page.url.rpartition("/")[2]
    kept = page.locator("#kept")
    counts = page.locator("[data-counts]")
    before = counted(counts.inner_text())
    page.context.set_offline(True)
    page.get_by_role("button", name=re.compile("Habiliter")).click()
    expect(kept).to_contain_text("Il faut le réseau pour cela.")
    expect(kept).to_be_in_viewport()
    assert page.url.partition("#")[0] == address
    press(page, LOUIS, "Absent")
    assert counted(counts.inner_text()) == (before[0] - 1, before[1], before[2] + 1)
    press(page, LOUIS, "À revoir")
    press(page, EMMA, "Réussi")
    press(page, PHILIPPE, "Réussi")
    expect(kept).to_contain_text("3 résultats notés hors ligne")
    expect(kept).to_contain_text("Laissez cette page ouverte")
    assert noted(world, session, LOUIS) is Outcome.PASSED
    with page.context.new_page() as other, pytest.raises(Error):
        other.goto(address)
    page.close()
    with world.database.write() as db:  # a colleague was faster
        member, absent = world.secrets.members[PHILIPPE], NewOutcome(outcome=Outcome.ABSENT)
        by, now = Actor.system("test"), wall_clock()
        enrolments.set_outcome(db, session, member, absent, actor=by, now=now)
    page.context.set_offline(False)
    page = page.context.new_page()
    kept = page.locator("#kept")
    page.goto(address)
    expect(kept).to_contain_text("n’a pas été enregistré")
    found = [noted(world, session, name) for name in (LOUIS, EMMA, PHILIPPE)]
    assert found == [Outcome.TO_REVIEW, Outcome.PASSED, Outcome.ABSENT]
    page.reload()
    expect(kept).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_an_outcome_pressed_again_is_cleared_without_network_too(
    world: World, signed_in: SignIn
) -> None:
    page = signed_in("manager", at="/training", viewport={"width": 390, "height": 844})
    page.locator(".now a").click()
    page.wait_for_url(re.compile("/training/sessions/"))
    session = page.url.rpartition("/")[2]
    press(page, EMMA, "À revoir")
    page.locator("#undo").wait_for()
    assert noted(world, session, EMMA) is Outcome.TO_REVIEW
    page.context.set_offline(True)
    line = page.locator(".people > li", has_text=EMMA)
    line.get_by_role("button", name="À revoir").click()
    expect(line.locator("[aria-pressed=true]")).to_have_count(0)
    expect(page.locator("#kept")).to_contain_text("1 résultat noté")
    page.context.set_offline(False)
    page.locator("#undo", has_text="Résultat effacé.").wait_for()
    assert noted(world, session, EMMA) is None


def test_a_matrix_of_many_columns_scrolls_and_widens_no_page(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/training", viewport={"width": 1440, "height": 900})
    page.evaluate(
        """() => {
          for (const row of document.querySelectorAll('.matrix tr'))
            for (let n = 0; n < 40; n++) row.append(row.lastElementChild.cloneNode(true));
        }"""
    )
    inside, outside = page.evaluate(
        """() => [document.querySelector('.scroller'), document.documentElement]
          .map((one) => one.scrollWidth - one.clientWidth)"""
    )
    assert inside > 1000
    assert outside == 0


def test_on_a_phone_what_is_asked_or_wrong_with_a_name_is_seen(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/training", viewport={"width": 390, "height": 844})
    page.locator(".now a").click()
    page.wait_for_url(re.compile("/training/sessions/"))
    field = page.get_by_label("Badge, ou prénom et nom")
    button = page.get_by_role("button", name=re.compile("Ajouter à la séance"))
    field.fill("   ")
    button.click()
    expect(field).to_be_focused()
    expect(page.get_by_text("Saisissez un nom, ou passez un badge.")).to_be_in_viewport(ratio=1)
    field.fill("Louis")
    button.click()
    question = page.get_by_role("heading", name=re.compile("Est-ce l’une de ces personnes"))
    expect(question).to_be_focused()
    expect(question).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [390, 1440])
def test_a_cell_opens_in_sight_and_escape_closes_it(signed_in: SignIn, width: int) -> None:
    page = signed_in("manager", at="/training", viewport={"width": width, "height": 700})
    cell = page.locator(".shown .cell, .matrix .cell").locator("visible=true").first
    cell.click()
    head = page.locator("#cell .pop-head")
    expect(head).to_be_in_viewport(ratio=1)
    top = head.get_by_role("link", name="Fermer")
    shown = """one => {
      const at = one.getBoundingClientRect(), found = document.elementFromPoint(at.x + 4, at.y + 4);
      return one === found || one.contains(found);
    }"""
    page.wait_for_function(shown, arg=top.element_handle())  # once the titles have moved
    page.wait_for_function(shown, arg=head.element_handle())  # once the titles have moved
    page.keyboard.press("Escape")
    expect(head).to_have_count(0)
    assert "member=" not in page.url
