"""Reads a scenario file; whatever is wrong with it is one line that says where and what."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from controller.domain.facts import (
    AccessPoint,
    DoorRules,
    HeldCertification,
    Holder,
    Level,
    PointKind,
    Requirement,
    Schedule,
    SessionRules,
    Zone,
)
from controller.domain.ids import AccessPointId, MemberRef
from controller.wire.codec import dec_hook
from tests.scenarios.phrases import DO, EXPECT, NotUnderstood, Phrase, read

FOLDER = Path(__file__).parent
STRANGER = "stranger"
"""A badge that nobody knows."""


class BadScenario(Exception):
    """A file that is no scenario: one line."""


class Wiring(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The hardware of one access point."""

    meter: bool = False
    cooling: bool = False
    inputs: tuple[str, ...] = ()
    cuts_all: tuple[str, ...] = ()
    """Inputs that put the cooling switch off too."""
    contact: bool = True
    """Whether a door has one."""
    limit_s: float | None = None
    """The time limit of the switch itself."""
    hold: bool = False
    """A latching switch with `on_agent_loss = "hold"`."""
    fail: str = "fail_secure"


class PointTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    kind: PointKind
    wiring: Wiring = Wiring()
    facts: dict[str, Any] = {}


class StepTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    at: Annotated[float, Meta(ge=0, le=1_000_000)]
    do: str | tuple[str, ...] = ()
    change: dict[str, dict[str, dict[str, Any]]] = {}
    expect: str | tuple[str, ...] = ()


