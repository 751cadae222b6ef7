"""Before a commit: writes the changed policy rows with the site's next version."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Select, bindparam, insert, select, update
from sqlalchemy.orm import Session

from controller.domain.time import Utc
from controller.kernel.errors import Invalid
from controller.kernel.news import News
from controller.kernel.outbox import post_news
from controller.policy.compile import compile_for_agents
from controller.policy.invalidation import PendingInvalidations, facts_of_house
from controller.policy.models import PolicyRow, PolicySite
from controller.policy.reading import chunks
from controller.wire.codec import encode
from controller.wire.digest import PolicyDigest

# The news of the policy, published through the outbox.


class PolicyNews(News, frozen=True, kw_only=True):
    """A site's policy has a new version."""

    FEATURE = "policy"
    WHAT = "policy"


MAX_ROW = 100_000
"""Maximum size of a row's value in bytes: half of a delta's."""

Compiled = dict[str, bytes | None]
"""Values by key; None: the row is deleted."""


@dataclass(slots=True)
class _Work:
    """Invalidations at one site."""

    facts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    removed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def flush_policy(db: Session, now: Utc) -> None:
    """Compile the invalidated facts, and increase the version of each site whose rows changed.

    The sites' counter rows are locked in the order of their ids, after all changes of facts and
    before the rows are compiled, so that each transaction compiles the facts of those before it.
    Publishes news for each site with a new version.
    """
    pending: PendingInvalidations | None = db.info.pop("invalidated", None)
    if pending is None:
        return
    work = _by_site(db, pending)
    for site in sorted(work):
        if _flush_site(db, site, work[site], pending.removed, now):
            post_news(db, PolicyNews(site=site))
    _delete_mappings(db, pending.removed)


def _by_site(db: Session, pending: PendingInvalidations) -> dict[str, _Work]:
    """Return what to compile and to remove, by site."""
    _add_dependents(db, pending)
    work: defaultdict[str, _Work] = defaultdict(_Work)
    everywhere = {
        kind: keys for (kind, site), keys in pending.facts.items() if site is None and keys
    }
    for site in db.scalars(select(PolicySite.site_id)) if everywhere else ():
        for kind, keys in everywhere.items():
            work[site].facts[kind] |= keys
    for (kind, at), keys in pending.facts.items():
        if at is not None:
            work[at].facts[kind] |= keys
    for table, removed_keys in _with_mapped_keys(db, pending.removed):
        for batch in chunks(sorted(removed_keys)):
            for site, key in db.execute(_rows_with_keys(table, batch)):
                work[site].removed[table].add(key)
    return work


def _with_mapped_keys(
    db: Session, removed: dict[str, set[str]], site: str | None = None
) -> Iterator[tuple[str, set[str]]]:
    """Yield, by table, all keys of the removed rows: the installation's, and mapped ones of the
    site (None: all sites)."""
    key_mapping = facts_of_house(db).key_mapping
    tables = key_mapping.tables if key_mapping else {}
    own_keys = set().union(*(keys for table, keys in removed.items() if table in tables))
    mapped: set[str] = set()
    if key_mapping is not None:
        for batch in chunks(sorted(own_keys)):
            mapped |= key_mapping.names(db, batch, site)
    for table, keys in removed.items():
        yield table, keys | mapped if table in tables else keys


def _delete_mappings(db: Session, removed: dict[str, set[str]]) -> None:
    """Delete the key mappings of removed rows, after they were used to find the sites' rows."""
    key_mapping = facts_of_house(db).key_mapping
    if key_mapping is None:
        return
    own_keys = set().union(
        *(keys for table, keys in removed.items() if table in key_mapping.tables)
    )
    for batch in chunks(sorted(own_keys)):
        key_mapping.forget(db, batch)


def _add_dependents(db: Session, pending: PendingInvalidations) -> None:
    """Add the dependents of the invalidated facts, and their dependents in turn."""
    dependents, collected = facts_of_house(db).dependents, defaultdict[str, set[str]](set)
    while kind := next(
        (dependent for dependent in dependents if pending.facts.get((dependent, None))), None
    ):
        keys = pending.facts.pop((kind, None)) - collected[kind]
        collected[kind] |= keys
        for find_dependents in dependents[kind]:
            for batch in chunks(sorted(keys)):
                pending.add(find_dependents(db, batch))


def _rows_with_keys(table: str, keys: list[str]) -> Select[str, str]:
    return select(PolicyRow.site_id, PolicyRow.key).where(
        PolicyRow.site_id.in_(select(PolicySite.site_id)),  # lets the database use the key's index
        PolicyRow.table == table,
        PolicyRow.key.in_(keys),
        PolicyRow.value.is_not(None),
    )


