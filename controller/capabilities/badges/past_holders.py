"""Finds badges that are used after they were returned, reported lost or given to somebody else.

Only an agent without a connection accepts such a badge; its later reports name the former holder.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import takewhile
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.badges.own import UNDO_WITHIN
from controller.capabilities.members.models import MergedMember
from controller.domain.time import Utc
from controller.kernel.journal_where import last_in_time
from controller.kernel.models import AuditEntry
from controller.kernel.projections import StoredEvent

_ENDS = frozenset({"credential_returned", "credential_lost"})
_BEGINS = frozenset(
    f"credential_{action}" for action in ("created", "lent", "replaces", "merged", "active")
)
_CHANGED = "credential_changed"
_POLICY_SENT_WITHIN = timedelta(seconds=30)
"""How long after a change an agent that is connected may not know of it yet."""
_BEGINNING = Utc.from_millis(0)
"""For badges that began before the first entry of the audit about them."""


@dataclass(frozen=True, slots=True)
class BadgeUse:
    """A use of a badge, as an agent reported it."""

    id: str
    key: str
    """The badge's key at the site."""
    member: str
    """The id of the member whose badge it was according to the agent."""
    at: Utc
    event: StoredEvent
    """The event that reported it."""


def uses_after_end(db: Session, uses: Sequence[BadgeUse]) -> set[str]:
    """Return the ids of those uses whose badge was no longer the member's when they began.

    A badge that is the member's now is judged by its own entries in the audit: it may have been
    lost or returned then and restored since, before the agent reported the use.

    The audit records when badges ended, but not their keys. So if another former badge of the
    member was theirs from before the first of those ends until that moment, the use counts as
    theirs. A badge that began later doesn't count, since anybody at the desk can give one; nor does
    one whose return could still be undone when the use was reported: it may be the member's again.

    A badge that was made to ask for the proof of its keys is as good as ended for an agent that may
    not have known.
    """
    lives = {
        member: badges
        for member, badges in _lives(db, {use.member for use in uses}).items()
        if any(life.ever_ends for life in badges.values())
    }
    uses = [use for use in uses if use.member in lives]
    if not uses:
        return set()
    badges = _badges(db, uses)
    current_badges = select(CredentialRow.id).where(CredentialRow.member_id.in_(lives))
    current_ids = set(db.scalars(current_badges))
    late_uses = set()
    for use in uses:
        badge = badges.get(use.id)
        is_theirs = badge and badge.member_id == use.member and badge.created_at <= use.at
        own_badge = badge.id if badge and is_theirs else None
        badges_then = [
            _state_for(db, life, use)
            for key, life in lives[use.member].items()
            if (
                key == own_badge
                if own_badge
                else key not in current_ids and not _is_undoable(life.steps(), use)
            )
        ]
        ends = [since for has_ended, since in filter(None, badges_then) if has_ended]
        begins = [since for has_ended, since in filter(None, badges_then) if not has_ended]
        if ends and not any(begin < min(ends) for begin in begins):
            late_uses.add(use.id)
    return late_uses


def last_known_at(db: Session, event: StoredEvent) -> Utc:
    """Return until when the event's agent certainly knew which badges work."""
    if not event.arrived_late:
        return event.best_time
    known = last_in_time(db, event.agent, event.stream, event.seq)
    return _BEGINNING if known is None else Utc.of(known - _POLICY_SENT_WITHIN)


def known_before(db: Session, event: StoredEvent) -> Utc:
    """Return until when the event's agent knew which badges work, even if it was cut off unnoticed
    when the event happened.

    What was tapped as it was connected again arrives in time, so only what arrived half a minute
    before the event tells that the agent was connected.
    """
    by = Utc.of(event.best_time - _POLICY_SENT_WITHIN)
    known = last_in_time(db, event.agent, event.stream, event.seq, by)
    return _BEGINNING if known is None else Utc.of(known - _POLICY_SENT_WITHIN)


def has_ended_between(db: Session, member_id: str, since: Utc, until: Utc) -> bool:
    """Return whether a badge of the member was lost, returned, replaced or suspended, or had to
    prove more, after `since` and until `until`, even if this was undone later."""
    lives = _lives(db, {member_id}, _ENDS | {"credential_suspended"}).get(member_id, {})
    ends = (
        at
        for life in lives.values()
        for at in [*life.asked_more, *(at for at, has_ended in life.steps() if has_ended)]
    )
    return any(since < at <= until for at in ends)


def _badges(db: Session, uses: Iterable[BadgeUse]) -> dict[str, Any]:
    """Return the badge that has the key of each use now, by the id of the use."""
    keys = {(use.event.site, use.key) for use in uses}
    mappings = select(CredentialAt.site_id, CredentialAt.theirs, CredentialAt.holder_key).where(
        CredentialAt.theirs.in_({key for _site, key in keys})
    )
    installation_keys = {(site, site_key): key for site, site_key, key in db.execute(mappings)}
    holder_keys = {installation_keys.get(pair, pair[1]) for pair in keys}
    rows = db.execute(
        select(
            CredentialRow.holder_key,
            CredentialRow.id,
            CredentialRow.member_id,
            CredentialRow.created_at,
        ).where(CredentialRow.holder_key.in_(holder_keys))
    )
    by_key = {row.holder_key: row for row in rows}
    badge_by_use = {
        use.id: by_key.get(installation_keys.get((use.event.site, use.key), use.key))
        for use in uses
    }
    return {key: badge for key, badge in badge_by_use.items() if badge}


