"""Bench: a tap reaches the simulated reader, and what moves is shown."""

import os
import re
import tty

from playwright.sync_api import expect

from devices.sim.client import SimBench
from tests.browser.conftest import SignIn, World


def test_a_tap_reaches_the_readers_wire(world: World, signed_in: SignIn) -> None:
    page = signed_in(at="/bench")
    link = world.bench.parent / "readers" / "laser-co2"
    wire = os.open(link, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(wire)
    page.get_by_role("button", name="Karim Benali").click()
    pinned = page.locator("#badge")
    expect(pinned).to_contain_text("Karim Benali")
    page.locator(".is-tap").last.scroll_into_view_if_needed()
    expect(pinned).to_be_in_viewport()
    page.locator("#tap-laser-co2").click()
    frame = os.read(wire, 14)
    os.close(wire)
    assert frame[0] == 2
    assert int(frame[3:11], 16) == 4_200_274


def test_doors_buttons_and_meters_follow(world: World, signed_in: SignIn) -> None:
    page = signed_in(at="/bench")
    station = page.locator("#station-laser-co2")
    stop = station.get_by_role("button", name="Arrêt d’urgence")
    stop.click()
    expect(stop).to_have_attribute("aria-pressed", "true")
    stop.click()
    expect(stop).to_have_attribute("aria-pressed", "false")
    plotter = page.locator("#station-plotter .level").nth(1)
    expect(plotter).to_have_text("ouvert")
    with SimBench(str(world.bench)) as bench:
        board = bench.state()["machines"]["plotter"]
        bench.do("configure", board=board["board"], pin=board["pin"], mode="out", level=1.0)
        expect(plotter).to_have_text("fermé")
        bench.do("write", board=board["board"], pin=board["pin"], level=0.0)
    expect(plotter).to_have_text("ouvert")


def test_the_bench_refuses_in_words(signed_in: SignIn) -> None:
    page = signed_in(at="/bench")
    page.locator("#free").fill("nothing")
    expect(page.locator("#badge")).to_have_text("nothing")
    page.locator("#tap-plotter").click()
    expect(page.locator("#wrong")).to_have_text(re.compile("n’est pas un numéro de badge"))


def test_the_bench_without_scripts(signed_in: SignIn) -> None:
    page = signed_in(at="/bench", java_script_enabled=False)
    page.get_by_role("button", name="Zoé d’Artois-Lefèvre").click()
    expect(page.get_by_role("button", name="Zoé d’Artois-Lefèvre")).to_have_attribute(
        "aria-pressed", "true"
    )
    expect(page.locator("#badge")).to_contain_text("Zoé d’Artois-Lefèvre")
    page.locator("#tap-plotter").click()
    page.wait_for_url(re.compile("/bench"))


def test_the_desk_has_no_bench(signed_in: SignIn) -> None:
    page = signed_in("desk")
    expect(page.get_by_role("link", name="Banc d’essai")).to_have_count(0)
    page.goto("/bench")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vous n’avez pas accès à cette page")


def test_the_lasers_microcontroller_shows_its_pins(world: World, signed_in: SignIn) -> None:
    page = signed_in(at="/bench")
    station = page.locator("#station-laser-co2")
    expect(station).to_contain_text("Relais A0 à A3")
    stop = station.get_by_role("button", name="Arrêt d’urgence")
    stop.click()
    expect(station.locator(".signals")).to_contain_text("appuyé")
    stop.click()
    expect(station.locator(".signals")).to_contain_text("verrouillé")
    station.get_by_role("button", name="Débrancher le câble").click()
    expect(station.locator(".signals")).to_contain_text("débranché")
    assert not (world.bench.parent / "bridges" / "laser-co2").exists()
    station.get_by_role("button", name="Rebrancher le câble").click()
    expect(station.get_by_role("button", name="Débrancher le câble")).to_be_visible()
