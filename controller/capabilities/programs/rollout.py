"""Upgrades a site's agents one after another, and stops as soon as one of them rolls back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.agents import is_online
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.machines import commands
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.programs.programs import target_programs
from controller.domain.time import Utc
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict
from controller.wire.commands import Upgrade
from controller.wire.programs import stops_others

VALID_S = 30.0
RETRY_AFTER = timedelta(hours=1)
"""The same order is repeated once an hour: the agent may have been in use, or offline."""
QUIET = timedelta(minutes=2)
"""How long to wait for an agent's reply before the next agent gets an order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAgent:
    """An agent that the controller can upgrade, with what it last reported about its program."""

    id: str
    name: Mapping[str, str]
    online: bool
    runs: int
    """Serial number of the program that runs."""
    state: str
    coming: int
    """Serial number of the program that is being fetched or tried; 0: none."""
    failed: int
    """Serial number of the last program that the agent rolled back; 0: none."""
    reason: str | None
    """Why the agent rolled back."""
    order: Upgrade | None
    """The program it should run; None if there is none for its architecture."""

    @property
    def is_done(self) -> bool:
        return self.order is None or self.runs == self.order.serial

    @property
    def is_under_way(self) -> bool:
        """Whether it fetches or tries a program; other agents wait meanwhile."""
        return self.state != "rest" or self.coming != 0

    @property
    def has_left_it(self) -> bool:
        """Whether it rolled back the program that it should run."""
        return (
            self.order is not None
            and self.failed == self.order.serial
            and stops_others(self.reason)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutProgress:
    """How far the upgrade of a site's agents has come."""

    version: str
    """The version that agents should run; several, where architectures differ."""
    done: int
    of: int
    under_way: ManagedAgent | None
    stopped_by: ManagedAgent | None
    """The agent that rolled back by itself, which stops the rollout."""


def go_on(db: Session, site: str, now: Utc) -> None:
    """Tell the next agent to upgrade, unless another is upgrading or one has rolled back."""
    agents = [*managed_agents(db, site, now)]
    if not any(agent.order for agent in agents):
        return
    if any(agent.is_under_way or agent.has_left_it for agent in agents):
        return
    asked = _asked(db, site, now)
    if any(row.created_at > Utc.of(now - QUIET) and row.result is None for row in asked):
        return
    known = {(row.agent_id, row.args.get("serial")) for row in asked}
    for agent in agents:
        order = agent.order
        if order is None or agent.is_done or not agent.online or (agent.id, order.serial) in known:
            continue
        if _ask(db, agent.id, order, now):
            return


def rollout_progress(db: Session, site: str, now: Utc) -> RolloutProgress | None:
    """The rollout's progress; None if there is no program for any of its agents."""
    every = [agent for agent in managed_agents(db, site, now) if agent.order is not None]
    if not every:
        return None
    versions = {agent.order.version for agent in every if agent.order is not None}
    return RolloutProgress(
        version=", ".join(sorted(versions)),
        done=sum(agent.is_done for agent in every),
        of=len(every),
        under_way=next((agent for agent in every if agent.is_under_way), None),
        stopped_by=next((agent for agent in every if agent.has_left_it), None),
    )


def managed_agents(db: Session, site: str, now: Utc) -> Iterator[ManagedAgent]:
    """The agents of a site that report a program, ordered by id."""
    orders = target_programs(db)
    if not orders:
        return
    statement = (
        select(AgentRow, AgentState)
        .join(AgentState, AgentState.agent_id == AgentRow.id)
        .where(AgentRow.site_id == site, AgentRow.revoked_at.is_(None))
        .order_by(AgentRow.id)
    )
    for row, state in db.execute(statement):
        told: Mapping[str, Any] = (state.telemetry or {}).get("program") or {}
        if told:
            yield ManagedAgent(
                id=row.id,
                name=row.name,
                online=bool(is_online(state, now)),
                runs=told["serial"],
                state=told["state"],
                coming=told.get("coming", 0),
                failed=told.get("failed", 0),
                reason=told.get("reason"),
                order=orders.get(told["architecture"]),
            )


def _asked(db: Session, site: str, now: Utc) -> Sequence[CommandRow]:
    statement = select(CommandRow).where(
        CommandRow.site_id == site,
        CommandRow.type == "upgrade",
        CommandRow.created_at > Utc.of(now - RETRY_AFTER),
    )
    return db.scalars(statement).all()


def _ask(db: Session, agent: str, order: Upgrade, now: Utc) -> bool:
    try:
        commands.send(
            db,
            agent_id=agent,
            access_point_id=None,
            args=order,
            actor=Actor.system("programs"),
            now=now,
            valid_s=VALID_S,
        )
    except Conflict:  # it has gone offline meanwhile
        return False
    return True
