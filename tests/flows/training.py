"""The flows of whoever teaches: after a course, and for somebody who misses one."""

from datetime import timedelta

from playwright.sync_api import expect

from controller.domain.time import Utc
from controller.kernel.database import wall_clock
from tests.flows.actor import Actor
from tests.flows.flow import At, Flow
from tests.flows.stage import Stage

PRINTER, PRINTING, MILLING = "imprimante-1", "impression-3d", "fraisage"
EIGHT = 8


def certify_eight(stage: Stage, at: At) -> None:
    """The course is over and all have passed: their badges count at once."""
    session = taught(stage, PRINTING, starts_h=-3.0)
    badges = [stage.member("reglement")[1] for _ in range(EIGHT)]
    for badge in badges:
        path = f"/course-sessions/{session}/attendance"
        assert stage.running.call("POST", path, {"badge": f"em:{badge}"}).status == 200
    with at("trainer", "/") as who:
        who.go(who.say("Training"))
        who.press_this(who.page.locator(f".now a[href$='{session}']"))
        who.press("button", eight(who, "Mark %(num)s as passed", "Mark all %(num)s as passed"))
        asked = "Certify %(num)s person who passed", "Certify the %(num)s who passed"
        who.press("button", eight(who, *asked))
        done = (
            "%(n)s person certified: their badge works from now on.",
            "%(n)s people certified: their badges work from now on.",
        )  # the bar before it says eight too
        expect(who.page.locator("#undo")).to_contain_text(eight(who, *done))
    stage.powers(PRINTER, badges[0])


def enrol(stage: Stage, at: At) -> None:
    """Among what she misses stands when it is taught next."""
    session = taught(stage, MILLING, starts_h=48.0)
    name, _ = stage.member("reglement")
    with at("desk", "/") as who:
        who.search(name)
        milling = "CNC milling" if who.translator.language == "en" else "Fraisage numérique"
        who.press("button", who.say("Enrol"), milling)
        expect(who.page.locator("#undo")).to_contain_text(who.say("Enrolled."))
    (taken,) = stage.running.call("GET", f"/course-sessions/{session}/enrolments").json["items"]
    assert taken["name"] == name
    stage.running.call("POST", f"/course-sessions/{session}/cancel", {})  # the next run has its own


def taught(stage: Stage, certification: str, starts_h: float) -> str:
    """A session, in so many hours, of a new course that grants it; its id."""
    course, _, _ = stage.name().partition(" ")
    new = {"id": course.lower(), "name": {"fr": course}, "grants": [certification]}
    stage.running.make("/courses", new)
    starts = Utc.of(wall_clock() + timedelta(hours=starts_h))
    times = {"starts_at": starts.text(), "ends_at": Utc.of(starts + timedelta(hours=2)).text()}
    made = stage.running.make("/course-sessions", {"course_id": new["id"], **times})
    return str(made["id"])


def eight(who: Actor, one: str, many: str) -> str:
    """What is said of eight people."""
    return who.translator.choose(one, many, EIGHT) % {"num": EIGHT, "n": EIGHT}


TRAINING = (
    Flow(
        name="certify-eight",
        title="Certify eight people after a course",
        acts=4,
        person_s=40,
        play=certify_eight,
    ),
    Flow(
        name="enrol",
        title="Enrol from the list of what is missing",
        acts=2,
        person_s=20,
        play=enrol,
    ),
)
