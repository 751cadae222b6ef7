"""From `loquet init` to the first granted tap: a real broker, a real agent, simulated hardware."""

import re
import time
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from devices.sim.client import SimBench
from tests.browser.setup_from_nothing import BOX, PASSWORD, Site
from tests.browser.setup_from_nothing import site as site
from tests.support.until import until

MAX_ACTS = 45


@dataclass
class Hand:
    """Whoever sets up: what they do is counted."""

    page: Page
    acts: int = 0
    began: float = field(default_factory=time.monotonic)

    def click(self, what: Locator) -> None:
        self.acts += 1
        what.click()

    def press(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name))

    def type(self, label: str, text: str) -> None:
        self.acts += 1
        self.page.locator("main").get_by_label(label).fill(text)

    def sees(self, words: str) -> None:
        expect(self.page.locator("h1")).to_contain_text(re.compile(words))


def test_from_an_empty_place_to_the_first_granted_tap(
    site: Site, chromium: Browser, capsys: pytest.CaptureFixture[str]
) -> None:
    context = chromium.new_context(base_url=site.url, locale="fr-FR")
    page = context.new_page()
    hand = Hand(page)
    page.goto("/")
    _begin(hand, site)
    _describe(hand)
    _join(hand, site)
    _found(hand, site)
    _commission(hand, site)
    hand.sees("Badgez")
    expect(page.get_by_text("Passez le badge de Claire Vandamme")).to_be_visible()
    hand.acts += 1
    site.tap()
    expect(page.get_by_text("Accordé", exact=True)).to_be_visible()
    seconds = time.monotonic() - hand.began
    with capsys.disabled():
        print(f"\nsetting up: {hand.acts} acts, {seconds:.0f} s by a machine's hand")
    assert hand.acts <= MAX_ACTS
    page.reload()
    expect(page.get_by_text("tout est fait")).to_be_visible()
    context.close()


def _begin(hand: Hand, site: Site) -> None:
    hand.sees("Première installation")
    hand.type("Code d’installation", site.code)
    hand.type("Votre adresse e-mail, ou un nom", "claire@example.org")
    hand.type("Mot de passe", PASSWORD)
    hand.press("Commencer")
    hand.sees("Comment s’appelle le lieu")
    hand.type("Nom du lieu", "La Fabrique")
    hand.press("Continuer")
    hand.sees("Un code de secours")
    hand.press("Créer le code de secours")
    expect(hand.page.locator(".recovery span")).to_have_count(4)
    hand.click(hand.page.get_by_role("link", name="C’est rangé, continuer"))


def _describe(hand: Hand) -> None:
    hand.sees("Quand le lieu est-il ouvert")
    hand.click(hand.page.get_by_label("Toujours ouvert"))
    hand.press("Continuer")
    hand.sees("Quelle est la première machine")
    hand.acts += 1
    hand.page.get_by_label("Type").select_option("drill")
    hand.type("Nom", "Perceuse")
    hand.type("Dans quel espace", "Atelier bois")
    hand.press("Continuer")
    hand.sees("Reliez le boîtier")


def _join(hand: Hand, site: Site) -> None:
    hand.acts += 1
    hand.page.get_by_label("Son lecteur de badges").select_option("em4100_serial")
    hand.type("Port d’un lecteur série", str(site.folder / "reader"))
    hand.press("Afficher la ligne à coller")
    line = hand.page.locator("pre.paste").inner_text()
    hand.acts += 1
    assert f"This is {BOX} now." in site.on_the_pi(line)
    assert 'id = "perceuse"' in (site.folder / "pi" / "config.toml").read_text()
    hand.acts += 1
    site.start_agent()
    expect(hand.page.locator("#ticks .comes > .ok")).to_have_count(3)
    hand.click(hand.page.locator("#ticks").get_by_role("link", name="Continuer"))


def _found(hand: Hand, site: Site) -> None:
    hand.sees("Qui badge en premier")
    hand.press("Lire le badge sur le lecteur")
    expect(hand.page.get_by_text("Passez le badge sur le lecteur")).to_be_visible()
    read = hand.page.locator("#read")
    hand.acts += 1
    for _ in range(10):  # the command may still be on its way
        site.tap()
        try:
            expect(read).to_contain_text("son numéro finit par 4567", timeout=3000)
            break
        except AssertionError:
            continue
    expect(read).to_contain_text("son numéro finit par 4567")
    hand.type("Son nom", "Claire Vandamme")
    hand.click(hand.page.get_by_role("button", name="Continuer"))


def _commission(hand: Hand, site: Site) -> None:
    hand.sees("Mettez en service")
    closed = SimBench(str(site.folder / "pins.sock"))

    def is_on() -> bool:
        return bool(closed.state()["machines"]["perceuse"]["closed"])

    hand.acts += 1
    _tap_until(site, lambda: is_on())
    hand.acts += 1
    _tap_until(site, lambda: not is_on())
    for step in ("badge", "power_on", "power_off"):
        hand.click(hand.page.locator(f"#tick-{step}"))
    hand.page.locator("#remark-estop").fill("le coup de poing coupe la bobine")
    hand.acts += 2
    hand.page.locator("form", has=hand.page.locator("#remark-estop")).get_by_role("button").click()
    hand.acts += 2
    _tap_until(site, lambda: is_on())
    until(site.has_session, "its session is not told")
    site.kill_agent()
    until(lambda: not is_on(), "its power stays on", 10)
    site.start_agent()
    hand.click(hand.page.locator("#tick-agent_killed"))
    hand.press("Mettre en service")
    closed.close()


def _tap_until(site: Site, true: object) -> None:
    """Hold the badge there until it has done what it does: the agent may just start."""
    assert callable(true)
    for _ in range(10):
        site.tap()
        try:
            until(true, "the badge does nothing", 4)
            return
        except AssertionError:
            continue
    raise AssertionError("the badge does nothing")
