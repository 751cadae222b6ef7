"""From `loquet init` to the first granted tap: a real broker, a real agent, simulated hardware."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from devices.sim.client import SimBench, tap
from tests.scenarios.week.wiring import _SERVE
from tests.support.broker import Shipped
from tests.support.pins import Pins
from tests.support.programs import free_port
from tests.support.tree import ROOT
from tests.support.until import until

CARD = "em:0001234567"
BOX = "atelier-bois"
PASSWORD = "une phrase assez longue"
MOST_ACTS = 45
_BENCH = """
[[machine]]
name = "perceuse"
board = "{box}"
pin = 17
drive = "pump"
[[reader]]
name = "perceuse"
link = "{folder}/reader"
"""
_PI = """
[agent]
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
"""
_SHIM = {
    "sudo": 'exec "$@" --root "$PWD" --config config.toml',  # of this computer nothing is touched
    "loquet": f'exec {sys.executable} -m controller.cli "$@"',
}


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


@dataclass
class Site:
    """An installation in a folder, with a Pi beside it."""

    folder: Path
    url: str
    code: str
    agent: subprocess.Popen[bytes] | None = None

    def on_the_pi(self, line: str) -> str:
        """Paste a line into its shell; what it says."""
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder / "pi",
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_agent(self) -> None:
        with (self.folder / "agent.log").open("ab") as log:
            self.agent = subprocess.Popen(
                ["loquet", "agent"],
                executable=self.folder / "bin" / "loquet",
                cwd=self.folder / "pi",
                env=self._environment(),
                stdout=log,
                stderr=log,
            )

    def kill_agent(self) -> None:
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()

    def has_session(self) -> bool:
        """Whether the controller knows of one that goes on."""
        with closing(sqlite3.connect(self.folder / "loquet.db")) as db:
            rows = db.execute("SELECT count(*) FROM machine_session WHERE ended_at IS NULL")
            return bool(rows.fetchone()[0])

    def tap(self) -> None:
        tap(str(self.folder / "pins.sock"), "perceuse", CARD)

    def _environment(self) -> dict[str, str]:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return os.environ | {"PATH": path, "PYTHONPATH": str(ROOT)}


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("s")
    web = free_port()
    (folder / "config.toml").write_text(_SERVE.format(web=web, broker=free_port()))
    (folder / "bench.toml").write_text(_BENCH.format(box=BOX, folder=folder))
    (folder / "pi").mkdir()
    (folder / "pi" / "config.toml").write_text(_PI.format(folder=folder))
    (folder / "bin").mkdir()
    for name, text in _SHIM.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / "bin" / name).chmod(0o755)
    with ExitStack() as stack:
        told = json.loads(_loquet(folder, "init", "--json"))
        broker = Shipped(folder)
        broker.start()
        stack.callback(broker.kill)
        pins = Pins(folder / "bench.toml")
        stack.callback(pins.end)
        stack.enter_context(_serving(folder, f"http://127.0.0.1:{web}"))
        found = Site(folder, f"http://127.0.0.1:{web}", told["setup_code"])
        stack.callback(found.kill_agent)
        yield found


def _loquet(folder: Path, *words: str) -> str:
    command = [sys.executable, "-m", "controller.cli", *words]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=env, stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


@contextmanager
def _serving(folder: Path, url: str) -> Iterator[None]:
    command = [sys.executable, "-m", "controller.cli", "serve"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        until(lambda: _is_ready(url), "the controller is not ready", 60)
        yield
    finally:
        process.terminate()
        process.wait(30)


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310
            return True
    except OSError:  # refused, not ready yet, or, on a busy computer, too slow to say so
        return False


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
    expect(page.get_by_text("Posez le badge de Claire Vandamme")).to_be_visible()
    hand.acts += 1
    site.tap()
    expect(page.get_by_text("Accordé", exact=True)).to_be_visible()
    seconds = time.monotonic() - hand.began
    with capsys.disabled():
        print(f"\nsetting up: {hand.acts} acts, {seconds:.0f} s by a machine's hand")
    assert hand.acts <= MOST_ACTS
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
    hand.press("Faire le code de secours")
    expect(hand.page.locator(".recovery span")).to_have_count(4)
    hand.click(hand.page.get_by_role("link", name="C’est rangé, continuer"))


def _describe(hand: Hand) -> None:
    hand.sees("Quand le lieu est-il ouvert")
    hand.click(hand.page.get_by_label("Toujours ouvert"))
    hand.press("Continuer")
    hand.sees("Quelle est la première machine")
    hand.acts += 1
    hand.page.get_by_label("Sorte").select_option("drill")
    hand.type("Nom", "Perceuse")
    hand.type("Dans quel espace", "Atelier bois")
    hand.press("Continuer")
    hand.sees("Reliez le boîtier")


def _join(hand: Hand, site: Site) -> None:
    hand.acts += 1
    hand.page.get_by_label("Son lecteur de badges").select_option("em4100_serial")
    hand.type("Port d’un lecteur série", str(site.folder / "reader"))
    hand.press("Montrer la ligne à coller")
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
    hand.press("Lire le badge au lecteur")
    expect(hand.page.get_by_text("Posez le badge sur le lecteur")).to_be_visible()
    read = hand.page.locator("#read")
    hand.acts += 1
    for _ in range(10):  # the command may still be on its way
        site.tap()
        try:
            expect(read).to_contain_text("il finit par 4567", timeout=3000)
            break
        except AssertionError:
            continue
    expect(read).to_contain_text("il finit par 4567")
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
