"""Requests that get far: bodies by the schema, with ids of things that exist; then spoilt."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.webui.fuzz.fuzz_world import at

KINDS = {
    "access_point": "access-points",
    "agent": "agents",
    "agent_id": "agents",
    "accompanied": "certifications",
    "certification_id": "certifications",
    "certifications": "certifications",
    "course_id": "courses",
    "from_zone_id": "zones",
    "grants": "certifications",
    "maintains": "access-points",
    "member_id": "members",
    "opening": "schedules",
    "need_id": "needs",
    "organisation_id": "organisations",
    "organisations": "organisations",
    "plan_id": "plans",
    "plans": "plans",
    "project_id": "projects",
    "projects": "projects",
    "public_schedule": "schedules",
    "report_id": "reports-by-users",
    "requires": "certifications",
    "schedule_id": "schedules",
    "site": "sites",
    "site_id": "sites",
    "supervises": "zones",
    "trainer_id": "members",
    "zone_id": "zones",
    "zones": "zones",
}
"""What the fields of bodies and queries refer to, by the first part of its path."""
EARLY = ("starts_at", "valid_from", "start")
PAST = {"since": -9, "until": -5, "at": -5, "happened_at": -9}
"""Hours from now, at the earliest."""
EITHER = (
    ("access_point", "zone_id"),
    ("member_id", "name"),
    ("every_h", "every_days"),
    ("badge", "member_id"),
)
"""Of two fields that may both be left out, one is to be given."""
ODD: tuple[Any, ...] = (
    None,
    "",
    "x",
    "\u0000",
    "é" * 500,
    -1,
    0,
    2**63,
    1.5,
    True,
    [],
    {},
    ["x"],
    {"x": 1},
    "2026-02-30T00:00:00.000Z",
    "1e400",
    "../../etc/passwd",
    "'; DROP TABLE member; --",
)


@dataclass
class Maker:
    """Makes requests from the OpenAPI document, with dice."""

    document: Mapping[str, Any]
    ids: Mapping[str, list[str]]
    dice: Random
    number: int = 0
    spoil: float = 0.0
    """How often a value is replaced by an odd one."""
    hidden: Mapping[str, list[str]] = field(default_factory=dict)
    """Ids of another site, which take the place of some."""

    def of(self, kind: str) -> str:
        """Some id of a thing of this kind, mostly one that may be seen."""
        if self.hidden and self.dice.random() < 0.15:
            return self.dice.choice(self.hidden.get(kind) or ["none"])
        known = self.ids.get(kind)
        return self.dice.choice(known) if known else "none"

    def value(self, schema: Mapping[str, Any], name: str = "") -> Any:
        """A value that satisfies the schema, unless it is spoilt."""
        if self.spoil and self.dice.random() < self.spoil:
            return self.dice.choice(ODD)
        if "$ref" in schema:
            return self.value(self.component(schema["$ref"]), name)
        if "anyOf" in schema or "oneOf" in schema:
            return self.one_of(schema.get("anyOf") or schema["oneOf"], name)
        if "enum" in schema:
            return self.dice.choice(schema["enum"])
        if "const" in schema:
            return schema["const"]
        kind = schema.get("type", "null")
        made: Any = {
            "object": self.object,
            "array": self.array,
            "string": self.text,
            "integer": self.integer,
            "number": self.integer,
        }.get(kind)
        if made is not None:
            return made(schema, name)
        return self.dice.random() < 0.5 if kind == "boolean" else None

    def component(self, ref: str) -> Mapping[str, Any]:
        """A named schema."""
        found: Mapping[str, Any] = self.document["components"]["schemas"][ref.rpartition("/")[2]]
        return found

    def one_of(self, choices: list[Any], name: str) -> Any:
        """Null is what a field is when it says nothing."""
        told = [choice for choice in choices if choice.get("type") != "null"]
        return self.value(self.dice.choice(told), name)

    def object(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        """What is required, and some of the rest: something at least, as a name in a language."""
        if name == "roles":
            return {self.ids["sites"][0]: ["desk"]}
        fields = schema.get("properties", {})
        chosen = set(schema.get("required", ()))
        chosen |= {key for key in fields if self.dice.random() < 0.3}
        if fields and not chosen:
            chosen = {self.dice.choice(sorted(fields))}
        for pair in EITHER:
            if set(pair) <= fields.keys() and not set(pair) & set(schema.get("required", ())):
                chosen = chosen - set(pair) | {self.dice.choice(pair)}
        return {key: self.value(field, key) for key, field in fields.items() if key in chosen}

    def array(self, schema: Mapping[str, Any], name: str) -> list[Any]:
        """None, one, or two different ones."""
        if "prefixItems" in schema:
            return [self.value(item, name) for item in schema["prefixItems"]]
        items = [self.value(schema["items"], name) for _ in range(self.dice.choice((0, 1, 1, 2)))]
        return [item for number, item in enumerate(items) if item not in items[:number]]

    def text(self, schema: Mapping[str, Any], name: str) -> str:
        """An id, a time, a badge's number or words, by the field's name and pattern."""
        self.number += 1
        pattern = schema.get("pattern", "")
        if name in KINDS:
            return self.of(KINDS[name])
        if schema.get("format") == "date":
            return "2027-03-01"
        if "T" in pattern:
            first = PAST.get(name, 0 if name in EARLY else 5)
            return at(hours=self.dice.randint(1, 4) + first)
        if name == "value":
            return f"uid:04AB{self.number:010X}"
        apart = {
            "time_zone": "Europe/Paris",
            "login": f"new{self.number}@example.org",
            "badge": f"uid:04{10:012X}",
            "month": "2026-09",
            "scopes": "rules:read",
            "types": "alarm",
            "url": "https://hooks.example.org/loquet",
        }
        if name in apart:
            return apart[name]
        if "@" in pattern:
            return f"a{self.number}@example.org"
        if "[01]" in pattern:
            return {"start": "09:00", "end": "12:00"}[name]
        if r"\+?" in pattern:
            return "+33 1 23 45 67 89"
        if "[a-z0-9]" in pattern:
            return f"new-{self.number}"
        return f"Some words {self.number}"

    def integer(self, schema: Mapping[str, Any], _name: str) -> int:
        """Within its bounds, and small."""
        low = int(schema.get("minimum", schema.get("exclusiveMinimum", 0)))
        high = int(schema.get("maximum", low + 20))
        return self.dice.randint(low, min(high, low + 20))

    def patch_of(self, operation: Mapping[str, Any], present: Mapping[str, Any]) -> dict[str, Any]:
        """A merge patch: some fields anew, or as they are."""
        shape = operation["requestBody"]["description"].rstrip(".").rpartition(" ")[2]
        fields = self.component(f"/{shape}")["properties"]
        chosen = self.dice.sample(sorted(fields), min(len(fields), self.dice.randint(1, 2)))
        anew = {key: self.value(fields[key], key) for key in chosen}
        return {key: present.get(key) if self.dice.random() < 0.3 else anew[key] for key in chosen}
