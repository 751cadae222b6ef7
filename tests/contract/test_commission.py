"""A new machine stays out of service until everything was seen, guided on the command line."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil
import pytest

from controller.cli.demo.people import PEOPLE, credential_of
from devices.agent.enrolment.enrol import enrol
from devices.agent.enrolment.identity import Identity, IdentityFiles
from devices.agent.enrolment.renewal import renew
from devices.sim.client import BenchError, SimBench
from tests.support.running_place import CALL_S, RunningPlace
from tests.support.tree import ROOT

MACHINE, AGENT, DOOR = "perceuse", "atelier-bois", "porte-coworking"
NUMBER = next(
    number
    for number, person in enumerate(PEOPLE)
    if "bois" in person.certifications and person.plan == "atelier"
)
BADGE = credential_of(NUMBER)


@contextmanager
def commission(
    place: RunningPlace, *more: str, point: str = MACHINE
) -> Iterator[subprocess.Popen[str]]:
    """The command, its token given on standard input; French, unless told otherwise."""
    command = [sys.executable, "-m", "controller.cli", "commission", point]
    command += ["--url", place.url, "--wait", str(CALL_S), *more]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"LC_ALL": "fr_FR.UTF-8", "PYTHONUTF8": "1"},
    ) as process:
        say(process, place.token)
        yield process


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def expect(process: subprocess.Popen[str], words: str) -> None:
    """Read on until a line says that; a question ends without one."""
    assert process.stdout is not None
    text = ""
    while words not in text:
        character = process.stdout.read(1)
        assert character, f"{text}\n{process.stderr.read() if process.stderr else ''}"
        text += character


@pytest.fixture(params=[MACHINE])
def maintainer(place: RunningPlace, request: pytest.FixtureRequest) -> Iterator[None]:
    """Somebody who may use the access point is its maintainer; it is new."""
    name, point = PEOPLE[NUMBER].name, request.param
    (member,) = (member for member in place.listed("/members") if member["display_name"] == name)
    path = f"/members/{member['id']}"
    version = place.call("GET", path).headers["ETag"]
    answer = place.call("PATCH", path, {"maintains": [point]}, {"If-Match": version})
    assert answer.status == 200, answer.body
    assert commissioning(place, point, "/restart")["commissioned"] is False
    yield
    version = place.call("GET", f"/access-points/{point}").headers["ETag"]
    by_hand = {"commissioned": True}
    answer = place.call("PATCH", f"/access-points/{point}", by_hand, {"If-Match": version})
    assert answer.status == 200, answer.body


def commissioning(place: RunningPlace, point: str = MACHINE, action: str = "") -> dict[str, Any]:
    body: dict[str, str] | None = {} if action else None
    path = f"/access-points/{point}/commissioning{action}"
    answer = place.call("POST" if action else "GET", path, body)
    assert answer.status == 200, answer.body
    found: dict[str, Any] = answer.json
    return found


def started(place: RunningPlace) -> int:
    """How many sessions of the machine the controller has heard of."""
    events = place.listed("/events", access_point=MACHINE)
    return sum(event["type"] == "session_started" for event in events)


def power(bench: SimBench, place: RunningPlace, on: bool) -> None:
    """Tap until it is so: a policy on its way is not there yet, a badge that rests is read once."""

    def is_so() -> bool:
        if bench.state()["machines"][MACHINE]["closed"] is on:
            return True
        bench.do("tap", reader=MACHINE, credential=BADGE)
        return any(
            event["machine"] == MACHINE and event["closed"] is on for event in bench.events(3.0)
        )

    place.wait_for(is_so)


def test_a_machine_is_commissioned_step_by_step(place: RunningPlace, maintainer: None) -> None:
    with SimBench(str(place.ready["pins_socket"])) as bench, commission(place) as process:
        bench.watch("power")
        expect(process, "1/6 Passez le badge d’un responsable")
        power(bench, place, True)
        expect(process, "Le contacteur s’est-il fermé")
        say(process, "oui")
        expect(process, "3/6")
        power(bench, place, False)
        expect(process, "Le contacteur s’est-il ouvert")
        say(process, "o")
        expect(process, "4/6")
        bench.do("press", contact=f"{MACHINE}/estop", active=True)
        expect(process, "quel que soit le badge")
        say(process, "y")
        expect(process, "5/6")
        bench.do("press", contact=f"{MACHINE}/estop", active=False)
        list(bench.events(0.5))
        bench.do("tap", reader=MACHINE, credential=BADGE)
        expect(process, "6/6")
        assert commissioning(place)["missing"] == ["agent_killed"]
        power(bench, place, True)
        place.wait_for(lambda: started(place) == 2)  # before its first commit nobody knows of it
        kill_agent(place)
        expect(process, "en moins d’une seconde")
        say(process, "oui")
        expect(process, "est mise en service.")
        assert process.wait(CALL_S) == 0
    done = commissioning(place)
    assert (done["commissioned"], done["missing"]) == (True, [])
    assert all(step["tick"]["event_id"] for step in done["steps"])
    assert {step["tick"]["agent_version"] for step in done["steps"]} == {version("loquet")}
    rewire(place)


def kill_agent(place: RunningPlace) -> None:
    """The demo starts it again."""
    os.kill(place.ready["pids"]["agents"][AGENT], signal.SIGKILL)


def rewire(place: RunningPlace) -> None:
    """Its reader is wired otherwise: that alone is asked again, and it is out of service."""
    config = place.state / "agents" / AGENT / "config.toml"
    before = config.read_text()
    changed = before.replace("gone_after_ms = 400", "gone_after_ms = 410")
    assert changed != before
    config.write_text(changed)
    (agent,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if str(config) in (process.info["cmdline"] or ()) and "agent" in process.info["cmdline"]
    )
    agent.terminate()
    place.wait_for(lambda: commissioning(place)["missing"] == ["badge"])
    assert commissioning(place)["commissioned"] is False
    config.write_text(before)


@pytest.mark.parametrize("maintainer", [DOOR], indirect=True)
def test_a_door_is_commissioned_by_badge_strike_contact_and_ways_out(
    place: RunningPlace, maintainer: None
) -> None:
    english = ("--language", "en")
    with (
        SimBench(str(place.ready["pins_socket"])) as bench,
        commission(place, *english, point=DOOR) as process,
    ):
        bench.watch("door")
        expect(process, "1/5 Tap a maintainer")
        place.wait_for(lambda: opened_by_badge(bench))
        expect(process, "Can the door be pulled open")
        say(process, "y")
        expect(process, "ticked: contact")
        bench.do("door", door=DOOR, do="close")
        bench.do("press", contact=f"{DOOR}/rex", active=True)
        expect(process, "Did the door let you out? [y/n]")
        say(process, "y")
        expect(process, "Unplug the Pi")
        expect(process, "without any power from Loquet? [y/n]")
        say(process, "y")
        expect(process, "What was seen?")
        say(process, "the inside handle opens it")
        expect(process, "is commissioned.")
        assert process.wait(CALL_S) == 0
    done = commissioning(place, DOOR)
    assert done["commissioned"]
    assert done["steps"][-1]["tick"]["remark"] == "the inside handle opens it"


def opened_by_badge(bench: SimBench) -> bool:
    """Tap until it is released, then pull: a policy on its way is not there yet."""
    bench.do("tap", reader=DOOR, credential=BADGE)
    for event in bench.events(3.0):
        if event["door"] == DOOR and event["released"]:
            with suppress(BenchError):  # locked again already, on a slow computer
                bench.do("door", door=DOOR, do="open")
                return True
    return False


def test_a_no_leaves_it_out_of_service(place: RunningPlace, maintainer: None) -> None:
    with (
        SimBench(str(place.ready["pins_socket"])) as bench,
        commission(place, "--language", "en") as process,
    ):
        bench.watch("power")
        expect(process, "1/6")
        power(bench, place, True)
        expect(process, "[y/n]")
        say(process, "n")
        assert process.wait(CALL_S) == 1
        assert process.stderr is not None
        (line,) = process.stderr.read().splitlines()
        assert "power_on: not ticked; it stays out of service" in line
        power(bench, place, False)
    assert not commissioning(place)["commissioned"]
    answer = place.call("POST", f"/access-points/{MACHINE}/commissioning/finish", {})
    assert answer.status == 409
    assert "power_on, power_off, estop, estop_reset, agent_killed" in answer.json["detail"]


def test_what_is_commissioned_already_is_said(place: RunningPlace) -> None:
    with commission(place) as process:
        assert process.wait(CALL_S) == 1
        assert process.stderr is not None
        assert f"{MACHINE} est déjà mise en service ; --again recommence" in process.stderr.read()


def test_a_box_is_given_the_authority_of_the_pages_with_its_claim_and_each_renewal(
    place: RunningPlace, tmp_path: Path
) -> None:
    """By which commands there believe them."""
    code = place.make("/agents", {"id": "box", "site_id": place.site, "name": {"en": "Box"}})
    enrol(place.url, code["claim_code"], tmp_path)
    given, shown = IdentityFiles(tmp_path).web_ca, (place.state / "keys/web-ca.crt").read_text()
    assert given.read_text() == shown
    given.unlink()
    renew(Identity.load(tmp_path))
    assert given.read_text() == shown
