"""One role against the whole API: what is sent, what must hold of each answer, what got through."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from schemathesis.core.failures import FailureGroup

from tests.webui.fuzz.fuzz_cases import Maker
from tests.webui.fuzz.fuzz_world import HERE_MARK, OTHER_MARK, THERE_MARK, World

CHECKED = ("response_schema_conformance", "status_code_conformance", "content_type_conformance")
PARTS = {"certification_id": "certifications", "member_id": "members"}
"""What the parts of paths name, but for those that are kinds themselves."""
STEPS = ("badge", "power_on", "power_off", "estop", "agent_killed", "cancel")
SHUT = {"post /agents/{id}/revoke"}
"""Too slow to be done over and over: it waits for a broker. test_revocation.py does it."""


@dataclass
class Run:
    """The answers so far."""

    world: World
    role: str
    document: dict[str, Any]
    dice: Random
    sent: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)
    """Answers below 300, by operation."""
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        world = self.world
        self.headers = {}
        if token := world.tokens[self.role]:
            self.headers = {"Authorization": f"Bearer {token}"}
        apart = self.role == "elsewhere"
        self.seen, self.unseen = (world.there, world.here) if apart else (world.here, world.there)
        self.marks = {HERE_MARK, OTHER_MARK} if apart else {THERE_MARK}
        self.secret = self.unseen.every()
        if self.role in ("member", "observer", "nobody"):
            self.marks.add(OTHER_MARK)
            self.secret |= {
                self.world.here.ids[kind][2]
                for kind in ("members", "credentials", "subscriptions", "passes")
            }
        if self.role == "nobody":
            self.marks.add(HERE_MARK)

    def built(self, operation: Any, *, spoil: float) -> None:
        """A case that gets far, or, spoilt, nearly so."""
        hidden = self.unseen.ids if spoil else {}
        maker = Maker(self.document, self.seen.ids, self.dice, hidden=hidden, spoil=spoil)
        maker.number = sum(self.sent.values()) * 100
        raw, method = operation.definition.raw, operation.method.upper()
        case = operation.Case(path_parameters=self.path(operation, maker), media_type=None)
        case.query = {
            parameter["name"]: maker.value(parameter["schema"], parameter["name"])
            for parameter in raw["parameters"]
            if parameter["in"] == "query" and (parameter["required"] or self.dice.random() < 0.2)
        }
        if method == "PATCH":
            self.patch(case, raw, maker)
        elif "requestBody" in raw:
            case.body = maker.value(raw["requestBody"]["content"]["application/json"]["schema"])
            case.media_type = "application/json"
        self.send(operation, case)

    def path(self, operation: Any, maker: Maker) -> dict[str, str]:
        first = operation.path.split("/")[3]
        names = [part[1:-1] for part in operation.path.split("/") if part.startswith("{")]
        found = {}
        for name in names:
            kind = first if name == "id" else PARTS.get(name, name)
            found[name] = self.dice.choice(STEPS) if name == "step" else maker.of(kind)
        if self.role == "member" and first == "members" and self.dice.random() < 0.5:
            found["id"] = self.world.own
        return found

    def patch(self, case: Any, raw: dict[str, Any], maker: Maker) -> None:
        """On the version that there is."""
        path = case.path
        for name, value in case.path_parameters.items():
            path = path.replace(f"{{{name}}}", value)
        present = self.world.client.get(path, headers=self.headers)
        now: Any = present.json if present.status_code == 200 else {}
        case.body = maker.patch_of(raw, now)
        case.media_type = "application/json"
        case.headers["If-Match"] = present.headers.get("ETag", '"1"')

    def random(self, operation: Any, cases: int) -> None:
        """Whatever Hypothesis makes of the schema."""

        @settings(
            max_examples=cases,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        @given(case=operation.as_strategy())
        def run(case: Any) -> None:
            self.send(operation, case)

        run()

    def send(self, operation: Any, case: Any) -> None:
        """Send it, and check the answer."""
        name = f"{operation.method} {operation.path.removeprefix('/api/v1')}"
        if name in SHUT and case.path_parameters.get("id") in self.seen.ids["agents"]:
            return
        self.sent[name] += 1
        answer = case.call(headers=self.headers)
        where = (
            f"{self.role}: {name} {case.path_parameters} {case.query} {case.body!r:.900}: "
            f"{answer.status_code} {_text(answer):.900}"
        )
        self.failures += [f"{name}: {where}" for name in self.wrong(case, answer)]
        if answer.status_code < 300:
            self.done[name] += 1
            self.remember(operation, answer)

    def wrong(self, case: Any, answer: Any) -> Iterator[str]:
        """What must not be: an error of ours, an answer unlike its schema, a leak."""
        if answer.status_code >= 500:
            yield "an error of ours"
        try:
            case.validate_response(answer, checks=[CHECKS.get_one(name) for name in CHECKED])
        except FailureGroup as group:
            yield " ".join(str(exception)[:300] for exception in group.exceptions)
        yield from self.leaks(case, answer)

    def leaks(self, case: Any, answer: Any) -> Iterator[str]:
        """Anything of another site or person: a mark, an id that was not asked for, an effect."""
        if case.path_parameters.get("code"):  # a QR code is read by whoever stands before it
            return
        text = _text(answer)
        yield from (f"tells {mark}" for mark in self.marks if mark in text)
        asked = f"{case.path_parameters} {case.query} {case.body}"
        yield from (f"tells {key}" for key in self.secret if key in text and key not in asked)
        acted = f"{case.path_parameters} {case.body}"
        if answer.status_code < 300:
            yield from (f"acts on {key}" for key in self.secret if f"'{key}'" in acted)

    def remember(self, operation: Any, answer: Any) -> None:
        """What was made is there for later cases."""
        if operation.method.upper() != "POST" or answer.status_code != 201:
            return
        key = answer.json().get("id")
        kind = operation.path.split("/")[3]
        if key is not None and operation.path.count("/") == 3:
            self.seen.ids[kind].append(key)


def _text(answer: Any) -> str:
    text: str = answer.content.decode("utf-8", "replace")
    return text


def operations(world: World) -> tuple[dict[str, Any], list[Any]]:
    """The OpenAPI document as it is served, and its operations."""
    load: Callable[..., Any] = schemathesis.openapi.from_wsgi
    schema = load("/api/v1/openapi.json", world.app)
    return schema.raw_schema, [operation.ok() for operation in schema.get_all_operations()]