def _flush_site(
    db: Session, site: str, work: _Work, removed: dict[str, set[str]], now: Utc
) -> bool:
    """Write the site's changed rows with its next version; return whether there were any."""
    columns = PolicySite.__table__.c
    counter = db.execute(
        select(columns.version, columns.holders, columns.digest)
        .where(columns.site_id == site)
        .with_for_update()
    ).one()
    # Read under the lock, since the previous holder may have changed the key mapping.
    for table, keys in _with_mapped_keys(db, removed, site):
        work.removed[table] |= keys
    version, holders = counter.version + 1, counter.holders
    digest = PolicyDigest(counter.digest)
    changed = False
    for table, values in _compiled(db, site, work, now):
        _check_size(table, values)
        has_changed, difference = _write(db, site, version, table, values, digest)
        changed = changed or has_changed
        holders += difference
    if changed:
        db.execute(
            update(PolicySite)
            .where(PolicySite.site_id == site)
            .values(version=version, holders=holders, digest=digest.text)
        )
    return changed


def _check_size(table: str, values: Compiled) -> None:
    """Raise Invalid for a row that is too large for a message: it would block all later changes."""
    longest = max((len(value) for value in values.values() if value is not None), default=0)
    if longest > MAX_ROW:
        raise Invalid.of(table, f"{longest} bytes of rules; at most {MAX_ROW} can be sent")


def _compiled(db: Session, site: str, work: _Work, now: Utc) -> Iterator[tuple[str, Compiled]]:
    """Yield each table with its values by key, in batches that fit in memory."""
    facts = facts_of_house(db)
    for kind, keys in _at_site(db, site, work.facts).items():
        table = facts.rows[kind].table or kind
        for batch in chunks(sorted(keys)):
            values = compile_for_agents(db, kind, site, batch, now)
            work.removed[table] -= values.keys()
            yield table, {key: value and encode(value) for key, value in values.items()}
    for table, removed_keys in work.removed.items():
        yield table, dict.fromkeys(removed_keys)


def _at_site(db: Session, site: str, pending: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the facts that have rows: the invalidated ones, and their dependents at this site."""
    facts = facts_of_house(db)
    at_site = {
        kind: set(keys) for kind, keys in pending.items() if kind not in facts.site_dependents
    }
    for kind in pending.keys() - at_site.keys():
        for find_dependents in facts.site_dependents[kind]:
            for batch in chunks(sorted(pending[kind])):
                for invalidation in find_dependents(db, site, batch):
                    at_site.setdefault(invalidation.kind, set()).add(invalidation.key)
    return at_site


def _write(
    db: Session, site: str, version: int, table: str, values: Compiled, digest: PolicyDigest
) -> tuple[bool, int]:
    """Store the rows that differ; return whether any did, and the change in the number of
    holders."""
    stored = _stored_rows(db, site, table, list(values))
    new: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    holders = 0
    for key, value in values.items():
        old_version, old_value = stored.get(key, (None, None))
        if value == old_value:
            continue
        row = {"site_id": site, "table": table, "key": key, "version": version, "value": value}
        (changed if key in stored else new).append(row)
        digest.replace(table, key, old_version, version)
        if table == "holder":
            holders += (value is not None) - (old_value is not None)
    if new:
        db.execute(insert(PolicyRow), new)
    if changed:
        _update(db, changed)
    return bool(new or changed), holders


def _stored_rows(
    db: Session, site: str, table: str, keys: list[str]
) -> dict[str, tuple[int, bytes | None]]:
    columns = PolicyRow.__table__.c
    result: dict[str, tuple[int, bytes | None]] = {}
    for batch in chunks(keys):
        for row in db.execute(
            select(columns.key, columns.version, columns.value).where(
                columns.site_id == site, columns.table == table, columns.key.in_(batch)
            )
        ):
            result[row.key] = (row.version, row.value)
    return result


def _update(db: Session, rows: list[dict[str, object]]) -> None:
    columns = PolicyRow.__table__.c
    statement = (
        update(PolicyRow.__table__)  # type: ignore[arg-type]
        .where(
            columns.site_id == bindparam("p_site_id"),
            columns.table == bindparam("p_table"),
            columns.key == bindparam("p_key"),
        )
        .values(version=bindparam("p_version"), value=bindparam("p_value"))
    )
    db.connection().execute(
        statement, [{f"p_{name}": value for name, value in row.items()} for row in rows]
    )
