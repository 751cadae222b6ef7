"""The flow of who has no account: at a machine, with a telephone and its QR."""

from typing import Any

from playwright.sync_api import expect

from tests.flows.flow import NOBODY, At, Flow
from tests.flows.stage import Stage

MACHINE = "perceuse"


def tell_fault(stage: Stage, at: At) -> None:
    """The QR is read: what it is, and send. Those in charge have it then."""
    stage.may_tell()
    code = stage.running.make("/tell-codes", {"access_point": MACHINE})["code"]
    with at(NOBODY, f"/tell/{code}") as who:
        about = who.say("cuts badly, noise, error message")
        who.pick(who.say("It does not work well") + about)
        who.press("button", who.say("Send"))
        expect(who.page.get_by_role("status")).to_contain_text(who.say("Reported, thank you"))
    (told,) = _new(stage)
    done = {"remark": "vu"}
    assert stage.running.call("POST", f"/reports-by-users/{told['id']}/done", done).status == 200


def _new(stage: Stage) -> list[dict[str, Any]]:
    told = stage.running.listed("/reports-by-users", access_point=MACHINE)
    return [item for item in told if item["state"] == "new"]


ANYBODY = (
    Flow(
        name="tell-fault",
        title="Tell a fault at the machine's QR",
        acts=3,
        person_s=15,
        play=tell_fault,
    ),
)
