"""From nothing to the first granted tap: a command for each computer, and pages over HTTPS.

The place is a network namespace of its own; this one is the computer of whoever sets it up.
"""

import json
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright

from tests.proofs.setup import _must, browser, first_account
from tests.support.first_tap import BADGE, LOQUET, Controller, started, status, token_of
from tests.support.until import until

pytestmark = [pytest.mark.long, *map(pytest.mark.needs, ("nginx", "certutil", "ip", "chromium"))]
PLACE, VISITOR = "10.97.0.1", "10.97.0.2"


@dataclass
class Counted:
    """What a volunteer types, and answers."""

    commands: int = 0
    questions: int = 0
    began: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Computers:
    """Two of them: the place's, reached by `inside`, and this one."""

    inside: list[str]
    folder: Path
    counted: Counted

    def setup(self, *words: str, inside: bool = False, typed: str = "") -> dict[str, Any]:
        """One `loquet setup`, and what it says."""
        self.counted.commands += 1
        command = [*(self.inside if inside else []), *LOQUET, "setup", *words, "--json"]
        done = subprocess.run(command, input=typed, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said: dict[str, Any] = json.loads(done.stdout)
        return said


@pytest.fixture(scope="module")
def computers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Computers]:
    name, here, there = (f"lq{name}{os.getpid()}" for name in ("n", "h", "t"))
    netns = ["ip", "netns", "exec", name]
    _must("ip", "netns", "add", name)
    try:
        _must("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        for words, link, address in ([], here, VISITOR), (netns, there, PLACE):
            _must(*words, "ip", "address", "add", f"{address}/24", "dev", link)
            _must(*words, "ip", "link", "set", link, "up")
        _must(*netns, "ip", "link", "set", "lo", "up")
        yield Computers(netns, tmp_path_factory.mktemp("computers"), Counted())
    finally:
        _must("ip", "netns", "del", name)


def test_from_nothing_to_the_first_tap(computers: Computers, playwright: Playwright) -> None:
    counted, folder = computers.counted, computers.folder
    place, pi = folder / "place", folder / "pi"
    said = computers.setup("controller", "--root", str(place), inside=True)
    assert (said["url"], said["agents_url"]) == (f"https://{PLACE}", f"https://{PLACE}:8885")
    assert said["trust"] == f"http://{PLACE}/trust"
    with started(said["start"], computers.inside, folder):
        answers = lambda: status(f"http://{PLACE}/trust/loquet.crt") == 200  # noqa: E731
        until(answers, "the pages do not answer from another computer", 120)
        authority = folder / "trusted.crt"
        with urllib.request.urlopen(f"http://{PLACE}/trust/loquet.crt") as answer:
            _must("openssl", "x509", "-inform", "der", "-out", str(authority), given=answer.read())
        with browser(playwright, folder, authority) as chromium:
            page = chromium.new_page()
            first_account(page, said)
            counted.questions += 3
        controller = Controller(
            url=said["url"], root=place, token=token_of(place / "etc/loquet/config.toml")
        )
        code = controller.make_machine_and_badge()
        counted.questions += 1
        joined = computers.setup(
            *(
                "agent",
                "--url",
                said["agents_url"],
                "--root",
                str(pi),
                "--simulated",
                "--point",
                "laser",
            ),
            typed=f"{code}\n",
        )
        assert joined["agent_id"] == "atelier"
        (folder / "pi-log").mkdir()
        with started(joined["start"], [], folder / "pi-log"):
            config = str(pi / "etc/loquet/config.toml")
            controller.granted([*LOQUET, "tap", "laser", BADGE, "--config", config])
            for root, inside in ((place, computers.inside), (pi, [])):
                assert _complaints(root, inside) <= {"the clock is kept by NTP"}
    seconds = time.monotonic() - counted.began
    print(f"{counted.commands} commands, {counted.questions} questions, {seconds:.0f} s")
    assert counted.commands == 2


def _complaints(root: Path, inside: list[str]) -> set[str]:
    """What doctor does not find good; whether NTP keeps this clock is not ours to say."""
    words = [*LOQUET, "doctor", "--json", "--config", str(root / "etc/loquet/config.toml")]
    told = subprocess.run([*inside, *words], capture_output=True, text=True)
    return {finding["what"] for finding in json.loads(told.stdout) if not finding["good"]}
