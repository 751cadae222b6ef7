"""An erased person is in no file of a running place: database, journals, logs, broker."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.sim.client import tap
from tests.support.running_place import RunningPlace

pytestmark = pytest.mark.needs("mosquitto")

NAME, EMAIL, BADGE = "Zoé Duchemin-Lafarge", "zoe.duchemin@courriel.example", "0071238945"
WORDS = (NAME, "duchemin", EMAIL, BADGE)


def files_that_hold(folder: Path, words: tuple[str, ...]) -> dict[str, set[str]]:
    """Of all files below the folder, which hold which word, however it is spelled."""
    found: dict[str, set[str]] = {}
    for file in folder.rglob("*"):
        content = _content(file)
        for word in words:
            if any(spelling in content for spelling in _spellings(word)):
                found.setdefault(file.name, set()).add(word)
    return found


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes().lower() if file.is_file() else b""
    except FileNotFoundError:  # a side file that a database has just removed
        return b""


def _spellings(word: str) -> Iterator[bytes]:
    lower = word.lower()
    yield lower.encode()
    yield json.dumps(lower)[1:-1].encode()
    yield lower.replace("é", "e").encode()


def test_a_running_place_holds_nobody_who_was_erased(place: RunningPlace) -> None:
    door, other = (
        access_point
        for access_point in place.ready["access_points"]
        if access_point["kind"] == "door"
    )
    person = place.make("/members", {"display_name": NAME, "email": EMAIL})
    place.make("/credentials", {"member_id": person["id"], "value": f"em:{BADGE}"})
    config = tomllib.loads((place.state / "config.toml").read_text(encoding="utf-8"))
    socket = config["web"]["bench_socket"]
    told = len(denied(place, door["id"]))
    tap(socket, door["reader"], f"em:{BADGE}")
    place.wait_for(lambda: len(denied(place, door["id"])) > told)
    assert files_that_hold(place.state.parent, WORDS)

    path = f"/members/{person['id']}"
    done = place.call("POST", f"{path}/erase", {"reason": "asked for by letter"})
    assert done.status == 200, done.body
    assert done.json["removed"]["event"] >= 1
    assert place.call("GET", path).status == 404
    place.wait_for(lambda: not files_that_hold(place.state.parent, WORDS))

    # At another reader: the first may not have noticed yet that the card was taken away.
    before = len(denied(place, other["id"]))
    tap(socket, other["reader"], f"em:{BADGE}")
    place.wait_for(lambda: len(denied(place, other["id"])) > before)
    assert denied(place, other["id"])[-1]["data"]["reason"] == "credential_unknown"


def denied(place: RunningPlace, point: str) -> list[dict[str, Any]]:
    listed = place.listed("/events", access_point=point)
    return [item for item in listed if item["type"] == "access_denied"]
