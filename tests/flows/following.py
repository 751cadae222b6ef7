"""The flow of whoever comes back on Monday."""

from playwright.sync_api import expect

from tests.flows.flow import At, Flow
from tests.flows.stage import Stage

SEEN = "button[aria-pressed='{}']"


def since_friday(stage: Stage, at: At) -> None:
    """A row is ticked off, and the next manager sees by whom."""
    name = stage.name()
    told = {"kind": "need", "access_point": "plotter", "text": name}
    key = stage.running.make("/reports-by-users", told)["id"]
    with at("manager", "/since?since=friday") as who:
        row = who.page.locator("li.row", has_text=name)
        who.press_this(row.locator(SEEN.format("false")))
        expect(row.locator(SEEN.format("true"))).to_be_visible()
        expect(row).to_contain_text("manager@")
    stage.running.call("POST", f"/reports-by-users/{key}/done", {"remark": "ok"})


FOLLOWING = (
    Flow(
        name="since-friday",
        title="Tick off what happened since Friday, one row",
        acts=1,
        person_s=15,
        play=since_friday,
    ),
)
