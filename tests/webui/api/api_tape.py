"""Requests to the real application, of which the first of each operation is kept as its example."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from webui.api.openapi import operation_id
from webui.api.route import Route
from webui.api.table import ROUTES

_NAME = re.compile(r"\{(\w+)\}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SECRETS = {
    "token",
    "claim_code",
    "code",
    "csr",
    "sig",
    "nonce",
    "kid",
    "certificate",
    "ca",
    "key",
    "hash",
    "credential_key",
    "secret",
    "ref",
    "holder_key",
}
_SHOWN = 2
"""Items of a list that are worth showing."""


@dataclass
class Tape:
    """A client with a token, the ids that answers gave, and the examples so far."""

    client: FlaskClient
    secret: str
    known: dict[str, str] = field(default_factory=dict)
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    def filled(self, text: str) -> str:
        """The text with the ids that earlier answers gave."""
        return _NAME.sub(lambda found: self.known[found[1]], text)

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] = {},
        secret: str | None = None,
    ) -> TestResponse:
        """Make a request, and keep it when it is the first of its operation that is answered."""
        send = {"Authorization": f"Bearer {secret or self.secret}", **headers}
        answer = self.client.open(path, method=method, headers=send, json=body)
        route = route_of(method, path)
        if answer.status_code < 300 and route is not None:
            self.examples.setdefault(operation_id(route), self._example(route, path, body, answer))
        return answer

    def _example(self, route: Route, path: str, body: Any, answer: TestResponse) -> dict[str, Any]:
        given = _pattern(route).fullmatch(path.partition("?")[0])
        assert given is not None
        names = re.findall(r"\{(\w+)\}", route.path)
        example: dict[str, Any] = {
            "path": {n: self._told(n, v) for n, v in zip(names, given.groups(), strict=True)}
        }
        if body is not None:
            example["request"] = self._told("", body)
        if route.answers is not None:
            example["answer"] = self._told("", answer.get_json())
        return example

    def _told(self, key: str, value: Any) -> Any:
        """The value without what is random, so that the same play gives the same examples."""
        if isinstance(value, dict):
            return {name: self._told(name, element) for name, element in value.items()}
        if isinstance(value, list):
            return [self._told(key, element) for element in value[:_SHOWN]]
        if isinstance(value, str) and key in _SECRETS and value:
            return "…" if key != "code" else "7hq4m2xk9d"
        return _UUID.sub(self._plain, value) if isinstance(value, str) else value

    def _plain(self, found: re.Match[str]) -> str:
        number = len(self.ids) + 1
        return self.ids.setdefault(found[0], f"0193f1c2-0000-7000-8000-{number:012d}")


def route_of(method: str, path: str) -> Route | None:
    """The route that serves it: of those that fit, the one with the fewest parameters."""
    bare = path.partition("?")[0]
    found = [
        route for route in ROUTES if route.method == method and _pattern(route).fullmatch(bare)
    ]
    return min(found, key=lambda route: route.path.count("{"), default=None)


def _pattern(route: Route) -> re.Pattern[str]:
    return re.compile("/api/v1" + re.sub(r"\{\w+\}", "([^/]+)", route.path))