class File(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A scenario file as it is written."""

    title: Annotated[str, Meta(min_length=10)]
    rule: Annotated[str, Meta(min_length=5)]
    """The sentence of the design that it shows."""
    real: bool = False
    """Whether it is also played in real time, against an agent in a process of its own."""
    points: dict[str, PointTable]
    people: dict[str, dict[str, Any]] = {}
    schedules: dict[str, list[dict[str, Any]]] = {}
    zones: dict[str, dict[str, Any]] = {}
    opening: str | None = None
    step: tuple[StepTable, ...]


@dataclass(frozen=True)
class Step:
    """What is done at a time, and what then holds."""

    at: float
    do: tuple[Phrase, ...]
    change: dict[str, AccessPoint | Holder]
    expect: tuple[Phrase, ...]


@dataclass(frozen=True)
class Scenario:
    """A file that has been read and understood."""

    path: Path
    title: str
    real: bool
    wiring: dict[AccessPointId, Wiring]
    points: dict[AccessPointId, AccessPoint]
    people: dict[str, Holder]
    schedules: dict[str, Schedule]
    zones: dict[str, Zone]
    opening: str | None
    steps: tuple[Step, ...]

    def inputs(self, name: AccessPointId) -> tuple[str, ...]:
        """The inputs that are wired to a point; a door has a contact unless it says not."""
        wiring = self.wiring[name]
        is_door = self.points[name].kind is PointKind.DOOR
        return ("contact", *wiring.inputs) if is_door and wiring.contact else wiring.inputs

    def credential(self, who: str) -> str:
        """The badge of a person of the file."""
        number = 1 + list(self.people).index(who) if who in self.people else 999
        return f"em:{number:010d}"


def load(path: Path) -> Scenario:
    """Raises BadScenario."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), File)
        return _understood(path, file)
    except (OSError, ValueError, msgspec.MsgspecError, NotUnderstood, BadScenario) as error:
        raise BadScenario(f"{path.name}: {' '.join(str(error).split())}") from None


def _understood(path: Path, file: File) -> Scenario:
    points = {name: _point(name, table, table.facts) for name, table in file.points.items()}
    people = {name: _holder(name, table) for name, table in file.people.items()}
    first_points, first_people = dict(points), dict(people)
    steps: list[Step] = []
    for number, table in enumerate(file.step, 1):
        where = f"step {number} (at {table.at:g} s)"
        try:
            step = _step(file, table, points, people)
        except (NotUnderstood, BadScenario, msgspec.MsgspecError) as error:
            raise BadScenario(f"{where}: {error}") from None
        if steps and step.at < steps[-1].at:
            raise BadScenario(f"{where}: lies before the step above it")
        steps.append(step)
    return Scenario(
        path=path,
        title=file.title,
        real=file.real,
        wiring={AccessPointId(name): table.wiring for name, table in file.points.items()},
        points={point.id: point for point in first_points.values()},
        people=first_people,
        schedules={
            name: _convert({"weekly": windows}, Schedule, f"schedules.{name}")
            for name, windows in file.schedules.items()
        },
        zones={name: _convert(zone, Zone, f"zones.{name}") for name, zone in file.zones.items()},
        opening=file.opening,
        steps=tuple(steps),
    )


def _step(
    file: File, table: StepTable, points: dict[str, AccessPoint], people: dict[str, Holder]
) -> Step:
    """Facts that a step changes stay changed: `points` and `people` go on with them."""
    change: dict[str, AccessPoint | Holder] = {}
    for kind, tables in table.change.items():
        for name, changes in tables.items():
            if kind == "points" and name in points:
                merged = file.points[name].facts
                merged.update(changes)
                change[name] = points[name] = _point(name, file.points[name], merged)
            elif kind == "people" and name in people:
                file.people[name].update(changes)
                change[name] = people[name] = _holder(name, file.people[name])
            else:
                raise BadScenario(f"change.{kind}.{name}: no such person or access point here")
    do = tuple(read(text, DO) for text in _listed(table.do))
    expect = tuple(read(text, EXPECT) for text in _listed(table.expect))
    for phrase in (*do, *expect):
        _check_names(phrase, points, people)
    return Step(table.at, do, change, expect)


def _listed(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else said


def _check_names(
    phrase: Phrase, points: Mapping[str, AccessPoint], people: Mapping[str, Holder]
) -> None:
    point, who = phrase["point"], phrase["who"]
    if point and point not in points:
        raise BadScenario(f"'{phrase.text}': no access point '{point}'; known: {', '.join(points)}")
    if who and who not in (*people, STRANGER):
        names = ", ".join((*people, STRANGER))
        raise BadScenario(f"'{phrase.text}': no person '{who}'; known: {names}")


def _point(name: str, table: PointTable, facts: Mapping[str, Any]) -> AccessPoint:
    where = f"points.{name}.facts"
    nested = {"requirement": Requirement, "session": SessionRules, "door": DoorRules}
    filled: dict[str, Any] = {"commissioned": True, **facts}
    filled["requirement"] = {"subscription": False, **facts.get("requirement", {})}
    for key, kind in nested.items():
        _check_keys(filled.get(key, {}), kind, f"{where}.{key}")
    risk = "door" if table.kind is PointKind.DOOR else "low"
    known = {"id": name, "kind": table.kind, "risk": risk}
    point: AccessPoint = _convert({**known, **filled}, AccessPoint, where)
    return point


def _holder(name: str, table: Mapping[str, Any]) -> Holder:
    where = f"people.{name}"
    held = [
        {"certification": one} if isinstance(one, str) else one
        for one in table.get("certifications", ())
    ]
    for one in held:
        _check_keys(one, HeldCertification, f"{where}.certifications")
        Level(one.get("level", "user"))
    known = {"member": MemberRef(name), "certifications": held}
    holder: Holder = _convert({**table, **known}, Holder, where)
    return holder


def _convert(table: Mapping[str, Any], kind: Any, where: str) -> Any:
    _check_keys(table, kind, where)
    try:
        return msgspec.convert(dict(table), kind, dec_hook=dec_hook)
    except (ValueError, msgspec.MsgspecError) as error:
        raise BadScenario(f"{where}: {error}") from None


def _check_keys(table: Mapping[str, Any], kind: Any, where: str) -> None:
    allowed = [field.name for field in fields(kind)]
    for key in table:
        if key not in allowed:
            raise BadScenario(f"{where}: unknown key '{key}'; allowed: {', '.join(allowed)}")
