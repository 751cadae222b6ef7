"""The flows of a day: what desk and manager do again and again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from controller.cli.demo.people import ZOE
from controller.domain.locale.catalogue import NC_
from tests.flows.actor import Actor
from tests.flows.flow import At, Flow
from tests.flows.stage import SHOWN, Stage

DOOR, OTHER_DOOR = "porte-principale", "porte-coworking"
LASER = "laser"
PRINTER, PRINTING, RULES = "imprimante-1", "Impression 3D", "Règlement intérieur signé"


def new_member(stage: Stage, at: At) -> None:
    """A badge begins it, then name and plan; then what she just learnt, and the rules signed."""
    name, badge = stage.name(), stage.badge()
    with at("manager", "/") as who:
        who.go(who.say("Members"))
        expect(who.page.locator("h1", has_text=who.say("Members"))).to_be_visible()
        who.page.wait_for_load_state()
        who.act_elsewhere()  # at the reader, while no field has the focus
        who.page.keyboard.type(f"{badge}\n")
        who.type(name, into=who.say("First and last name"))
        who.choose(who.say("Subscription"), in_words(who, "Atelier", "Workshop"))
        who.press("button", who.say("Add %(name)s", name=name))
        rules = in_words(who, RULES, "House rules signed")
        handed_in = who.say("Recorded as handed in.")
        misses = who.say("Certification given. It can’t be used yet: %(why)s.", why="")
        for given, held, told in (
            (who.say("Certify"), in_words(who, PRINTING, "3D printing"), misses),
            (who.say("Record as handed in"), rules, handed_in),
        ):
            who.press("button", given, held)
            expect(who.page.locator("#undo")).to_contain_text(told.strip(" ."))
    stage.powers(PRINTER, badge)


def why_not(stage: Stage, at: At) -> None:
    """Her name in the field of every page: what is missing, grouped, with the next step."""
    with at("desk", "/") as who:
        who.search(ZOE[:6])
        laser = who.page.locator(
            ".not > li", has_text=in_words(who, "Découpe laser CO₂", "CO₂ laser cutter")
        )
        expect(laser).to_contain_text(in_words(who, "Découpe laser", "Laser cutting"))


def lend_a_badge(stage: Stage, at: At) -> None:
    """Somebody forgot theirs; the lent one opens for the day."""
    name, _ = stage.member()
    lent = stage.badge()
    with at("desk", "/desk") as who:
        who.type(name, enter=True)
        who.press("fold", who.say("Lend a badge for the day"))
        who.tap_badge(lent)
        expect(who.page.locator("#undo")).to_contain_text(
            who.say("Badge lent until %(time)s.", time="").rstrip(" .")
        )
    stage.opens(DOOR, lent)


def replace_a_badge(stage: Stage, at: At) -> None:
    """The lost one opens nothing from now on, the new one what it opened."""
    name, old = stage.member()
    new = stage.badge()
    stage.granted(OTHER_DOOR, old)
    with at("desk", "/desk") as who:
        who.type(name, enter=True)
        who.press("button", who.say("Badge lost: replace"))
        who.tap_badge(new)
        said = who.say("Badge replaced: the old one no longer works, the new one does.")
        expect(who.page.locator("#undo")).to_contain_text(said)
    assert stage.refused(DOOR, old) == "credential_lost"
    stage.opens(DOOR, new)


def out_of_service(stage: Stage, at: At) -> None:
    """From its tile, with a reason that stands on its display."""
    with stage.as_before(SHOWN), at("manager", "/") as who:
        name = in_words(who, "Imprimante 3D n° 2", "3D printer 2")
        who.press("button", who.say("Actions for %(name)s", name=name))
        who.press("fold", who.say("Take out of service"))
        reason = who.say("Part to replace")
        who.press("button", reason)
        stage.glows_amber(SHOWN)
        stage.reads("Hors service", reason, name="Imprimante 3D n° 2")
        expect(who.page.locator(f"#tile-{SHOWN}")).to_contain_text(reason)


def open_a_door(stage: Stage, at: At) -> None:
    """For somebody who stands before it."""
    stage.watched(DOOR)
    with at("desk", "/") as who:
        name = in_words(who, "Porte principale", "Main door")
        who.press("button", who.say(NC_("button", "Open")), name)
        stage.released(DOOR)
        said = who.say("%(name)s: opened once.", name=name)
        expect(who.page.locator("#main")).to_contain_text(said)


def change_a_rule(stage: Stage, at: At) -> None:
    """Who loses and gains is shown first; then it holds at the machine."""
    _, badge = stage.member("reglement", "impression-3d")
    machine = "imprimante-3"
    stage.powers(machine, badge)
    with stage.as_before(machine), at("manager", f"/machines/{machine}") as who:
        who.press("fold", who.say("%(name)s: ", name=who.say("Badge")))
        who.pick(who.say("secure (AES)"))
        who.press("button", who.say("Preview the effect"))
        expect(who.page.locator("#effect")).to_be_visible()
        who.press("button", who.say("Save"), ",")
        expect(who.page.locator("#effect")).to_have_count(0)
        assert stage.refused(machine, badge) == "assurance_too_low"
    stage.powers(machine, badge)


def enrol_a_box(stage: Stage, at: At) -> None:
    """A name, one line pasted on the Pi, and its ticks come by themselves."""
    name = stage.name()
    with stage.new_box() as box, at("manager", "/") as who:
        who.search(who.say("Boxes"))
        who.press("fold", who.say("Add a box"))
        who.type(name, into=who.say("Its name, after where it is"), enter=True)
        line = who.page.get_by_label(who.say("Line to paste")).inner_text()
        agent = box.paste(line)
        box.wire(agent)
        box.start()
        connected = who.page.locator("#marks li", has_text=who.say("Connected"))
        expect(connected).to_have_class("yes")


def book(stage: Stage, at: At) -> None:
    """The laser, tomorrow, for somebody who may use it."""
    name, _ = stage.member("reglement", LASER)
    with at("desk", f"/bookings?day={tomorrow()}") as who:
        who.press_this(who.page.locator("#thing-laser-co2 td.shown a.slot"))
        who.type(name, into=who.say("for"), enter=True)
        who.press("button", who.say("Book from %(when)s", when=""))
        said = who.say("Booked: %(when)s.", when="").rstrip(". ")
        expect(who.page.locator("#undo")).to_contain_text(said)
    stage.free("laser-co2")


def refuse_a_booking(stage: Stage, at: At) -> None:
    """Somebody who may not: what is missing is said before anything is booked."""
    name, _ = stage.member("reglement")
    with at("desk", f"/bookings?day={tomorrow()}") as who:
        who.press_this(who.page.locator("#thing-laser-co2 td.shown a.slot"))
        who.type(name, into=who.say("for"), enter=True)
        answer = who.page.locator("#slot .no")
        expect(answer).to_contain_text(who.say("Certification missing"))
        expect(answer).to_contain_text(in_words(who, "Découpe laser", "Laser cutting"))


def close_early(stage: Stage, at: At) -> None:
    """Now; the door knows at once, and again once it was a mistake."""
    badge = stage.visitor()
    stage.opens(OTHER_DOOR, badge)
    with at("manager", "/hours") as who:
        who.press("button", who.say("now"))
        assert stage.refused(OTHER_DOOR, badge) == "site_closed"
        who.press_this(who.page.locator("#undo button").first)
        stage.opens(OTHER_DOOR, badge)


def tomorrow() -> str:
    """At the place."""
    return f"{datetime.now(ZoneInfo('Europe/Paris')).date() + timedelta(days=1)}"


def in_words(who: Actor, fr: str, en: str) -> str:
    """The name of something of the demo's place, in the language of the page."""
    return en if who.translator.language == "en" else fr


