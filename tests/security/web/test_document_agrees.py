"""What the OpenAPI document lets through, the API reads; what it refuses, the document says."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from controller.kernel.errors import Invalid
from controller.kernel.validate import parse
from tests.security.web.conftest import Token, bearer
from webui.api.strict import Malformed, read_json, read_query
from webui.api.table import ROUTES, description
from webui.rooms import ROOMS

pytestmark = pytest.mark.system

CASES = 8
"""Of each operation."""
UNSAID = (
    "must be after",
    "kind: a group has a badge of its own",
    "valid_until: required for guest badges",
    "time_zone: ",
)
"""What fields say together, or of the world, is in the descriptions alone."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(description(ROOMS))
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    load: Any = schemathesis.openapi.from_dict
    found = (each.ok() for each in load(document).get_all_operations())
    return {(each.method.upper(), each.path.removeprefix("/api/v1")): each for each in found}


def refusals(route: Any, case: Any) -> Iterator[str]:
    """What the API's reading of the case finds, before any service is asked."""
    try:
        if route.body is not None:
            parse(read_json(json.dumps(case.body).encode()), route.body)
        read_query({key: str(value) for key, value in _told(case.query)}, route.query)
    except Malformed as problem:
        yield str(problem)
    except Invalid as problem:
        yield from (f"{each.field}: {each.message}" for each in problem.errors)


def _told(query: Any) -> Iterator[tuple[str, Any]]:
    for key, value in (query or {}).items():
        if value is not None and not isinstance(value, (list, dict)):
            yield key, str(value).lower() if isinstance(value, bool) else value


def unread(route: Any, operation: Any) -> list[str]:
    """What the API's reading refuses of cases that the document allows."""
    found = list[str]()

    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Any) -> None:
        where = f"{route.method} {route.path} {case.body!r:.300} {case.query!r:.100}"
        found.extend(f"{each}: {where}" for each in refusals(route, case))

    run()
    return [each for each in found if not any(unsaid in each for unsaid in UNSAID)]


def test_what_the_document_allows_is_read(document: dict[str, Any]) -> None:
    known, wrong = operations(document), list[str]()
    for route in ROUTES:
        if route.body is not None:
            wrong += unread(route, known[route.method, route.path])
    assert not wrong, f"{len(wrong)}: " + "\n".join(wrong[:20])


def test_if_match_is_required_where_428_comes_without(
    app: Flask, token: Token, document: dict[str, Any]
) -> None:
    headers = bearer(token("admin")[1])
    patches = [each for each in ROUTES if each.method == "PATCH"]
    assert patches
    for route in patches:
        parameters = document["paths"][f"/api/v1{route.path}"]["patch"]["parameters"]
        (said,) = (each for each in parameters if each["name"] == "If-Match")
        assert said["required"], route.path
        assert re.search(said["schema"]["pattern"], '"7"')
        address = re.sub(r"\{\w+\}", "x", f"/api/v1{route.path}")
        answer = app.test_client().patch(address, json={}, headers=headers)
        assert answer.status_code == 428, route.path


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\t", "\u2028", "\ufeff", "\x1e", "a\0b", "\0"])
def test_blank_names_and_u0000_are_refused_by_both(
    app: Flask, token: Token, document: dict[str, Any], blank: str
) -> None:
    headers = bearer(token("admin")[1])
    name = document["components"]["schemas"]["NewMember"]["properties"]["display_name"]
    assert not re.search(name["pattern"], blank)
    answer = app.test_client().post(
        "/api/v1/members", json={"display_name": blank}, headers=headers
    )
    assert answer.status_code in (400, 422)


def texts(schema: Any, name: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every string of a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "string":
            yield name, schema
        for key, each in schema.items():
            yield from texts(each, f"{name}/{key}")
    if isinstance(schema, list):
        for number, each in enumerate(schema):
            yield from texts(each, f"{name}/{number}")


def test_no_text_of_the_document_allows_u0000(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = list(texts(schemas))
    assert len(found) > 200
    for name, schema in found:
        if schema.keys() & {"enum", "format"}:
            continue
        for text in ("\0", "a\0b", "\0a", "a\0"):
            assert not re.search(schema["pattern"], text), name


def test_an_integer_may_be_written_with_a_point(app: Flask, token: Token) -> None:
    headers = {**bearer(token("admin")[1]), "Content-Type": "application/json"}
    body = '{"id": "hall", "name": {"en": "Hall"}, "capacity": 12.0}'
    answer = app.test_client().post("/api/v1/zones", data=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["capacity"] == 12
    half = body.replace("12.0", "12.5").replace("hall", "half")
    assert app.test_client().post("/api/v1/zones", data=half, headers=headers).status_code == 422
