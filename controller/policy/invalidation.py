"""Collects which facts a transaction's changes invalidate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import ORMExecuteState, Session

from controller.kernel.facts import Facts, Invalidation

INVALIDATED_BY_HAND = "policy_invalidated"
"""Execution option of a bulk statement whose caller calls `invalidate` itself."""


@dataclass(slots=True)
class PendingInvalidations:
    """Facts to compile again when the transaction commits."""

    facts: defaultdict[tuple[str, str | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """Keys by kind and site."""
    removed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys of deleted policy rows, by table."""

    def add(self, invalidations: Iterable[Invalidation]) -> None:
        """Collect keys of facts to compute again, by kind and site."""
        for invalidation in invalidations:
            self.facts[invalidation.kind, invalidation.site].add(invalidation.key)


def facts_of_house(db: Session) -> Facts:
    """Return the facts of all features."""
    facts: Facts = db.info["house"].facts
    return facts


def pending_invalidations(db: Session) -> PendingInvalidations:
    """Return what this session's transaction has invalidated so far."""
    pending: PendingInvalidations = db.info.setdefault("invalidated", PendingInvalidations())
    return pending


def invalidate(db: Session, kind: str, keys: Iterable[str], site_id: str | None = None) -> None:
    """Invalidate facts, so that they are compiled again before the commit.

    Without a site: at every site where they are used.
    """
    pending_invalidations(db).facts[kind, site_id].update(keys)


def collect(db: Session) -> None:
    """Collect the invalidations of changed rows; called before a flush."""
    facts = facts_of_house(db)
    changed = (row for row in db.dirty if type(row) in facts.watches and db.is_modified(row))
    for row in (*db.new, *db.deleted, *changed):
        for invalidations_of in facts.watches.get(type(row), ()):
            pending_invalidations(db).add(invalidations_of(row))
    for row in db.deleted:
        for policy_keys_of in facts.removes.get(type(row), ()):
            for table, key in policy_keys_of(row):
                pending_invalidations(db).removed[table].add(key)


def guard_bulk(state: ORMExecuteState) -> None:
    """Refuse a bulk statement on facts unless its caller invalidates them, since `collect` can't
    see it."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    if mapper is None or mapper.class_ not in facts_of_house(state.session).watches:
        return
    if not state.execution_options.get(INVALIDATED_BY_HAND):
        raise RuntimeError(
            f"a bulk statement on {mapper.class_.__name__} bypasses the policy: call"
            f" invalidate, and set the execution option {INVALIDATED_BY_HAND}"
        )