Steps = list[tuple[Utc, bool]]
"""When a badge began or ended, oldest first, and whether it ended."""


class _Life:
    """When one badge began and ended, from the audit's entries about it in their order."""

    def __init__(self) -> None:
        self.asked_more: list[Utc] = []
        """When its card had to prove more than before."""
        self._is_gone = False
        self._begin: Utc | None = None
        self._end: Utc | None = None
        self._past: Steps = []
        self._future: Steps = []
        """Those that its period gives, if nothing else happens to it before."""

    def steps(self) -> Steps:
        """Return all steps, oldest first."""
        return sorted(self._past + self._future, key=itemgetter(0))

    @property
    def ever_ends(self) -> bool:
        """Whether it ended at any time, or will, or had to prove more."""
        return bool(self.asked_more) or any(has_ended for _, has_ended in self.steps())

    def set_gone(self, at: Utc, *, is_gone: bool) -> None:
        """Note that it was given, restored, reported lost or returned."""
        self._is_gone = is_gone
        if not self._past and not is_gone:
            self._past.append((at, False))
        self._note(at)

    def set_period(self, at: Utc, detail: Mapping[str, str | None]) -> None:
        """Note another beginning or end; those that it had not come to are gone."""
        if "from" in detail:
            self._begin = _time(detail["from"])
        if "until" in detail:
            self._end = _time(detail["until"])
        self._note(at)

    def _note(self, at: Utc) -> None:
        self._past += [step for step in self._future if step[0] <= at]
        was_over = bool(self._past) and self._past[-1][1]
        if self._is_over(at) is not was_over:
            self._past.append((at, not was_over))
        bounds = () if self._is_gone else (self._begin, self._end)
        later = [bound for bound in bounds if bound is not None and bound > at]
        self._future = [(bound, self._is_over(bound)) for bound in later]

    def _is_over(self, at: Utc) -> bool:
        is_early = self._begin is not None and at < self._begin
        is_late = self._end is not None and at >= self._end
        return self._is_gone or is_early or is_late


def _time(text: str | None) -> Utc | None:
    return None if text is None else Utc.parse(text)


def _lives(
    db: Session, members: Collection[str], end_actions: Collection[str] = _ENDS
) -> Mapping[str, Mapping[str, _Life]]:
    """Return the lives of all badges that these members ever had, from the audit.

    Those of records that were merged into theirs are included.
    """
    lives: dict[str, dict[str, _Life]] = defaultdict(lambda: defaultdict(_Life))
    merged = select(MergedMember.id, MergedMember.member_id).where(
        MergedMember.member_id.in_(members)
    )
    records = {member: member for member in members} | {
        row.id: row.member_id for row in db.execute(merged)
    }
    entries = select(AuditEntry.subject, AuditEntry.at, AuditEntry.action, AuditEntry.detail).where(
        AuditEntry.subject.in_([f"member:{record}" for record in records]),
        AuditEntry.action.in_({*end_actions, *_BEGINS, _CHANGED}),
    )
    for row in db.execute(entries.order_by(AuditEntry.seq)):
        detail = json.loads(row.detail)
        member = records[row.subject.removeprefix("member:")]
        life = lives[member][str(detail.get("credential"))]
        if row.action != _CHANGED:
            life.set_gone(row.at, is_gone=row.action in end_actions)
        elif detail.keys() & {"from", "until"}:
            life.set_period(row.at, detail)
        if "raised" in detail:
            life.asked_more.append(row.at)
    return lives


def _state_for(db: Session, life: _Life, use: BadgeUse) -> tuple[bool, Utc] | None:
    """Return the state of a badge, as `_state` does, for this use."""
    state = _state(life.steps(), use.at)
    raised = max((at for at in life.asked_more if at <= use.at), default=None)
    if state is None or state[0] or raised is None:
        return state
    return (True, raised) if raised > last_known_at(db, use.event) else state


def _is_undoable(steps: Steps, use: BadgeUse) -> bool:
    """Return whether the badge's last end came after the use, and so late that it could still be
    undone, or had not come, when the use was reported."""
    if not steps:
        return False
    at, has_ended = steps[-1]
    return has_ended and at > use.at and use.event.received_at - at <= UNDO_WITHIN


def _state(steps: Steps, at: Utc) -> tuple[bool, Utc] | None:
    """Return whether a badge had ended at that moment, and since when that was so.

    None: it had not begun yet.
    """
    before = [step for step in steps if step[0] <= at]
    if not steps:
        return None
    if not before:
        return (False, _BEGINNING) if steps[0][1] else None
    has_ended = before[-1][1]
    *_later, (since, _) = takewhile(lambda step: step[1] is has_ended, reversed(before))
    return has_ended, since
