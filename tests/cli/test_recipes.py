"""The recipes of docs/integrations.md are what the programs take that they are for."""

import json
import re
import shlex
import tomllib
from typing import Any

import msgspec

from controller.assembly import HOUSE
from controller.cli import parser_of
from controller.settings import HomeAssistantSettings
from tests.cli.recipes import blocks
from webui.api.table import ROUTES


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
    nodes: dict[str, Any] = {node["id"]: node for node in flow}
    assert {to for node in flow for wire in node["wires"] for to in wire} < nodes.keys()
    _, *words = shlex.split(nodes["watch"]["command"])
    assert parser_of({"watch"}).parse_args(words).types in HOUSE.kinds.words
    assert is_called(nodes["alarm"]["url"])
    named = {node["name"]: node for node in workflow["nodes"]}
    assert workflow["connections"]["Loquet"]["main"][0][0]["node"] in named
    assert is_called(named["The machine"]["parameters"]["url"])
