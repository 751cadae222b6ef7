"""Note, during a transaction, which facts its changes invalidate."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy.orm import ORMExecuteState, Session

from controller.kernel.facts import Facts, Invalidation

INVALIDATED_BY_HAND = "policy_invalidated"
"""Execution option of a bulk statement whose author calls `invalidate`."""


@dataclass(slots=True)
class PendingInvalidations:
    """Facts to be compiled again when the transaction commits."""

    facts: defaultdict[tuple[str, str | None], set[str]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """Keys by kind and site."""
    removed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Keys of the policy's rows, by table, of what was removed."""

    def add(self, invalidations: Iterable[Invalidation]) -> None:
        """Note these."""
        for invalidation in invalidations:
            self.facts[invalidation.kind, invalidation.site].add(invalidation.key)


def facts_of_house(db: Session) -> Facts:
    """The facts of all features."""
    found: Facts = db.info["house"].facts
    return found


def pending_invalidations(db: Session) -> PendingInvalidations:
    """What this session's transaction has invalidated so far."""
    found: PendingInvalidations = db.info.setdefault("invalidated", PendingInvalidations())
    return found


def invalidate(db: Session, kind: str, keys: Iterable[str], site_id: str | None = None) -> None:
    """Have these facts compiled again before the commit; without a site, wherever they count."""
    pending_invalidations(db).facts[kind, site_id].update(keys)


def collect(db: Session) -> None:
    """Before a flush: note what the changed rows concern."""
    facts = facts_of_house(db)
    changed = (row for row in db.dirty if type(row) in facts.watches and db.is_modified(row))
    for row in (*db.new, *db.deleted, *changed):
        for note in facts.watches.get(type(row), ()):
            pending_invalidations(db).add(note(row))
    for row in db.deleted:
        for goes in facts.removes.get(type(row), ()):
            for table, key in goes(row):
                pending_invalidations(db).removed[table].add(key)


def guard_bulk(state: ORMExecuteState) -> None:
    """Refuse a bulk statement on facts that `collect` can't see, unless they are
    invalidated by hand."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    if mapper is None or mapper.class_ not in facts_of_house(state.session).watches:
        return
    if not state.execution_options.get(INVALIDATED_BY_HAND):
        raise RuntimeError(
            f"a bulk statement on {mapper.class_.__name__} hides from the policy: invalidate, and"
            f" set the execution option {INVALIDATED_BY_HAND}"
        )
