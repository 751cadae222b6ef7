"""Generate the OpenAPI 3.1 document from the table of routes and the types that they use."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from controller.domain.control_characters import IN_LINES
from controller.domain.ids import END
from controller.domain.time import Utc
from controller.kernel.shapes import OneOf, Shape
from controller.kernel.translation import languages
from webui.api.problem import TITLES, Problem
from webui.api.route import ETAG, Route

EXAMPLES = Path(__file__).with_name("examples.json")
"""Requests and answers by operation, recorded when the examples in docs/api.md last ran.

Holds those of features without a file of their own.
"""
Examples = Mapping[str, Mapping[str, Any]]
"""By operation id: the recorded path, request and answer."""
TIME = (
    r"^(19|2[0-9])[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$"
)
"""Pattern of a time from 1900 to 2999, which is what `dec_hook` accepts."""
_PARAMETER = re.compile(r"\{(\w+)\}")
_NOT_FEATURES = frozenset({"controller", "capabilities", "integrations", "webui"})
_REF = "#/components/schemas/{name}"


def document(routes: Iterable[Route], examples: Examples, version: str) -> dict[str, Any]:
    """Return the document as plain JSON values; `examples` are by operation id."""
    table = sorted(routes, key=lambda route: (route.path, route.method))
    kinds = _kinds(table)
    schemas, components = msgspec.json.schema_components(
        kinds, schema_hook=_schema_hook, ref_template=_REF
    )
    schemas, components = _plain_names(schemas, components)
    components["Language"]["enum"] = [language.value for language in languages()]
    add_restrictions(schemas, components)
    by_kind = dict(zip(map(_key, kinds), schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in table:
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = _operation(
            route, by_kind, examples.get(operation_id(route), {})
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Loquet",
            "version": version,
            "license": {"name": "AGPL-3.0-or-later", "identifier": "AGPL-3.0-or-later"},
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _plain_names(
    schemas: tuple[dict[str, Any], ...], components: dict[str, Any]
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """Rename the schemas of types: the bare name, or with the feature's name where two types share
    it."""
    names = {name: _plain_name(name) for name in components}
    refs = {_REF.format(name=name): _REF.format(name=new) for name, new in names.items()}

    def renamed(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: renamed(part) for key, part in value.items()}
        if isinstance(value, list | tuple):
            return [renamed(part) for part in value]
        return refs.get(value, value) if isinstance(value, str) else value

    plain = {names[name]: renamed(it) for name, it in components.items()}
    for name in plain.keys() - components.keys():
        plain[name]["title"] = name
    return tuple(map(renamed, schemas)), plain


def _plain_name(name: str) -> str:
    """Return a short name: `controller.capabilities.training.shapes.Enrolment` gives
    `TrainingEnrolment`."""
    *path, own = name.split(".")
    features = (part for part in path if part not in _NOT_FEATURES)
    return "".join(map(str.title, next(features, "").split("_"))) + own


def _schema_hook(kind: type) -> dict[str, Any]:
    if kind is Utc:
        return {"type": "string", "format": "date-time", "pattern": TIME}
    if kind is object:
        return {"description": "Any JSON value."}
    raise NotImplementedError(kind)


def _key(kind: Any) -> str:
    return repr(kind)


def _kinds(routes: list[Route]) -> list[Any]:
    kinds: dict[str, Any] = {_key(Problem): Problem}
    for route in routes:
        for kind in (route.answers, route.body, route.patch_of, route.query):
            if kind is not None:
                kinds.setdefault(_key(kind), kind)
        for field in msgspec.structs.fields(route.query):
            kinds.setdefault(_key(field.type), field.type)
    return list(kinds.values())


def read_examples(files: Iterable[Path]) -> Examples:
    """Read the examples in these files. Raises ValueError if an operation is in two of them."""
    examples: dict[str, Mapping[str, Any]] = {}
    for file in files:
        more = msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, Any]])
        if twice := examples.keys() & more.keys():
            raise ValueError(f"{file}: examples that are there already: {', '.join(sorted(twice))}")
        examples |= more
    return examples


def _example(examples: Mapping[str, Any], part: str) -> dict[str, Any]:
    """Return the OpenAPI field for the example of a request or an answer; empty without an
    example."""
    return {"example": examples[part]} if part in examples else {}


def _operation(
    route: Route, schemas: dict[str, Any], examples: Mapping[str, Any]
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "summary": route.summary,
        "operationId": operation_id(route),
        "tags": [route.path.split("/")[1]],
        "parameters": [*_path_parameters(route, examples), *_query_parameters(route, schemas)],
        "responses": _responses(route, schemas, examples),
    }
    if route.permission is not None:
        operation["security"] = [{"token": []}]
        operation["description"] = f"Needs {route.permission}."
    if route.method == "PATCH":
        operation["parameters"].append(_header("If-Match", ETAG))
    if route.method == "POST":
        operation["parameters"].append(_header("Idempotency-Key"))
    if body := _body(route, schemas, examples):
        operation["requestBody"] = body
    return operation


def operation_id(route: Route) -> str:
    """Return the id of an operation, made from its method and path."""
    words = re.sub(r"[^a-z0-9]+", "_", route.path.lower()).strip("_")
    return f"{route.method.lower()}_{words}"


def _path_parameters(route: Route, examples: Mapping[str, Any]) -> list[dict[str, Any]]:
    example_path = examples.get("path", {})
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        | ({"example": example_path[name]} if name in example_path else {})
        for name in _PARAMETER.findall(route.path)
    ]


def _query_parameters(route: Route, schemas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "name": field.encode_name,
            "in": "query",
            "required": field.required,
            "schema": schemas[_key(field.type)],
        }
        for field in msgspec.structs.fields(route.query)
    ]


def _header(name: str, pattern: str | None = None) -> dict[str, Any]:
    """Return the parameter for a header, which is required if it has a pattern."""
    schema = {"type": "string"} | ({"pattern": f"^{pattern}$"} if pattern else {})
    return {"name": name, "in": "header", "required": pattern is not None, "schema": schema}


def _body(
    route: Route, schemas: dict[str, Any], examples: Mapping[str, Any]
) -> dict[str, Any] | None:
    if route.patch_of is not None:
        # A merge patch has no required fields, and may contain whatever the resource may contain.
        return {
            "required": True,
            "description": f"A merge patch (RFC 7396) of {route.patch_of.__name__}.",
            "content": {
                "application/json": {"schema": {"type": "object"}, **_example(examples, "request")}
            },
        }
    if route.body is None:
        return None
    schema = schemas[_key(route.body)]
    content = {"schema": schema, **_example(examples, "request")}
    return {"required": True, "content": {"application/json": content}}


def _responses(
    route: Route, schemas: dict[str, Any], examples: Mapping[str, Any]
) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done"}
    binary = {"schema": {"type": "string", "format": "binary"}}
    if route.answers is not None:
        content = {"schema": schemas[_key(route.answers)], **_example(examples, "answer")}
        good["content"] = {"application/json": content}
    if route.media is not None:
        good["content"] = {route.media: binary}
    for media in route.files:
        good["content"][media] = {"schema": {}} if media.endswith("json") else binary
    trouble = {
        str(status): {
            "description": TITLES[status],
            "content": {"application/problem+json": {"schema": schemas[_key(Problem)]}},
        }
        for status in _error_statuses(route)
    }
    for status in ("429", "503"):
        trouble[status]["headers"] = {
            "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
        }
    return {str(route.status): good, **trouble}


def _error_statuses(route: Route) -> list[int]:
    statuses = {422, 429, 503}
    if route.permission is not None:
        statuses |= {401, 403}
    if _PARAMETER.search(route.path) or route.may_miss:
        statuses.add(404)
    if route.method != "GET":
        statuses |= {400, 403, 409, 413, 415}
    if route.media is not None or route.waits:
        statuses.add(409)
    if route.method == "PATCH":
        statuses |= {412, 428}
    return sorted(statuses)


# Add to the schemas what msgspec does not express: no control characters, choices of fields.

TEXT = rf"^[^{IN_LINES}]*" + END
"""Pattern of any text without control characters, which the API refuses everywhere."""

Schema = dict[str, Any]


def add_restrictions(schemas: Iterable[Schema], components: dict[str, Schema]) -> None:
    """Add these restrictions to the schemas, in place."""
    for schema in (*schemas, *components.values()):
        _without_controls(schema)
    for kind in _shapes(Shape):
        if kind.__name__ in components and (choices := _choices(kind, components[kind.__name__])):
            components[kind.__name__]["allOf"] = [{"anyOf": choices}]


def _without_controls(schema: Any) -> None:
    if isinstance(schema, list):
        for part in schema:
            _without_controls(part)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "string" and not schema.keys() & {"pattern", "format"}:
        schema["pattern"] = TEXT
    for key, part in schema.items():
        if key not in ("enum", "const", "default", "example"):
            _without_controls(part)


def _choices(kind: type[Shape], schema: Schema) -> list[Schema]:
    """Return the alternatives: exactly one (`OneOf`) or at least one of the fields is not null."""
    if issubclass(kind, OneOf):
        return [
            _only_field(schema, field, [other for other in kind.ONE_OF if other != field])
            for field in kind.ONE_OF
        ]
    return [_only_field(schema, field, []) for field in kind.ANY_OF]


def _only_field(schema: Schema, field: str, others: list[str]) -> Schema:
    """Return a schema in which this field is set and the others are null.

    It is written so that programs that generate requests from the document can follow it.
    """
    choices = schema["properties"][field]["anyOf"]
    (alternatives,) = (choice for choice in choices if choice.get("type") != "null")
    nothing = {other: {"type": "null"} for other in others}
    return {"required": [field], "properties": {field: alternatives, **nothing}}


def _shapes(kind: type[Shape]) -> Iterator[type[Shape]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from _shapes(subclass)
