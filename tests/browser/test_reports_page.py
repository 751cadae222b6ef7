"""Reports as who only hears it meets it: each chart is said, and stands in its table."""

import re

import pytest
from playwright.sync_api import Route, expect

from tests.browser.accessibility import check
from tests.browser.conftest import SignIn


def test_each_chart_is_said_inside_of_its_table(signed_in: SignIn) -> None:
    page = signed_in("manager", "/reports", viewport={"width": 1440, "height": 900})
    tables: list[int] = []
    charts = 0
    for line in page.locator("main").aria_snapshot().splitlines():
        depth = len(line) - len(line.lstrip())
        tables = [table for table in tables if table < depth]
        words = line.lstrip().removeprefix("- ")
        if words.startswith("table "):
            tables.append(depth)
        if words.startswith("img "):
            charts += 1
            assert tables, f"a chart without its table: {line}"
    assert charts


def test_a_period_is_chosen_by_keyboard(signed_in: SignIn) -> None:
    page = signed_in("manager", at="/reports", viewport={"width": 1440, "height": 900})
    page.get_by_role("navigation", name="Période").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports?period=*")
    page.get_by_role("navigation", name="Longueur de la période").get_by_role(
        "link", name="Trimestre"
    ).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports?period=*-q*")
    page.locator(".lengths summary").focus()
    page.keyboard.press("Enter")
    page.get_by_label("De", exact=True).focus()
    page.keyboard.press("End")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports?first=*&last=*")
    assert " à " in page.locator(".seg [aria-current=page]").inner_text()


def test_on_a_phone_both_acts_share_a_row(signed_in: SignIn) -> None:
    page = signed_in("manager", "/reports", viewport={"width": 390, "height": 844})
    acts = [page.get_by_text("D’un mois à un autre"), page.locator("[popovertarget=export]")]
    boxes = [act.bounding_box() for act in acts]
    assert len({box["y"] for box in boxes if box}) == 1, boxes


@pytest.mark.parametrize("width", [390, 1440])
def test_the_lines_of_the_totals_push_nothing_down_when_they_arrive(
    signed_in: SignIn, width: int
) -> None:
    page = signed_in("manager", viewport={"width": width, "height": 900})
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route("**/reports/*/months*", hold)
    with page.expect_request("**/reports/*/months*"):
        page.goto("/reports")
    below = page.locator(".funds")
    before = below.bounding_box()
    for route in waiting:
        route.continue_()
    page.locator(".trend").first.wait_for()
    after = below.bounding_box()
    assert before
    assert after
    assert after["y"] == pytest.approx(before["y"], abs=2)


def test_on_a_phone_a_figure_chooses_its_column_of_the_months(signed_in: SignIn) -> None:
    page = signed_in(at="/reports", viewport={"width": 390, "height": 844})
    page.goto(page.url.split("/reports")[0] + "/reports/2026-11/months")
    heads = page.locator(".months thead th")
    expect(heads.filter(visible=True)).to_have_text(["Mois", re.compile("^Visiteurs")])
    page.get_by_label("Présence").check(force=True)
    expect(heads.filter(visible=True)).to_have_text(["Mois", "Présence"])
    check(page)
    page.set_viewport_size({"width": 1440, "height": 900})
    expect(heads.filter(visible=True)).to_have_count(heads.count())
