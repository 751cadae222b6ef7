"""The recipes of docs/integrations.md in the programs that they are for: Node-RED, n8n."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from controller.cli.demo.script import credential_called
from devices.sim.client import SimBench
from tests.cli.recipes import blocks
from tests.support.databases import an_empty_one
from tests.support.programs import free_port
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT
from tests.support.until import until

pytestmark = [pytest.mark.long, pytest.mark.needs("npm"), pytest.mark.timeout(1800)]
EXAMPLE = "https://loquet.example.org"
DOOR, MACHINE = "porte-principale", "imprimante-1"
WHO = "Nadia Haddad"
UP_S = 300.0


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOQUET_WEBHOOKS_ALLOW_PRIVATE", "true")  # n8n is on this computer
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
    nodes = [tab, *({**node, "z": "tab"} for node in flow)]
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
        process
        for process in psutil.process_iter(["cmdline"])
        if {"watch", "--token-file", place.url} <= set(process.info["cmdline"] or ())
    ]
    return any(
        line.raddr and line.raddr.port == port and line.status == psutil.CONN_ESTABLISHED
        for process in watching
        for line in process.net_connections("tcp")
    )


def test_n8n_reads_the_machine_that_changed(
    place: RunningPlace, tmp_path: Path, postgres_url: str
) -> None:
    n8n = str(installed("n8n", "ci") / "n8n" / "bin" / "n8n")
    workflow = json.loads(blocks("json")[2].replace(EXAMPLE, place.url))
    secret = token(place, "rules:read")
    keys = {"name": "Authorization", "value": f"Bearer {secret}"}
    credential = {"id": "loquet", "name": "Loquet", "type": "httpHeaderAuth", "data": keys}
    _read_what_somebody_chose(workflow)
    (tmp_path / "workflow.json").write_text(json.dumps([workflow | {"id": "loquet"}]))
    (tmp_path / "credentials.json").write_text(json.dumps([credential]))
    with an_empty_one(postgres_url) as database:
        port = free_port()
        settings = _settings_of_n8n(tmp_path, port, database)

        def do(*words: str) -> None:
            env = os.environ | settings
            done = subprocess.run(["node", n8n, *words], env=env, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr

        do("import:credentials", f"--input={tmp_path / 'credentials.json'}")
        do("import:workflow", f"--input={tmp_path / 'workflow.json'}")
        do("update:workflow", "--id=loquet", "--active=true")
        log = tmp_path / "log"
        with running(["node", n8n, "start"], log, settings, "Editor is now accessible"):
            url = f"http://127.0.0.1:{port}/webhook/loquet"
            place.make("/webhooks", {"url": url, "types": ["point"]})
            with SimBench(place.ready["pins_socket"]) as bench:
                bench.do("tap", reader=MACHINE, credential=credential_called(WHO))
            until(lambda: _has_read(database, MACHINE), log.read_text, UP_S)


def _read_what_somebody_chose(workflow: dict[str, Any]) -> None:
    """The credential is chosen in the node, as the recipe says."""
    node = next(node for node in workflow["nodes"] if "authentication" in node["parameters"])
    node["credentials"] = {"httpHeaderAuth": {"id": "loquet", "name": "Loquet"}}


def _settings_of_n8n(folder: Path, port: int, database: str) -> dict[str, str]:
    """Its own, and that it calls nobody. PostgreSQL and the older expressions: SQLite and what the
    newer ones run in are made by install scripts."""
    at = urlsplit(database)
    host = parse_qs(at.query).get("host", [at.hostname or ""])[0]
    calls = ("DIAGNOSTICS", "VERSION_NOTIFICATIONS", "TEMPLATES", "RUNNERS", "PERSONALIZATION")
    return {
        "N8N_USER_FOLDER": str(folder),
        "N8N_PORT": str(port),
        "N8N_LISTEN_ADDRESS": "127.0.0.1",
        "N8N_DISABLED_MODULES": "mcp",
        "N8N_EXPRESSION_ENGINE": "legacy",
        "DB_TYPE": "postgresdb",
        "DB_POSTGRESDB_HOST": host,
        "DB_POSTGRESDB_PORT": str(at.port or 5432),
        "DB_POSTGRESDB_DATABASE": at.path.lstrip("/"),
        "DB_POSTGRESDB_USER": at.username or "postgres",
        "DB_POSTGRESDB_PASSWORD": at.password or "",
        **{f"N8N_{call}_ENABLED": "false" for call in calls},
    }


def _has_read(database: str, machine: str) -> bool:
    """Whether n8n keeps an execution without an error in which the API told of that machine."""
    kept = """SELECT data FROM execution_data JOIN execution_entity ON id = "executionId"
        WHERE status = 'success'"""
    with psycopg.connect(database.replace("+psycopg", "")) as connection:
        every = [data for (data,) in connection.execute(kept)]
    return any(machine in data and "commissioned" in data for data in every)
