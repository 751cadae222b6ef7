"""The API of a new feature: who may, what is refused and why, its description and its examples."""

import json
from typing import Any

import jsonschema
import pytest

from tests.capabilities.new_capability.conftest import ALL_FEATURES, Place
from tests.support.web.lending.feature import FEATURE
from tests.webui.conftest import SITE
from webui.api.openapi import operation_id
from webui.api.table import description

DOCUMENT: dict[str, Any] = json.loads(description(ALL_FEATURES))
OPERATIONS = {
    operation["operationId"]: operation
    for path in DOCUMENT["paths"].values()
    for operation in path.values()
}
OWN = [operation_id(route) for route in FEATURE.api]


def test_a_tool_is_lent_listed_kept_longer_and_given_back(place: Place) -> None:
    made = place.lend()
    assert (made["site_id"], made["overdue"], made["back_at"]) == (SITE, False, None)
    path = f"/loans/{made['id']}"
    tag = place.call("GET", path).headers["ETag"]
    longer = {"due_at": "2026-11-30T17:00:00.000Z"}
    changed = place.call("PATCH", path, longer, If_Match=tag)
    assert changed.get_json()["due_at"] == longer["due_at"]
    assert place.call("PATCH", path, longer, If_Match=tag).status_code == 412
    assert _listed(place, "?out=true") == [made["id"]]
    first = place.call("POST", f"{path}/back", {}).get_json()
    assert first["back_at"] == "2026-11-24T13:00:00.000Z"
    assert place.call("POST", f"{path}/back", {}).get_json() == first
    assert (_listed(place, "?out=true"), _listed(place, "?out=false")) == ([], [made["id"]])


def _listed(place: Place, query: str = "") -> list[str]:
    return [item["id"] for item in place.call("GET", f"/loans{query}").get_json()["items"]]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"due_at": "2026-11-24T12:59:59.999Z"}, "due_at"),
        ({"due_at": "tomorrow"}, "due_at"),
        ({"tool": ""}, "tool"),
        ({"member_id": "nobody"}, "member_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(place: Place, wrong: dict[str, str], field: str) -> None:
    good = {
        "tool": "Scie",
        "member_id": place.ids["zoe"],
        "due_at": "2026-11-25T17:00:00.000Z",
        "site_id": SITE,
    }
    answer = place.call("POST", "/loans", good | wrong)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    assert [error["field"] for error in answer.get_json()["errors"]] == [field]


@pytest.mark.parametrize(("role", "status"), [("desk", 200), ("manager", 200), ("trainer", 403)])
def test_only_those_who_may_lend_see_loans(place: Place, role: str, status: int) -> None:
    answer = place.call("GET", "/loans", role=role)
    assert answer.status_code == status
    assert status == 200 or "lend" in answer.get_json()["detail"]


def test_nobody_lends_at_a_site_that_is_not_theirs(place: Place) -> None:
    new = {
        "tool": "Scie",
        "member_id": place.ids["zoe"],
        "due_at": "2026-11-25T17:00:00.000Z",
        "site_id": "annexe",
    }
    assert place.call("POST", "/loans", new).status_code == 403


@pytest.mark.parametrize("name", OWN)
def test_each_operation_is_described_with_an_example_of_its_schema(name: str) -> None:
    operation = OPERATIONS[name]
    good = next(response for status, response in operation["responses"].items() if status < "300")
    for part in (operation.get("requestBody"), good):
        for media in (part or {}).get("content", {}).values():
            schema = media["schema"] | {"components": DOCUMENT["components"]}
            jsonschema.Draft202012Validator(schema).validate(media["example"])
    assert operation["description"] == "Needs lend."


def test_the_application_serves_that_description(place: Place) -> None:
    served = place.client.get("/api/v1/openapi.json").get_json()
    assert served == DOCUMENT


def test_the_examples_are_of_its_operations_alone() -> None:
    assert FEATURE.examples is not None
    assert sorted(json.loads(FEATURE.examples.read_text(encoding="utf-8"))) == sorted(OWN)
