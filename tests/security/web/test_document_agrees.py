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
from webui.api.dispatch import MalformedRequest, read_json, read_query
from webui.api.table import ROUTES, description
from webui.features import FEATURES

pytestmark = pytest.mark.system

CASES = 8
"""Of each operation."""
CONTROLS = "\0\x01\x07\x08\x0b\r\x1b\x1f\x7f\x85\x9b\u2028\u2029\u202a\u202e\u2066\u2069"
OF_SEVERAL_LINES = re.compile(
    r" (reason|remarks?|text|description|outcome|service_reason|account|done|injury|measures"
    r"|password|csr|file|claim_code|kid|sig|value|badge|\w+_id|(projects|organisations)\.\d+)$"
)
"""Texts of several lines, and what is only looked up or compared."""
UNSAID = (
    "must be after",
    "kind: a group has a badge of its own",
    "valid_until: required for guest badges",
    "time_zone: ",
)
"""What fields say together, or of the world, is in the descriptions alone."""


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(description(FEATURES))
    return found


def operations(document: dict[str, Any]) -> dict[tuple[str, str], Any]:
    load: Any = schemathesis.openapi.from_dict
    found = (operation.ok() for operation in load(document).get_all_operations())
    return {(route.method.upper(), route.path.removeprefix("/api/v1")): route for route in found}


def refusals(route: Any, case: Any) -> Iterator[str]:
    """What the API's reading of the case finds, before any service is asked."""
    try:
        if route.body is not None:
            parse(read_json(json.dumps(case.body).encode()), route.body)
        read_query({key: str(value) for key, value in _told(case.query)}, route.query)
    except MalformedRequest as problem:
        yield str(problem)
    except Invalid as problem:
        yield from (f"{error.field}: {error.message}" for error in problem.errors)


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
        found.extend(f"{refusal}: {where}" for refusal in refusals(route, case))

    run()
    return [name for name in found if not any(unsaid in name for unsaid in UNSAID)]


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
    patches = [route for route in ROUTES if route.method == "PATCH"]
    assert patches
    for route in patches:
        parameters = document["paths"][f"/api/v1{route.path}"]["patch"]["parameters"]
        (said,) = (parameter for parameter in parameters if parameter["name"] == "If-Match")
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
        for key, part in schema.items():
            yield from texts(part, f"{name}/{key}")
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            yield from texts(part, f"{name}/{number}")


def test_no_text_of_the_document_allows_a_control_character(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    found = list(texts(schemas))
    assert len(found) > 200
    for name, schema in found:
        if schema.keys() & {"enum", "format"}:
            continue
        for character in CONTROLS:
            for text in (character, f"a{character}b", f"{character}a", f"a{character}"):
                assert not re.search(schema["pattern"], text), (name, text)


@pytest.fixture(scope="module")
def bodies(document: dict[str, Any]) -> list[tuple[Any, Any]]:
    """Each route that reads a body, with an example of it."""
    known, routes = operations(document), [route for route in ROUTES if route.body is not None]
    return [(route, an_example(known[route.method, route.path]).body) for route in routes]


@pytest.mark.parametrize("character", ["\x1b", "\r", "\u202e", "\u2028", "\n"])
def test_every_text_of_every_body_refuses_a_control_character(
    bodies: list[tuple[Any, Any]], character: str
) -> None:
    """By its name; of several lines are the texts that are named here, and no others."""
    taken, count = set[str](), 0
    for route, example in bodies:
        for path in places_of_texts(example):
            count += 1
            body = spoilt(example, path, character)
            said = said_of(body, route.body)
            if not (said if character == "\n" else any(is_blamed(name, path) for name in said)):
                taken.add(f"{route.method} {route.path} {'.'.join(map(str, path))}")
    assert count > 150
    wrong = {name for name in taken if character != "\n" or not OF_SEVERAL_LINES.search(name)}
    assert not wrong, "\n".join(sorted(wrong))
    assert bool(taken) == (character == "\n")


def an_example(operation: Any) -> Any:
    """A case that the document allows, with as many of its fields as there are."""
    found = list[Any]()

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
        found.append(case)

    run()
    return max(found, key=lambda case: len(list(places_of_texts(case.body))))


Place = tuple[str | int, ...]


def places_of_texts(value: Any, path: Place = ()) -> Iterator[Place]:
    """Where texts stand in a body."""
    if isinstance(value, str):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else ():
        yield from places_of_texts(inner, (*path, key))
    for number, inner in enumerate(value) if isinstance(value, list) else ():
        yield from places_of_texts(inner, (*path, number))


def spoilt(value: Any, path: Place, character: str) -> Any:
    """The same with that character within the text that stands there."""
    if not path:
        return f"{value[:1] or 'a'}{character}{value[1:] or 'b'}"
    copy = value.copy()
    copy[path[0]] = spoilt(value[path[0]], path[1:], character)
    return copy


def said_of(body: Any, shape: Any) -> list[str]:
    """Which fields are at fault."""
    try:
        parse(body, shape)
    except Invalid as problem:
        return [error.field for error in problem.errors]
    return []


def is_blamed(field: str, path: Place) -> bool:
    """Whether that is the field, or one that it stands in."""
    parts = list(map(str, path))
    return field.split(".") == parts[: len(field.split("."))]


def test_an_integer_may_be_written_with_a_point(app: Flask, token: Token) -> None:
    headers = {**bearer(token("admin")[1]), "Content-Type": "application/json"}
    body = '{"id": "hall", "name": {"en": "Hall"}, "capacity": 12.0}'
    answer = app.test_client().post("/api/v1/zones", data=body, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.get_json()["capacity"] == 12
    half = body.replace("12.0", "12.5").replace("hall", "half")
    assert app.test_client().post("/api/v1/zones", data=half, headers=headers).status_code == 422
