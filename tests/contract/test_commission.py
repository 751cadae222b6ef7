"""A new machine stays out of service until everything was seen, guided on the command line."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from controller.cli.demo.people import PEOPLE, credential_of
from devices.sim.client import SimBench
from tests.contract.running_place import CALL_S, ROOT, RunningPlace

MACHINE, AGENT = "perceuse", "atelier-bois"
NUMBER = next(
    number
    for number, each in enumerate(PEOPLE)
    if "bois" in each.certifications and each.plan == "atelier"
)
BADGE = credential_of(NUMBER)


@contextmanager
def commission(place: RunningPlace, *more: str) -> Iterator[subprocess.Popen[str]]:
    """The command, its token given on standard input."""
    command = [sys.executable, "-m", "controller.cli", "commission", MACHINE]
    command += ["--url", place.url, "--wait", str(CALL_S), *more]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        cwd=ROOT,
    ) as process:  # fmt: skip
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


@pytest.fixture
def maintainer(place: RunningPlace) -> Iterator[None]:
    """Somebody who may use the machine is its maintainer; the machine is new."""
    name = PEOPLE[NUMBER].name
    (member,) = (each for each in place.listed("/members") if each["display_name"] == name)
    path = f"/members/{member['id']}"
    version = place.call("GET", path).headers["ETag"]
    answer = place.call("PATCH", path, {"maintains": [MACHINE]}, {"If-Match": version})
    assert answer.status == 200, answer.body
    change(place, commissioned=False)
    yield
    change(place, commissioned=True)


def point(place: RunningPlace) -> tuple[dict[str, Any], str]:
    answer = place.call("GET", f"/access-points/{MACHINE}")
    return answer.json, answer.headers["ETag"]


def change(place: RunningPlace, **fields: object) -> None:
    _, version = point(place)
    answer = place.call("PATCH", f"/access-points/{MACHINE}", fields, {"If-Match": version})
    assert answer.status == 200, answer.body


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
        expect(process, "1/6")
        power(bench, place, True)
        expect(process, "Has the contactor closed")
        say(process, "y")
        expect(process, "3/6")
        power(bench, place, False)
        expect(process, "Has the contactor opened")
        say(process, "oui")
        expect(process, "4/6")
        bench.do("press", contact=f"{MACHINE}/estop", active=True)
        expect(process, "keep the contactor open")
        say(process, "y")
        expect(process, "5/6")
        bench.do("press", contact=f"{MACHINE}/estop", active=False)
        list(bench.events(0.5))
        bench.do("tap", reader=MACHINE, credential=BADGE)
        expect(process, "6/6")
        assert not point(place)[0]["commissioned"]
        power(bench, place, True)
        place.wait_for(lambda: started(place) == 2)  # before its first commit nobody knows of it
        os.kill(place.ready["pids"]["agents"][AGENT], signal.SIGKILL)
        expect(process, "within a second")
        say(process, "y")
        expect(process, "is commissioned.")
        assert process.wait(CALL_S) == 0
    assert point(place)[0]["commissioned"]


def test_a_no_leaves_it_out_of_service(place: RunningPlace, maintainer: None) -> None:
    with SimBench(str(place.ready["pins_socket"])) as bench, commission(place) as process:
        bench.watch("power")
        expect(process, "1/6")
        power(bench, place, True)
        expect(process, "[y/n]")
        say(process, "n")
        assert process.wait(CALL_S) == 1
        assert process.stderr is not None
        (line,) = process.stderr.read().splitlines()
        assert "power on: not ticked; it stays out of service" in line
        power(bench, place, False)
    assert not point(place)[0]["commissioned"]


def test_what_is_commissioned_already_is_said(place: RunningPlace) -> None:
    with commission(place) as process:
        assert process.wait(CALL_S) == 1
        assert process.stderr is not None
        assert f"{MACHINE} is commissioned already" in process.stderr.read()
