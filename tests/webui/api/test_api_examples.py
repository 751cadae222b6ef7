"""Every operation has an example in the OpenAPI document, true when played and of its schema."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from controller.kernel.database import Database
from tests.webui.api.api_examples import play
from tests.webui.api.api_page import examples
from webui.api.openapi import EXAMPLES, operation_id
from webui.api.table import ROUTES, description
from webui.features import FEATURES

DOCUMENT: dict[str, Any] = json.loads(description(FEATURES))
AGAIN = "run: python -m tests.webui.api.api_examples"
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}


def test_what_the_page_and_the_document_show_is_what_is_answered(
    database: Database, tmp_path: Path
) -> None:
    assert len(examples()) > 40
    played = play(database, tmp_path).examples
    kept = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    missing = {operation_id(route) for route in ROUTES} - played.keys()
    assert not missing, "no example in docs/api.md or tests/webui/api_story.py"
    assert kept.keys() == played.keys(), AGAIN
    for name, example in kept.items():
        assert example.get("request") == played[name].get("request"), f"{name}: {AGAIN}"
        assert example.keys() == played[name].keys(), f"{name}: {AGAIN}"


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_each_example_is_of_its_schema(name: str) -> None:
    operation = OPERATIONS[name]
    good = next(response for status, response in operation["responses"].items() if status < "300")
    shown = [
        media
        for body in (operation.get("requestBody"), good)
        for media in (body or {}).get("content", {}).values()
        if media["schema"] and media["schema"].get("format") != "binary"
    ]
    for media in shown:
        assert "example" in media, AGAIN
        schema = media["schema"] | {"components": DOCUMENT["components"]}
        jsonschema.Draft202012Validator(schema).validate(media["example"])
    for parameter in operation["parameters"]:
        assert "example" in parameter or parameter["in"] != "path", AGAIN


def test_a_reading_that_waits_for_a_second_person_says_so() -> None:
    paths = DOCUMENT["paths"]
    assert "409" in paths["/api/v1/incidents/{id}/passages"]["get"]["responses"]
    assert "409" not in paths["/api/v1/incidents/{id}"]["get"]["responses"]
