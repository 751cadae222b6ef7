"""Before a commit: writes the changed rows with the site's next version, in the order of
commits."""

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
"""Bytes of a row's value at most: half of what a delta may have."""

Compiled = dict[str, bytes | None]
"""Values by key; None: the row is deleted."""


@dataclass(slots=True)
class _Work:
    """Invalidations at one site."""

    facts: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    removed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


def flush_policy(db: Session, now: Utc) -> None:
    """Compile what was invalidated, and increase the version of each site whose rows changed.

    The sites' counter rows are locked in the order of their ids, after every change of facts and
    before the rows are compiled, so a later transaction compiles from what the earlier one
    committed. News are published for each site with a new version.
    """
    noted: PendingInvalidations | None = db.info.pop("invalidated", None)
    if noted is None:
        return
    work = _by_site(db, noted)
    for site in sorted(work):
        if _flush_site(db, site, work[site], noted.removed, now):
            post_news(db, PolicyNews(site=site))
    _forget(db, noted.removed)


def _by_site(db: Session, noted: PendingInvalidations) -> dict[str, _Work]:
    _follow(db, noted)
    work: defaultdict[str, _Work] = defaultdict(_Work)
    everywhere = {kind: keys for (kind, site), keys in noted.facts.items() if site is None and keys}
    for site in db.scalars(select(PolicySite.site_id)) if everywhere else ():
        for kind, keys in everywhere.items():
            work[site].facts[kind] |= keys
    for (kind, at), keys in noted.facts.items():
        if at is not None:
            work[at].facts[kind] |= keys
    for table, gone in _under_all_keys(db, noted.removed):
        for some in chunks(sorted(gone)):
            for site, key in db.execute(_where_they_stand(table, some)):
                work[site].removed[table].add(key)
    return work


def _under_all_keys(
    db: Session, removed: dict[str, set[str]], site: str | None = None
) -> Iterator[tuple[str, set[str]]]:
    """Yield, by table, the removed keys: the installation's, and those that a site (None: any)
    uses."""
    key_mapping = facts_of_house(db).key_mapping
    tables = key_mapping.tables if key_mapping else {}
    ours = set().union(*(keys for table, keys in removed.items() if table in tables))
    others: set[str] = set()
    if key_mapping is not None:
        for some in chunks(sorted(ours)):
            others |= key_mapping.names(db, some, site)
    for table, keys in removed.items():
        yield table, keys | others if table in tables else keys


def _forget(db: Session, removed: dict[str, set[str]]) -> None:
    """Delete the mapped keys of removed rows, after all sites' rows, which were found by them."""
    key_mapping = facts_of_house(db).key_mapping
    if key_mapping is None:
        return
    ours = set().union(*(keys for table, keys in removed.items() if table in key_mapping.tables))
    for some in chunks(sorted(ours)):
        key_mapping.forget(db, some)


def _follow(db: Session, noted: PendingInvalidations) -> None:
    """Add the dependents of the invalidated facts, and theirs, until nothing new is found."""
    dependents, done = facts_of_house(db).dependents, defaultdict[str, set[str]](set)
    while kind := next(
        (dependent for dependent in dependents if noted.facts.get((dependent, None))), None
    ):
        keys = noted.facts.pop((kind, None)) - done[kind]
        done[kind] |= keys
        for find in dependents[kind]:
            for some in chunks(sorted(keys)):
                noted.add(find(db, some))


def _where_they_stand(table: str, keys: list[str]) -> Select[str, str]:
    return select(PolicyRow.site_id, PolicyRow.key).where(
        PolicyRow.site_id.in_(select(PolicySite.site_id)),  # so that the key's index serves
        PolicyRow.table == table,
        PolicyRow.key.in_(keys),
        PolicyRow.value.is_not(None),
    )


def _flush_site(
    db: Session, site: str, work: _Work, removed: dict[str, set[str]], now: Utc
) -> bool:
    columns = PolicySite.__table__.c
    counter = db.execute(
        select(columns.version, columns.holders, columns.digest)
        .where(columns.site_id == site)
        .with_for_update()
    ).one()
    # Only under the lock, since the previous holder may have changed the key mapping here.
    for table, keys in _under_all_keys(db, removed, site):
        work.removed[table] |= keys
    version, holders = counter.version + 1, counter.holders
    digest = PolicyDigest(counter.digest)
    changed = False
    for table, values in _compiled(db, site, work, now):
        _check_size(table, values)
        written, difference = _write(db, site, version, table, values, digest)
        changed = changed or written
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
    """Yield a table with its values by key, in batches that fit in memory."""
    facts = facts_of_house(db)
    for kind, keys in _at_site(db, site, work.facts).items():
        table = facts.rows[kind].table or kind
        for some in chunks(sorted(keys)):
            values = compile_for_agents(db, kind, site, some, now)
            work.removed[table] -= values.keys()
            yield table, {key: value and encode(value) for key, value in values.items()}
    for table, gone in work.removed.items():
        yield table, dict.fromkeys(gone)


def _at_site(db: Session, site: str, noted: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the facts that have rows: the invalidated ones, and their dependents at this site."""
    facts = facts_of_house(db)
    found = {kind: set(keys) for kind, keys in noted.items() if kind not in facts.site_dependents}
    for kind in noted.keys() - found.keys():
        for find in facts.site_dependents[kind]:
            for some in chunks(sorted(noted[kind])):
                for invalidation in find(db, site, some):
                    found.setdefault(invalidation.kind, set()).add(invalidation.key)
    return found


def _write(
    db: Session, site: str, version: int, table: str, values: Compiled, digest: PolicyDigest
) -> tuple[bool, int]:
    """Store what differs; return whether anything did, and the change in the number of holders."""
    found = _found(db, site, table, list(values))
    new: list[dict[str, object]] = []
    changed: list[dict[str, object]] = []
    holders = 0
    for key, value in values.items():
        old_version, old_value = found.get(key, (None, None))
        if value == old_value:
            continue
        row = {"site_id": site, "table": table, "key": key, "version": version, "value": value}
        (changed if key in found else new).append(row)
        digest.replace(table, key, old_version, version)
        if table == "holder":
            holders += (value is not None) - (old_value is not None)
    if new:
        db.execute(insert(PolicyRow), new)
    if changed:
        _update(db, changed)
    return bool(new or changed), holders


def _found(
    db: Session, site: str, table: str, keys: list[str]
) -> dict[str, tuple[int, bytes | None]]:
    columns = PolicyRow.__table__.c
    result: dict[str, tuple[int, bytes | None]] = {}
    for some in chunks(keys):
        for row in db.execute(
            select(columns.key, columns.version, columns.value).where(
                columns.site_id == site, columns.table == table, columns.key.in_(some)
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
