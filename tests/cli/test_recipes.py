"""The recipes of docs/integrations.md are what the programs take that they are for."""

import json
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from controller.assembly import HOUSE
from controller.cli import parser_of
from controller.settings import HomeAssistantSettings
from tests.support.api_account import token_of
from tests.support.tree import ROOT
from tests.support.web_server import LOGIN, install, port_of, running
from webui.api.table import ROUTES

TEXT = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)


def is_called(address: str) -> bool:
    """Whether the API has such an address, with something in place of each `{…}`."""
    path = re.sub(r"\{\{+[^}]*\}\}+", "{id}", address).split("/api/v1")[1]
    return any(route.path == path and route.method == "GET" for route in ROUTES)


def test_its_section_of_the_configuration_is_taken() -> None:
    (toml,) = blocks("toml")
    msgspec.convert(tomllib.loads(toml)["home_assistant"], HomeAssistantSettings)


def test_flows_name_only_what_there_is() -> None:
    line, flow, workflow = map(json.loads, blocks("json"))
    assert line["type"] in HOUSE.kinds.words
    nodes: dict[str, Any] = {each["id"]: each for each in flow}
    assert {to for each in flow for wire in each["wires"] for to in wire} < nodes.keys()
    _, *words = shlex.split(nodes["watch"]["command"])
    assert parser_of({"watch"}).parse_args(words).types in HOUSE.kinds.words
    assert is_called(nodes["alarm"]["url"])
    named = {each["name"]: each for each in workflow["nodes"]}
    assert workflow["connections"]["Loquet"]["main"][0][0]["node"] in named
    assert is_called(named["The machine"]["parameters"]["url"])


@pytest.mark.system
def test_the_lines_for_cron_are_run(tmp_path: Path) -> None:
    config = install(tmp_path)
    (tmp_path / "loquet").write_text(
        f'#!/bin/sh\nexec "{sys.executable}" -m controller.cli "$@" --config "{config}"\n'
    )
    (tmp_path / "loquet").chmod(0o755)
    with running(config) as process:
        given = {
            "PATH": f"{tmp_path}:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "LOQUET_URL": f"http://127.0.0.1:{port_of(process)}",
            "LOQUET_TOKEN": token_of(f"sqlite:///{tmp_path / 'loquet.db'}", LOGIN),
        }
        for line in blocks("sh"):
            subprocess.run(["sh", "-ec", line], cwd=tmp_path, env=given, check=True)
    assert (tmp_path / "alarms.jsonl").read_text() == ""
    assert "=" in (tmp_path / "alarms.cursor").read_text()
    assert isinstance(json.loads((tmp_path / "usage.json").read_text()), dict | list)
