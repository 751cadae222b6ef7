"""Changes a site's credential key to the next generation, without refusing anybody (ADR 0196).

The policy gets rows under both keys. Agents receive the newer key when they renew their
certificate, and report it. Once all have it, and the jobs that began before are over, the rows
under the older key are deleted.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.badges import site_keys
from controller.capabilities.badges.models import CredentialRow, SiteKeyRow
from controller.capabilities.badges.vault import Vault
from controller.capabilities.machines.device_commands import renew_certificate
from controller.capabilities.machines.models import CommandRow
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import known_at
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Conflict, NotFound
from controller.kernel.jobs import Work
from controller.policy.models import PolicySite
from controller.policy.refresh import facts_with_mapped_keys, invalidate_again
from controller.wire.commands import Renew, command_type

OLDER_KEY_KEPT_FOR = timedelta(days=1)
"""How long the older key counts after the last agent received the newer one. By then, sessions that
began under it are over; a longer one ends after its job, as if its right ended."""
RETRY_AFTER = timedelta(minutes=10)
"""Interval between reminders to an agent without the newer key."""

Write = Callable[[], AbstractContextManager[Session]]
"""Opens a write transaction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyChangeProgress:
    """The progress of a site's change of keys."""

    generation: int
    older: int | None
    """The older generation that still counts; None without a change in progress."""
    boxes_without_key: tuple[str, ...]
    """Agents that have not reported the newest key."""
    is_over: bool
    """Whether the older key can be ended: all agents have had the newest one for a day."""


def key_change_progress(db: Session, site_id: str, now: Utc) -> KeyChangeProgress:
    """Return the progress of the change at a site, as its agents reported."""
    rows = [row for row in site_keys.generations(db, site_id) if row.ready_at]
    newest = rows[0].generation if rows else site_keys.FIRST
    older = next((row.generation for row in rows[1:] if row.ended_at is None), None)
    boxes_without_key = _agents_without(db, site_id, newest)
    return KeyChangeProgress(
        generation=newest,
        older=older,
        boxes_without_key=boxes_without_key,
        is_over=older is not None
        and not boxes_without_key
        and _adopted_since(db, site_id, rows) <= now - OLDER_KEY_KEPT_FOR,
    )


def count_badges_without_number(db: Session, site_id: str) -> int:
    """Count the members' badges known at the site whose number is not stored.

    Their holder keys can't be computed under a new site key.
    """
    statement = select(func.count()).select_from(CredentialRow)
    of_members = statement.join(MemberRow, MemberRow.id == CredentialRow.member_id)
    return db.scalar(of_members.where(CredentialRow.sealed == b"", known_at([site_id]))) or 0


def begin(
    write: Write, site_id: str, vault: Vault, *, anyway: bool = False, actor: Actor, now: Utc
) -> None:
    """Create the next key, add the policy's rows under it in batches, then ask agents to renew.

    Continues an interrupted change. Raises NotFound, and Conflict during another change, or if
    badges would be lost: agents keep only one older key.
    """
    with write() as db:
        _lock_policy(db, site_id)
        rows = site_keys.generations(db, site_id)
        if not rows or rows[0].ready_at is not None:
            if sum(row.ended_at is None for row in rows) > 1:
                raise Conflict("the last change is not over: some boxes lack the newer key")
            without_number = count_badges_without_number(db, site_id)
            if without_number and len(rows) > 1 and not anyway:
                raise Conflict(
                    f"badges without a stored number: {without_number}; boxes would not recognise"
                    " them after a second change. Assign them again by their number, or add"
                    " --anyway"
                )
            site_keys.begin(db, site_id, vault, now)
        batches = list(facts_with_mapped_keys(db, site_id))
    for batch in batches:
        with write() as db:
            invalidate_again(db, batch)
    with write() as db:
        row = site_keys.generations(db, site_id)[0]
        row.ready_at = now
        _record(db, row, "site_key_begun", actor, now)
        remind(db, site_id, now)


