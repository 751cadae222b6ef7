"""Upgrades a site's agents one after another, and stops when one of them rolls back."""

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
"""How long the command to upgrade is valid, in seconds."""
RETRY_AFTER = timedelta(hours=1)
"""How long to wait before an agent is asked again; it may have been in use or offline."""
ANSWER_TIMEOUT = timedelta(minutes=2)
"""How long to wait for an agent's answer before the next agent is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedAgent:
    """An agent that can be upgraded, with what it last reported about its program."""

    id: str
    name: Mapping[str, str]
    online: bool
    running_serial: int
    state: str
    """`rest` without an upgrade in progress."""
    pending_serial: int
    """Serial number of the program that is being downloaded or tried; 0: none."""
    failed_serial: int
    """Serial number of the last program that the agent rolled back; 0: none."""
    reason: str | None
    """Why the agent rolled back."""
    order: Upgrade | None
    """The newest program for its architecture, which it should run, if any."""

    @property
    def is_done(self) -> bool:
        """Return whether it runs the program that it should run, if there is one."""
        return self.order is None or self.running_serial == self.order.serial

    @property
    def is_under_way(self) -> bool:
        """Return whether it is downloading or trying a program; other agents wait meanwhile."""
        return self.state != "rest" or self.pending_serial != 0

    @property
    def has_rolled_back(self) -> bool:
        """Return whether it rolled back the program that it should run, for a reason that is likely
        to occur on other agents too."""
        return (
            self.order is not None
            and self.failed_serial == self.order.serial
            and stops_others(self.reason)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutProgress:
    """The progress of the upgrade of a site's agents."""

    version: str
    """The version that agents should run; several if architectures differ."""
    done: int
    """How many agents run it."""
    total: int
    """How many agents should run it."""
    under_way: ManagedAgent | None
    stopped_by: ManagedAgent | None
    """The agent that rolled back and so stopped the rollout."""


def advance_rollout(db: Session, site: str, now: Utc) -> None:
    """Ask the next agent to upgrade, unless one is upgrading or has rolled back."""
    agents = [*managed_agents(db, site, now)]
    if not any(agent.order for agent in agents):
        return
    if any(agent.is_under_way or agent.has_rolled_back for agent in agents):
        return
    recent_commands = _recent_commands(db, site, now)
    if any(
        row.created_at > Utc.of(now - ANSWER_TIMEOUT) and row.result is None
        for row in recent_commands
    ):
        return
    attempted = {(row.agent_id, row.args.get("serial")) for row in recent_commands}
    for agent in agents:
        order = agent.order
        if (
            order is None
            or agent.is_done
            or not agent.online
            or (agent.id, order.serial) in attempted
        ):
            continue
        if _ask(db, agent.id, order, now):
            return


def rollout_progress(db: Session, site: str, now: Utc) -> RolloutProgress | None:
    """Return the rollout's progress; None if there is no agent to upgrade."""
    agents = [agent for agent in managed_agents(db, site, now) if agent.order is not None]
    if not agents:
        return None
    versions = {agent.order.version for agent in agents if agent.order is not None}
    return RolloutProgress(
        version=", ".join(sorted(versions)),
        done=sum(agent.is_done for agent in agents),
        total=len(agents),
        under_way=next((agent for agent in agents if agent.is_under_way), None),
        stopped_by=next((agent for agent in agents if agent.has_rolled_back), None),
    )


def managed_agents(db: Session, site: str, now: Utc) -> Iterator[ManagedAgent]:
    """Yield the agents of a site that report their program, ordered by id."""
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
        report: Mapping[str, Any] = (state.telemetry or {}).get("program") or {}
        if report:
            yield ManagedAgent(
                id=row.id,
                name=row.name,
                online=bool(is_online(state, now)),
                running_serial=report["serial"],
                state=report["state"],
                pending_serial=report.get("coming", 0),
                failed_serial=report.get("failed", 0),
                reason=report.get("reason"),
                order=orders.get(report["architecture"]),
            )


def _recent_commands(db: Session, site: str, now: Utc) -> Sequence[CommandRow]:
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
    except Conflict:  # it has just gone offline
        return False
    return True
