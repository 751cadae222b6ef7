"""From an empty place to the first granted tap, as whoever opens a place does it."""

import re
from collections.abc import Callable

from playwright.sync_api import expect

from devices.sim.client import SimBench
from tests.browser.setup_from_nothing import PASSWORD, Site
from tests.flows.actor import Actor
from tests.support.until import until

START_MS = 90_000
"""How long an agent may take to start again: the computer may be busy."""


def set_up(who: Actor, site: Site) -> None:
    """All eight steps. What is done at the Pi and its reader is counted too."""
    _begin(who, site)
    _describe(who)
    _join(who, site)
    _found(who, site)
    _commission(who, site)
    title(who, "Tap: %(machine)s")
    _at_the_pi(who)
    site.tap()
    expect(who.page.get_by_text(who.say("Granted"), exact=True)).to_be_visible()


def title(who: Actor, text: str) -> None:
    """The page's heading says that."""
    said = re.escape(who.say(text)).split(re.escape("%(machine)s"))[0]
    expect(who.page.locator("h1")).to_contain_text(re.compile(said))


def _begin(who: Actor, site: Site) -> None:
    title(who, "First installation")
    who.type(site.code, into=who.say("Installation code"))
    who.type("claire@example.org", into=who.say("Your e-mail address, or a name"))
    who.type(PASSWORD, into=who.say("Password"), enter=True)
    title(who, "What is the place called?")
    who.type("La Fabrique", into=who.say("Name of the place"), enter=True)
    title(who, "A recovery code, on paper")
    who.press("button", who.say("Create the recovery code"))
    expect(who.page.locator(".recovery span")).to_have_count(4)
    who.press("link", who.say("It’s stored safely, continue"))


def _describe(who: Actor) -> None:
    title(who, "When is the place open?")
    who.pick(who.say("Always open"))
    who.press("button", who.say("Continue"))
    title(who, "Which is the first machine?")
    who.choose_value(who.say("Type"), "drill")
    who.type("Perceuse", into=who.say("Name"))
    who.type("Atelier bois", into=who.say("In which room"), enter=True)


def _join(who: Actor, site: Site) -> None:
    title(who, "Connect the box: %(machine)s")
    who.choose_value(who.say("Its badge reader"), "em4100_serial")
    port = str(site.folder / "reader")
    who.type(port, into=who.say("Port of a serial reader"), enter=True)
    line = who.page.locator("pre.paste").inner_text()
    _at_the_pi(who)
    site.on_the_pi(line)
    _at_the_pi(who)
    site.start_agent()
    expect(who.page.locator("#ticks .comes > .ok")).to_have_count(3)
    ticks = who.page.locator("#ticks")
    who.press_this(ticks.get_by_role("link", name=who.say("Continue")))


def _found(who: Actor, site: Site) -> None:
    title(who, "Who taps first?")
    who.press("button", who.say("Read the badge on the reader"))
    expect(who.page.get_by_text(who.say("Tap the badge on the reader now."))).to_be_visible()
    _at_the_pi(who)
    read = who.page.locator("#read")
    _tap_until(site, lambda: "4567" in read.inner_text())
    who.type("Claire Vandamme", into=who.say("Their name"), enter=True)


def _commission(who: Actor, site: Site) -> None:
    title(who, "Commission: %(machine)s")
    with SimBench(str(site.folder / "pins.sock")) as bench:

        def is_on() -> bool:
            return bool(bench.state()["machines"]["perceuse"]["closed"])

        for wanted in (True, False):
            _at_the_pi(who)
            _tap_until(site, lambda: is_on() is wanted)  # noqa: B023
        for step in ("badge", "power_on", "power_off"):
            who.press_this(who.page.locator(f"#tick-{step}"))
        said = who.page.locator("#remark-estop")
        who.type("le coup de poing coupe la bobine", into=said, enter=True)
        expect(said).to_have_count(0)
        _at_the_pi(who)
        _tap_until(site, is_on)
        until(site.has_session, "its session is not told")
        _at_the_pi(who)
        site.kill_agent()
        until(lambda: not is_on(), "its power stays on", 10)
        site.start_agent()
    killed = who.page.locator("#tick-agent_killed")
    expect(killed).to_be_visible(timeout=START_MS)
    who.press_this(killed)
    who.press("button", who.say("Put into service"))


def _at_the_pi(who: Actor) -> None:
    """A line pasted, a card held there, the Pi unplugged."""
    who.act_elsewhere()


def _tap_until(site: Site, true: Callable[[], bool]) -> None:
    """Hold the badge there until it has done what it does: the agent may just start."""
    for _ in range(10):
        site.tap()
        try:
            until(true, "the badge does nothing", 4)
        except AssertionError:
            continue
        return
    raise AssertionError("the badge does nothing")
