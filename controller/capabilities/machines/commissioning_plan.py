"""The steps of an access point's commissioning, from the wiring that its agent reported.

A tick counts only for the wiring with which it was made: it stores a digest of the parts that the
step tests.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.machines.models import AccessPointRow, CommissioningTick
from controller.domain.commissioning import MountedDevices, Step, StepName, steps

WiringReport = Mapping[str, Any]
"""An agent's stored wiring: a mapping with the list `access_points`."""
FITTING_ROLES = ("reader", "power", "strike", "cooling", "meter")
"""Roles of the devices that can be wired at an access point, besides its inputs."""
Ticks = Mapping[StepName, CommissioningTick]
"""The ticks of an access point, by step."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of an access point, each with the digest of its part of the wiring."""

    steps: tuple[Step, ...]
    digests: Mapping[StepName, str]

    def missing(self, ticks: Ticks) -> tuple[StepName, ...]:
        """Return the steps that are not ticked, or were ticked with another wiring."""
        return tuple(name for name in self.digests if not self.holds(ticks.get(name)))

    def holds(self, tick: CommissioningTick | None) -> bool:
        """Return whether the step was ticked with the current wiring."""
        return tick is not None and self.digests.get(tick.step) == tick.wiring


def reported_wiring(db: Session, agent_id: str | None) -> WiringReport | None:
    """Return the wiring that an agent last reported, if any."""
    agent = None if agent_id is None else db.get(AgentRow, agent_id)
    return None if agent is None else agent.wiring


@dataclass(frozen=True, slots=True)
class WiredDevices:
    """The devices at an access point: drivers by role, and the names of inputs."""

    drivers: Mapping[str, str]
    inputs: tuple[str, ...]


def fittings_of(db: Session, agent_id: str | None, access_point_id: str) -> WiredDevices:
    """Return the devices that the agent last reported; empty if none."""
    wiring = reported_wiring(db, agent_id)
    points = () if wiring is None else wiring["access_points"]
    wired: WiringReport = next((point for point in points if point["id"] == access_point_id), {})
    roles = {role: wired.get(role) or {} for role in FITTING_ROLES}
    return WiredDevices(
        drivers={role: str(table["driver"]) for role, table in roles.items() if "driver" in table},
        inputs=tuple(wired.get("inputs") or ()),
    )


def plan_of(row: AccessPointRow, agent_id: str | None, wiring: WiringReport | None) -> Plan | None:
    """Return the plan for that agent and wiring; None if the wiring lacks the access point."""
    points = () if wiring is None else wiring["access_points"]
    wired = next((point for point in points if point["id"] == row.id), None)
    if wired is None:
        return None
    needed = steps(row.kind, _mounted_devices(wired))
    return Plan(needed, {step.name: _digest(agent_id, wired, step) for step in needed})


def ticks_of(db: Session, row: AccessPointRow) -> dict[StepName, CommissioningTick]:
    """Return the ticked steps of an access point, by name."""
    ticks = select(CommissioningTick).where(CommissioningTick.access_point_id == row.id)
    return {tick.step: tick for tick in db.scalars(ticks)}


def _mounted_devices(wired: Mapping[str, Any]) -> MountedDevices:
    power = wired.get("power") or {}
    return MountedDevices(
        reader=bool(wired.get("reader")),
        power=bool(power),
        strike=bool(wired.get("strike")),
        holds=power.get("on_agent_loss") == "hold",
        inputs=frozenset(wired.get("inputs") or ()),
    )


def _digest(agent_id: str | None, wired: Mapping[str, Any], step: Step) -> str:
    tables: dict[str, Any] = {"agent": agent_id}
    for role in step.tested_wiring:
        table, _, prefix = role.partition(".")
        part = wired.get(table) or {}
        tables[role] = (
            {name: value for name, value in part.items() if name.startswith(prefix)}
            if prefix
            else part
        )
    return hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()
