"""A real OctoPrint and a real Moonraker with our add-ons: no print without a badge."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
import websocket
from playwright.sync_api import Browser

from controller.cli.demo.script import credential_called
from devices.sim.client import SimBench
from tests.peers.cable import Cable
from tests.peers.klippy import Klippy
from tests.peers.moonraker import Moonraker
from tests.peers.octoprint import ADMIN_KEY, OctoPrint
from tests.peers.venv import bin_folder
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
WHO = "Nadia Haddad"
OCTOPRINT, MOONRAKER = "imprimante-1", "imprimante-2"
FIRST, FIRST_BY_HTTP = "Passez d’abord votre badge", "Passez d'abord votre badge"
AWAY, AWAY_BY_HTTP = "Loquet ne répond pas", "Loquet ne r"
TOLD_S = 120.0
"""Ends are told again after 5 s, then twice as long each time."""


@dataclass
class Badges:
    place: RunningPlace
    bench: SimBench
    token: str

    def tap(self, printer: str) -> None:
        """She holds her badge to its reader, and is granted."""
        self.bench.do("tap", reader=printer, credential=credential_called(WHO))
        switched = self.bench.wait_for(
            lambda event: event["event"] == "power" and event["machine"] == printer, timeout_s=20
        )
        assert switched["closed"]
        self.place.wait_for(lambda: self._is_on(printer))

    def _is_on(self, printer: str) -> bool:
        every = self.place.listed("/sessions", access_point=printer)
        return any(window["ended_at"] is None for window in every)

    def jobs(self, printer: str) -> list[dict[str, Any]]:
        return list(self.place.listed("/print-jobs", access_point=printer))


@pytest.fixture(scope="module")
def badges(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Badges]:
    with running_place(tmp_path_factory.mktemp("place")) as place:
        new = {"name": "printers", "scopes": ["prints:write", "prints:read"]}
        token = place.make("/tokens", new)["token"]
        with SimBench(place.ready["pins_socket"]) as bench:
            bench.watch("power")
            yield Badges(place, bench, token)


@pytest.fixture
def at_end() -> Iterator[ExitStack]:
    """What is closed, however the test ends."""
    with ExitStack() as stack:
        yield stack


def cable_to(place: RunningPlace) -> Cable:
    """What an add-on reaches the controller by."""
    return Cable(int(place.url.rpartition(":")[2]))


def address(cable: Cable) -> str:
    return f"http://127.0.0.1:{cable.port}"


def kill_the_controller(place: RunningPlace, while_away: Callable[[], None]) -> None:
    """It dies; the demo starts it again, as systemd does."""
    serve = {"serve", str(place.state / "config.toml")}
    every = psutil.process_iter(["cmdline"])  # it may have been started again since
    (running,) = (process for process in every if serve <= set(process.info["cmdline"] or ()))
    running.kill()
    while_away()
    place.wait_for(lambda: _answers(place))


def _answers(place: RunningPlace) -> bool:
    try:
        return place.call("GET", "/print-jobs").status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def plugin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our plug-in, built from the tree as a wheel and installed beside OctoPrint."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(ROOT / "addons" / "octoprint", folder / "source")
    install = ["install", "--quiet", "--no-deps", "--no-build-isolation", "--target"]
    pip = [sys.executable, "-m", "pip", *install, str(folder / "site"), str(folder / "source")]
    subprocess.run(pip, check=True)
    return folder / "site"


def test_octoprint(
    badges: Badges, plugin: Path, tmp_path: Path, chromium: Browser, at_end: ExitStack
) -> None:
    place = badges.place
    cable = cable_to(place)
    at_end.callback(cable.close)
    settings = {"url": address(cable), "token": badges.token, "access_point": OCTOPRINT}
    octoprint = OctoPrint(tmp_path / "octoprint", plugin, {"loquet": settings})
    at_end.callback(octoprint.end)
    before = {job["id"] for job in badges.jobs(OCTOPRINT)}

    def outcomes() -> list[str | None]:
        return [job["outcome"] for job in badges.jobs(OCTOPRINT) if job["id"] not in before]

    page = chromium.new_page(extra_http_headers={"X-Api-Key": ADMIN_KEY})
    at_end.callback(page.close)
    page.goto(f"http://127.0.0.1:{octoprint.port}/")
    page.wait_for_function("OctoPrint.socket && OctoPrint.socket.connected !== false")

    def refused(why: str) -> None:
        octoprint.upload_and_print()
        shown = page.locator(".ui-pnotify-text", has_text=why)
        shown.wait_for(timeout=30_000)
        print("OctoPrint's own screen:", shown.inner_text())
        octoprint.wait("Operational")
        assert outcomes() == []

    refused(FIRST)
    for away in (cable.pull, cable.die):  # gone, and there but without an answer
        away()
        refused(AWAY)
        cable.plug()
        page.evaluate("document.querySelectorAll('.ui-pnotify').forEach(each => each.remove())")
    badges.tap(OCTOPRINT)
    octoprint.print_part()
    assert outcomes() == [None]

    def carry_on() -> None:
        octoprint.resume()
        octoprint.wait("Operational")

    kill_the_controller(place, carry_on)
    until(lambda: outcomes() == ["completed"], lambda: f"not reported: {outcomes()}")
    octoprint.print_part()
    cable.pull()
    carry_on()
    assert outcomes() == ["completed", None]
    cable.plug()
    until(lambda: outcomes() == ["completed"] * 2, lambda: f"not reported: {outcomes()}", TOLD_S)
    kept = tmp_path / "octoprint" / "data" / "loquet" / "prints"
    until(lambda: not list(kept.glob("*.json")), "an end is still on disk")
    assert outcomes() == ["completed"] * 2


@pytest.fixture(scope="module")
def moonraker_with_ours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its program with our component inside, as somebody who follows the page has it."""
    folder = tmp_path_factory.mktemp("moonraker-program")
    (its,) = (bin_folder("moonraker").parent / "lib").glob("python3*/site-packages/moonraker")
    shutil.copytree(its, folder / "moonraker")
    ours = folder / "moonraker" / "components" / "loquet"
    shutil.copytree(ROOT / "addons" / "moonraker" / "loquet", ours)
    return folder