def remind(db: Session, site_id: str, now: Utc) -> None:
    """Ask the online agents without the newest key to renew their certificate."""
    reminded = select(CommandRow.agent_id).where(
        CommandRow.type == command_type(Renew()), CommandRow.created_at > now - RETRY_AFTER
    )
    reachable = select(AgentState.agent_id).where(
        AgentState.agent_id.in_(key_change_progress(db, site_id, now).boxes_without_key),
        AgentState.online,
        # an agent that is too old to report it can't take it
        AgentState.key_generation.is_not(None),
        AgentState.agent_id.not_in(reminded),
    )
    for agent in db.scalars(reachable).all():
        with suppress(Conflict):  # it has just gone offline
            renew_certificate(db, agent, actor=Actor.system("hub"), now=now)


def end(db: Session, site_id: str, *, actor: Actor, now: Utc) -> None:
    """End the older keys, even if some agents lack the newest. Raises Conflict without an older
    key.

    The next `run_key_change` deletes the policy's rows under them.
    """
    _lock_policy(db, site_id)
    older = [row for row in _older_generations(db, site_id) if row.ended_at is None]
    if not older:
        raise Conflict("there is no older key to end")
    for row in older:
        row.ended_at = now
        _record(db, row, "site_key_ended", actor, now)


def run_key_change(work: Work) -> None:
    """Remind agents, end an older key when it is no longer needed, and remove its policy rows; a
    periodic job."""
    with work.read() as db:
        progress = key_change_progress(db, work.site, work.now)
        if not progress.boxes_without_key and all(
            row.cleared_at for row in _older_generations(db, work.site)
        ):
            return
    with work.write() as db:
        remind(db, work.site, work.now)
        if progress.is_over:
            end(db, work.site, actor=Actor.system("hub"), now=work.now)
    _clear(work)


def _clear(work: Work) -> None:
    with work.read() as db:
        if not any(
            row.ended_at and not row.cleared_at for row in _older_generations(db, work.site)
        ):
            return
        batches = list(facts_with_mapped_keys(db, work.site))
    for batch in batches:
        with work.write() as db:
            invalidate_again(db, batch)
    with work.write() as db:
        for row in _older_generations(db, work.site):
            row.cleared_at = row.cleared_at or (work.now if row.ended_at else None)


def _lock_policy(db: Session, site_id: str) -> None:
    """Lock the site's policy, so that concurrent compilations don't miss the new key."""
    counter = select(PolicySite.version).where(PolicySite.site_id == site_id).with_for_update()
    if db.scalar(counter) is None:
        raise NotFound("site", site_id)


def _adopted_since(db: Session, site_id: str, rows: Sequence[SiteKeyRow]) -> Utc:
    """Return since when all of the site's agents have had the newest key."""
    latest = select(func.max(AgentState.key_since)).join(
        AgentRow, AgentRow.id == AgentState.agent_id
    )
    last = db.scalar(latest.where(AgentRow.site_id == site_id, AgentRow.revoked_at.is_(None)))
    ready = rows[0].ready_at or rows[0].begun_at
    return max(ready, last) if last is not None else ready


def _older_generations(db: Session, site_id: str) -> list[SiteKeyRow]:
    """Return the generations before the newest that were given to agents."""
    return [row for row in site_keys.generations(db, site_id) if row.ready_at][1:]


def _agents_without(db: Session, site_id: str, generation: int) -> tuple[str, ...]:
    """Return the site's enrolled, unrevoked agents that don't report this generation.

    After a restore of an older database, they may report a later one.
    """
    reported = func.coalesce(AgentState.key_generation, site_keys.FIRST)
    agent_ids = (
        select(AgentRow.id)
        .outerjoin(AgentState, AgentState.agent_id == AgentRow.id)
        .where(
            AgentRow.site_id == site_id,
            AgentRow.enrolled_at.is_not(None),
            AgentRow.revoked_at.is_(None),
            reported != generation,
        )
    )
    return tuple(db.scalars(agent_ids.order_by(AgentRow.id)))


def _record(db: Session, row: SiteKeyRow, action: str, actor: Actor, now: Utc) -> None:
    about = f"site:{row.site_id}"
    audit.record(db, actor, now, action, about, row.site_id, generation=row.generation)
