"""Reports as who only hears it meets it: each chart is said, and stands in its table."""

from tests.browser.conftest import SignIn


def test_each_chart_is_said_inside_of_its_table(signed_in: SignIn) -> None:
    page = signed_in("manager", viewport={"width": 1440, "height": 900})
    page.goto("/reports")
    tables: list[int] = []
    charts = 0
    for line in page.locator("main").aria_snapshot().splitlines():
        depth = len(line) - len(line.lstrip())
        tables = [each for each in tables if each < depth]
        words = line.lstrip().removeprefix("- ")
        if words.startswith("table "):
            tables.append(depth)
        if words.startswith("img "):
            charts += 1
            assert tables, f"a chart without its table: {line}"
    assert charts
    page.get_by_role("navigation", name="Mois").get_by_role("link").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/reports?month=*")
