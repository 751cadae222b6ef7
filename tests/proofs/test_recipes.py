"""A recipe of docs/integrations.md in the program that it is for: a real Node-RED."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from devices.sim.client import SimBench
from tests.cli.test_recipes import blocks
from tests.support.programs import free_port
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.needs("npm"), pytest.mark.timeout(1800)]
EXAMPLE = "https://loquet.example.org"
DOOR = "porte-principale"
UP_S = 300.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    with running_place(tmp_path_factory.mktemp("place")) as found:
        yield found


def installed(name: str, *how: str) -> Path:
    """An environment of its own in the cache folder; nothing of it is run while it is made."""
    source, folder = Path(__file__).with_name("recipes") / name, ROOT / ".cache" / name
    made = folder / "made-of.json"
    wanted = (source / "package.json").read_text()
    if not made.exists() or made.read_text() != wanted:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"]
        subprocess.run(["npm", *how, *quiet], cwd=folder, check=True, capture_output=True)
        made.write_text(wanted)
    return folder / "node_modules"


@contextmanager
def running(words: list[str], log: Path, more: Mapping[str, str], up: str) -> Iterator[None]:
    """A program of Node.js, once the log says that it is up; ended at the end."""
    with log.open("wb") as output:
        process = subprocess.Popen(words, stdout=output, stderr=output, env=os.environ | {**more})
    try:
        until(lambda: up in log.read_text() or process.poll() is not None, log.read_text, UP_S)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(60)


def token(place: RunningPlace, *scopes: str) -> str:
    """One that may do this alone."""
    made: str = place.make("/tokens", {"name": "recipe", "scopes": list(scopes)})["token"]
    return made


def the_command(folder: Path) -> str:
    """A PATH on which there is `loquet`."""
    folder.mkdir()
    command = folder / "loquet"
    command.write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m controller.cli "$@"\n'
    )
    command.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_node_red_reads_an_alarm_when_it_is_raised(place: RunningPlace, tmp_path: Path) -> None:
    red = installed("node_red", "ci") / "node-red" / "red.js"
    secret = token(place, "live:read")
    (tmp_path / "loquet.token").write_text(secret)
    told, folder = tmp_path / "told.jsonl", tmp_path / "red"
    folder.mkdir()
    text = blocks("json")[1].replace(EXAMPLE, place.url)
    flow: list[dict[str, Any]] = json.loads(
        text.replace("/home/nodered/loquet.token", str(tmp_path / "loquet.token"))
    )
    flow[-1]["wires"] = [["told"]]
    written = {"filename": str(told), "filenameType": "str", "overwriteFile": "false"}
    flow.append({"id": "told", "x": 0, "y": 0, "type": "file", "appendNewline": True, **written})
    tab = {"id": "tab", "type": "tab", "label": "Loquet"}
    nodes = [tab, *({**each, "z": "tab"} for each in flow)]
    (folder / "flows.json").write_text(json.dumps(nodes))
    (folder / "flows_cred.json").write_text(json.dumps({"alarm": {"password": secret}}))
    (folder / "settings.js").write_text(
        f'module.exports = {{uiPort: {free_port()}, uiHost: "127.0.0.1", flowFile: "flows.json",'
        " credentialSecret: false, diagnostics: {enabled: false}}"
    )
    words = ["node", str(red), "--userDir", str(folder), "--settings", str(folder / "settings.js")]
    with running(words, tmp_path / "log", {"PATH": the_command(tmp_path / "bin")}, "Started flows"):
        until(lambda: _is_watched(place), (tmp_path / "log").read_text, UP_S)
        with SimBench(place.ready["pins_socket"]) as bench:
            bench.do("door", door=DOOR, do="force")
        until(told.exists, (tmp_path / "log").read_text, UP_S)
        until(lambda: told.read_text().endswith("\n"), "it is not written")
    read = json.loads(told.read_text().splitlines()[0])
    assert (read["kind"], read["access_point"]) == ("door_forced", DOOR)


def _is_watched(place: RunningPlace) -> bool:
    """Whether `loquet watch` follows the stream."""
    port = int(place.url.rpartition(":")[2])
    watching = [
        each
        for each in psutil.process_iter(["cmdline"])
        if {"watch", "--token-file", place.url} <= set(each.info["cmdline"] or ())
    ]
    return any(
        line.raddr and line.raddr.port == port and line.status == psutil.CONN_ESTABLISHED
        for each in watching
        for line in each.net_connections("tcp")
    )
