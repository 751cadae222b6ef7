"""Broker, hub and web are killed under open pages: these say so, since when, and recover alone."""

import os
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Error, Page, expect

from controller.cli.demo.people import PEOPLE, Person, credential_of
from controller.cli.demo.processes import Process, loquet
from controller.cli.demo.start import Demo, start
from devices.sim.client import tap
from tests.support.valkey import Valkey

pytestmark = [pytest.mark.needs("chromium"), pytest.mark.needs("mosquitto")]

CERTIFICATION = "impression-3d"
TYPED = "Clé du vélo chez Sabine"
CLOCK = re.compile(r"\d{1,2}:\d{2}")


@dataclass(frozen=True)
class Apart:
    """The demo's place with hub and web in processes of their own."""

    demo: Demo
    hub: Process
    web: Process


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apart]:
    folder = tmp_path_factory.mktemp("killed")
    valkey = Valkey(tmp_path_factory.mktemp("v"))
    demo = start(folder, 0, print)
    try:
        _kill(demo.serve)
        common = {"LOQUET_REDIS_URL": valkey.url, "LOQUET_MQTT_LEASE_S": "3"}
        config = ("--config", str(demo.layout.config))
        hub = demo.place.add("hub", loquet("hub", *config), **common)
        web = demo.place.add("web", loquet("web", *config), **common)
        yield Apart(demo, hub, web)
    finally:
        demo.place.stop()
        valkey.stop()


def _kill(process: Process) -> None:
    """As the kernel does, and it stays away."""
    process.stays_down = True
    os.kill(process.pid, signal.SIGKILL)


@contextmanager
def away(process: Process) -> Iterator[None]:
    """Killed, until the block ends."""
    _kill(process)
    try:
        yield
    finally:
        process.stays_down = False


@pytest.fixture(scope="module")
def pages(place: Apart, chromium: Browser) -> Iterator[tuple[Page, Page]]:
    """Live, and a desk at which somebody is writing."""
    context = chromium.new_context(base_url=place.demo.url)
    live, desk = context.new_page(), context.new_page()
    account = next(account for account in place.demo.secrets.accounts if account.role == "manager")
    place.demo.place.wait_for(place.web, lambda: _answers(live))
    live.locator("#login").fill(account.email)
    live.locator("#password").fill(account.password)
    live.locator("form.sheet button").click()
    live.wait_for_url(lambda url: "/sign-in" not in url)
    desk.goto("/desk")
    desk.get_by_label("Consigne pour la relève").fill(TYPED)
    yield live, desk
    context.close()


def _answers(page: Page) -> bool:
    try:
        answer = page.goto("/sign-in")
    except Error:  # nobody listens yet
        return False
    return answer is not None and answer.ok


def test_a_badge_at_a_reader_that_the_desk_has_asked_opens_its_person(
    place: Apart, pages: tuple[Page, Page]
) -> None:
    """Over MQTT: the reader is asked, it answers with the badge, and nothing is opened."""
    _live, desk = pages
    reader = desk.context.new_page()
    reader.goto("/desk")
    reader.get_by_role("button", name="Lire au lecteur").click()
    reader.get_by_label("Lecteur", exact=True).select_option(label="Porte principale")
    reader.get_by_role("button", name="Lire", exact=True).click()
    expect(reader.locator("#reading")).to_contain_text("Passez le badge")
    tap(str(place.demo.layout.socket), "porte-principale", _badge())
    expect(reader.locator("#who")).to_have_text(_holder().name)
    assert _badge().partition(":")[2] not in reader.url
    reader.close()


@pytest.mark.parametrize("name", ["broker", "hub"])
def test_pages_say_since_when_nobody_hears_the_boxes(
    place: Apart, pages: tuple[Page, Page], name: str
) -> None:
    killed = place.demo.broker if name == "broker" else place.hub
    for page in pages:
        page.bring_to_front()
        expect(page.locator("#no-contact")).to_have_count(0)
    with away(killed):
        for page in pages:
            page.bring_to_front()
            expect(page.locator("#no-contact")).to_contain_text("Aucun contact avec les boîtiers")
            expect(page.locator("#no-contact time")).to_have_text(CLOCK)
    for page in pages:
        page.bring_to_front()
        expect(page.locator("#no-contact")).to_have_count(0)
    expect(pages[1].get_by_label("Consigne pour la relève")).to_have_value(TYPED)


def test_pages_say_since_when_no_news_come(place: Apart, pages: tuple[Page, Page]) -> None:
    with away(place.web):
        for page in pages:
            page.bring_to_front()
            expect(page.locator("#lost")).to_be_visible()
            expect(page.locator("#lost time")).to_have_text(CLOCK)
    for page in pages:
        page.bring_to_front()
        expect(page.locator("#lost")).to_be_hidden()
    _live, desk = pages
    note = desk.get_by_label("Consigne pour la relève")
    expect(note).to_have_value(TYPED)
    note.press("Enter")
    expect(desk.locator("section", has=desk.locator("#notes"))).to_contain_text(TYPED)


def test_afterwards_a_tap_is_on_live_again(place: Apart, pages: tuple[Page, Page]) -> None:
    live, _desk = pages
    live.bring_to_front()
    tile = live.locator("#tile-imprimante-1")
    expect(tile).to_have_attribute("data-state", "off")
    tap(str(place.demo.layout.socket), "imprimante-1", _badge())
    expect(tile).not_to_have_attribute("data-state", "off")


def _badge() -> str:
    return credential_of(PEOPLE.index(_holder()))


def _holder() -> Person:
    """Somebody who may use the printers."""
    return next(
        person
        for person in PEOPLE
        if CERTIFICATION in person.certifications and person.plan == "atelier"
    )