DAY = (
    Flow(
        name="new-member",
        title="New member with badge and first certification",
        acts=8,
        person_s=40,
        play=new_member,
    ),
    Flow(name="why-not", title="*Why can’t she use the laser?*", acts=2, person_s=15, play=why_not),
    Flow(name="lend", title="Lend a day badge", acts=3, person_s=20, play=lend_a_badge),
    Flow(
        name="replace",
        title="Block a lost badge and replace it",
        acts=3,
        person_s=20,
        play=replace_a_badge,
    ),
    Flow(
        name="out-of-service",
        title="Machine out of service, on its display",
        acts=3,
        person_s=15,
        play=out_of_service,
    ),
    Flow(name="door", title="Open a door from Live", acts=1, person_s=10, play=open_a_door),
    Flow(
        name="rule",
        title="Change a rule and see its effect first",
        acts=4,
        person_s=25,
        play=change_a_rule,
    ),
    Flow(
        name="box", title="Enrol a box, plus one pasted line", acts=3, person_s=35, play=enrol_a_box
    ),
    Flow(name="book", title="Book the laser for somebody", acts=3, person_s=30, play=book),
    Flow(
        name="refused",
        title="Be refused a booking, with the reason",
        acts=3,
        person_s=25,
        play=refuse_a_booking,
    ),
    Flow(
        name="close", title="Close early today and undo it", acts=2, person_s=30, play=close_early
    ),
)