def test_moonraker(
    badges: Badges, moonraker_with_ours: Path, tmp_path: Path, at_end: ExitStack
) -> None:
    place = badges.place
    cable = cable_to(place)
    at_end.callback(cable.close)
    (tmp_path / "token").write_text(badges.token)
    section = f"[loquet]\nurl: {address(cable)}\naccess_point: {MOONRAKER}\n"
    section += f"token_file: {tmp_path / 'token'}\n"
    before = {item["id"] for item in badges.jobs(MOONRAKER)}

    def ours() -> list[dict[str, Any]]:
        return [item for item in badges.jobs(MOONRAKER) if item["id"] not in before]

    klippy = Klippy(tmp_path / "klippy")
    at_end.callback(klippy.close)
    folder = tmp_path / "moonraker"
    moonraker = Moonraker(folder, tmp_path / "klippy", moonraker_with_ours, section)
    at_end.callback(moonraker.end)
    (folder / "gcodes").mkdir(exist_ok=True)
    (folder / "gcodes" / "part.gcode").write_text("G28\n")
    key = {"X-Api-Key": moonraker.key}
    moonraker.until("/printer/info", lambda answer: answer["result"]["state"] == "ready", key)

    def start(path: str = "/printer/print/start", **how: str) -> str:
        try:
            moonraker.ask(path, how or {"filename": "part.gcode"}, key)
        except OSError as refused:
            return str(refused)
        return ""

    console = websocket.create_connection(
        f"ws://127.0.0.1:{moonraker.port}/websocket", header=[f"X-Api-Key: {moonraker.key}"]
    )
    console.settimeout(30)
    assert FIRST_BY_HTTP in start()
    said = ""
    while FIRST not in said:  # what its console, and with it its page, shows
        said = str(json.loads(console.recv()).get("params", ""))
    print("Moonraker's console:", said)
    console.close()
    assert FIRST_BY_HTTP in start("/printer/gcode/script", script="M24")
    badges.tap(MOONRAKER)
    for away in (cable.pull, cable.die):
        away()
        assert AWAY_BY_HTTP in start()
        cable.plug()
    assert klippy.scripts == []
    assert start() == ""
    assert len(klippy.scripts) == 1
    (first,) = ours()
    assert (first["name"], first["outcome"]) == ("part.gcode", None)

    def job(state: str) -> None:
        """Klipper says so, and Moonraker knows: its answer comes after that on the same socket."""
        klippy.job(state)
        moonraker.until(
            "/printer/objects/query?print_stats",
            lambda answer: answer["result"]["status"]["print_stats"]["state"] == state,
            key,
        )

    job("paused")

    def carry_on() -> None:
        job("printing")
        klippy.extrude(1000.0)
        job("complete")

    kill_the_controller(place, carry_on)
    until(lambda: [item["outcome"] for item in ours()] == ["completed"], "it is not reported")
    (first,) = ours()
    assert 2.9 < first["used_grams"] < 3.1  # a metre of PLA of 1.75 mm
    job("standby")
    assert start() == ""
    cable.die()
    carry_on()
    cable.plug()
    until(lambda: [item["outcome"] for item in ours()] == ["completed"] * 2, "not told", TOLD_S)
    job("standby")
    carry_on()  # as by a macro: Moonraker was asked for nothing
    until(lambda: [item["outcome"] for item in ours()] == ["completed"] * 3, "not asked late")
    assert {item["member_id"] for item in ours()} == {first["member_id"]}


def test_a_controller_that_is_away_starts_nothing(
    badges: Badges, moonraker_with_ours: Path, tmp_path: Path, at_end: ExitStack
) -> None:
    (tmp_path / "token").write_text(badges.token)
    section = "[loquet]\nurl: http://127.0.0.1:9\naccess_point: imprimante-3\n"
    section += f"token_file: {tmp_path / 'token'}\n"
    klippy = Klippy(tmp_path / "klippy")
    at_end.callback(klippy.close)
    moonraker = Moonraker(tmp_path / "moonraker", tmp_path / "klippy", moonraker_with_ours, section)
    at_end.callback(moonraker.end)
    key = {"X-Api-Key": moonraker.key}
    moonraker.until("/printer/info", lambda answer: answer["result"]["state"] == "ready", key)
    with pytest.raises(OSError, match=r"Loquet ne r.{1,6}pond pas"):
        moonraker.ask("/printer/print/start", {"filename": "part.gcode"}, key)
    assert klippy.scripts == []
