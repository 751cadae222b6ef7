"""For each route that names a thing: one of another site, or another person's, is not there."""

from random import Random
from typing import Any

import pytest

from tests.webui.fuzz.fuzz_cases import Maker
from tests.webui.fuzz.fuzz_run import PARTS, Run, operations
from tests.webui.fuzz.fuzz_world import World

pytestmark = pytest.mark.system

OPEN = {
    "post /agents/claim",
    "get /agents/{id}/renew",
    "post /agents/{id}/renew",
    "get /tell/{code}",
    "post /tell/{code}",
}
"""Without a token: what is named is itself the secret, or signs the request."""
PERSONAL = {"members": 0, "credentials": 0, "subscriptions": 0, "passes": 0}


def named(operation: Any) -> str:
    """Method and path."""
    return f"{operation.method} {operation.path.removeprefix('/api/v1')}"


def ask(world: World, role: str, operation: Any, document: Any, ids: dict[str, str]) -> Any:
    """A good request, but for the ids in its path."""
    run = Run(world, role, document, Random(1))
    maker = Maker(document, world.here.ids, run.dice)
    raw, path = operation.definition.raw, operation.path
    for name, value in ids.items():
        path = path.replace(f"{{{name}}}", value)
    query = {
        parameter["name"]: maker.value(parameter["schema"], parameter["name"])
        for parameter in raw["parameters"]
        if parameter["in"] == "query" and parameter["required"]
    }
    headers = run.headers | ({"If-Match": '"1"'} if operation.method == "patch" else {})
    for _ in range(20):  # some bodies have rules beyond their schema
        answer = world.client.open(
            path,
            method=operation.method.upper(),
            json=body_of(operation, maker),
            query_string=query,
            headers=headers,
        )
        if answer.status_code != 422:
            break
    return answer


def body_of(operation: Any, maker: Maker) -> Any:
    """A good body; an empty patch is one."""
    raw = operation.definition.raw
    if operation.method == "patch":
        return {}
    if "requestBody" not in raw:
        return None
    return maker.value(raw["requestBody"]["content"]["application/json"]["schema"])


def others(operation: Any, ids: dict[str, list[str]], own: dict[str, list[str]]) -> dict[str, str]:
    """For each part of the path: the first is the other's, what follows is one's own."""
    kinds = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
    first = operation.path.split("/")[3]
    found = {}
    for number, name in enumerate(kinds):
        kind = first if name == "id" else PARTS.get(name, name)
        among = (ids if number == 0 else own).get(kind) or ["badge"]
        found[name] = among[-1]
    return found


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("role", ["admin", "desk", "trainer"])
def test_what_another_site_has_is_not_there(world: World, role: str) -> None:
    document, found = operations(world)
    routes = [route for route in found if "{" in route.path and named(route) not in OPEN]
    assert len(routes) > 90
    wrong = []
    for operation in routes:
        ids = others(operation, world.there.ids, world.here.ids)
        answer = ask(world, role, operation, document, ids)
        allowed = {404} if role == "admin" else {403, 404}
        if answer.status_code not in allowed:
            wrong.append(f"{named(operation)} {ids}: {answer.status_code} {answer.text:.200}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.timeout(1800)
def test_what_another_member_has_is_not_there(world: World) -> None:
    document, found = operations(world)
    routes = [
        route for route in found if route.path.split("/")[3] in PERSONAL and "{" in route.path
    ]
    assert len(routes) > 20
    wrong = []
    for operation in routes:
        ids = others(operation, world.here.ids, world.here.ids)
        answer = ask(world, "member", operation, document, ids)
        if answer.status_code not in (403, 404):
            wrong.append(f"{named(operation)} {ids}: {answer.status_code} {answer.text:.200}")
    assert not wrong, "\n".join(wrong)
