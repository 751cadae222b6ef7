"""Finds badges that are used after they were returned, reported lost or given to somebody else.

Only an agent without a connection accepts such a badge; its later reports name the former holder.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import itemgetter
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialAt, CredentialRow
from controller.capabilities.members.models import MemberRow, MergedMember
from controller.domain.time import Utc
from controller.kernel.models import AuditEntry

_ENDS = frozenset({"credential_returned", "credential_lost"})
_BEGINS = frozenset(
    f"credential_{action}" for action in ("created", "lent", "replaces", "merged", "active")
)
_CHANGED = "credential_changed"
_BEGINNING = Utc.from_millis(0)
"""For badges that began before the first entry of the audit about them."""


@dataclass(frozen=True, slots=True)
class BadgeUse:
    """A use of a badge, as an agent reported it."""

    id: str
    site: str
    key: str
    """The badge's key at the site."""
    ref: str
    """The reference of the member whose badge it was according to the agent."""
    at: Utc


def uses_after_end(db: Session, uses: Sequence[BadgeUse]) -> set[str]:
    """Return the ids of those uses whose badge was no longer the member's when they began.

    A badge that is the member's now is judged by its own entries in the audit: it may have been
    lost or returned then and restored since, before the agent reported the use.

    The audit records when badges ended, but not their keys. So if another former badge of the
    member was theirs from before the first of those ends until that moment, the use counts as
    theirs. A badge that began later doesn't count, since anybody at the desk can give one.
    """
    refs = {use.ref for use in uses}
    people = select(MemberRow.ref, MemberRow.id).where(MemberRow.ref.in_(refs))
    members = {row.ref: row.id for row in db.execute(people)}
    badges = _badges(db, uses)
    steps = _steps(db, set(members.values()))
    has = select(CredentialRow.id).where(CredentialRow.member_id.in_(steps))
    current = set(db.scalars(has)) if steps else set()
    late_uses = set()
    for use in uses:
        member, badge = members.get(use.ref), badges.get(use.id)
        if member is None:  # a group, or somebody who was erased
            continue
        is_theirs = badge and badge.member_id == member and badge.created_at <= use.at
        own = badge.id if badge and is_theirs else None
        badges_then = [
            _state(badge_steps, use.at)
            for key, badge_steps in steps.get(member, {}).items()
            if (key == own if own else key not in current)
        ]
        ends = [since for has_ended, since in filter(None, badges_then) if has_ended]
        begins = [since for has_ended, since in filter(None, badges_then) if not has_ended]
        if ends and not any(begin < min(ends) for begin in begins):
            late_uses.add(use.id)
    return late_uses


def _badges(db: Session, uses: Iterable[BadgeUse]) -> dict[str, Any]:
    """Return the badge that has the key of each use now, by the id of the use."""
    keys = {(use.site, use.key) for use in uses}
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
        use.id: by_key.get(installation_keys.get((use.site, use.key), use.key)) for use in uses
    }
    return {key: badge for key, badge in badge_by_use.items() if badge}


Steps = list[tuple[Utc, bool]]
"""When a badge began or ended, oldest first, and whether it ended."""


def _steps(db: Session, members: Collection[str]) -> Mapping[str, Mapping[str, Steps]]:
    """Return the steps of all badges that these members ever had, from the audit.

    Those of records that were merged into theirs are included.
    """
    steps: dict[str, dict[str, Steps]] = defaultdict(lambda: defaultdict(list))
    merged = select(MergedMember.id, MergedMember.member_id).where(
        MergedMember.member_id.in_(members)
    )
    records = {member: member for member in members} | {
        row.id: row.member_id for row in db.execute(merged)
    }
    entries = select(AuditEntry.subject, AuditEntry.at, AuditEntry.action, AuditEntry.detail).where(
        AuditEntry.subject.in_([f"member:{record}" for record in records]),
        AuditEntry.action.in_(_ENDS | _BEGINS | {_CHANGED}),
    )
    for row in db.execute(entries.order_by(AuditEntry.seq)):
        detail = json.loads(row.detail)
        member = records[row.subject.removeprefix("member:")]
        of_badge = steps[member][str(detail.get("credential"))]
        if row.action != _CHANGED:
            of_badge.append((row.at, row.action in _ENDS))
        elif "until" in detail:
            _change_end(of_badge, row.at, detail["until"])
    for badges in steps.values():
        for of_badge in badges.values():
            of_badge.sort(key=itemgetter(0))
    return steps


def _change_end(steps: Steps, at: Utc, until: str | None) -> None:
    """Add the steps of a badge whose end was changed; an earlier end that had not come is gone."""
    steps[:] = [step for step in steps if step[0] <= at]
    end = None if until is None else max(at, Utc.parse(until))
    if (end is None or end > at) and steps and steps[-1][1]:
        steps.append((at, False))
    if end is not None:
        steps.append((end, True))


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
