"""A site's key is changed while people tap at real agents: nobody is refused for it (0196)."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from controller.cli.demo.people import credential_of
from controller.wire.base64url import b64decode
from devices.sim.client import SimBench
from tests.support.running_place import RunningPlace

pytestmark = pytest.mark.needs("mosquitto")

DOOR, BETWEEN_TAPS_S = "porte-principale", 0.5


def site_key(place: RunningPlace, *words: str) -> dict[str, Any]:
    """As its manager changes it, at the controller."""
    command = [sys.executable, "-m", "controller.cli", "site-key", *words, "--json"]
    command += ["--config", str(place.state / "config.toml")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@contextmanager
def tapping(place: RunningPlace) -> Iterator[None]:
    """Somebody comes and goes all along."""
    over = threading.Event()

    def tap() -> None:
        with SimBench(str(place.ready["pins_socket"])) as bench:
            while not over.wait(BETWEEN_TAPS_S):
                bench.do("tap", reader=DOOR, credential=credential_of(0))

    thread = threading.Thread(target=tap)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def keys_of(place: RunningPlace) -> dict[str, bytes]:
    """The newest key of each agent of the demo."""
    files = sorted(place.state.rglob("credential.key"))
    own = {file.parent.name: file for file in files if (file.parent / "agent.key").exists()}
    assert own
    return {name: b64decode(file.read_text().strip()) for name, file in own.items()}


def test_the_key_is_changed_and_nobody_is_refused_for_it(place: RunningPlace) -> None:
    began, before = datetime.now(UTC), keys_of(place)
    generation = site_key(place, "list")["generation"]
    ours = set(before)

    def told() -> Counter[str]:
        listed = place.listed("/events", access_point=DOOR, since=began.strftime("%FT%T.000Z"))
        return Counter(str(item["data"].get("reason") or item["type"]) for item in listed)

    with tapping(place):
        place.wait_for(lambda: told()["access_granted"] > 0)
        changed = site_key(place, "new")
        assert changed["generation"] > generation == changed["older"]
        place.wait_for(lambda: not ours & set(site_key(place, "list")["lack"]))
        after = keys_of(place)
        assert not set(after.values()) & set(before.values())
        assert len(set(after.values())) == 1
        site_key(place, "end", "--anyway")
        count = told()["access_granted"]
        place.wait_for(lambda: told()["access_granted"] > count + 2)
    assert told()["credential_unknown"] == 0
    assert site_key(place, "list")["older"] is None
