"""Before a commit: give the changed rows the site's next version, in commit order."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from controller.capabilities.badges.models import CredentialRow
from controller.capabilities.groups.models import GroupRow
from controller.capabilities.members.models import MemberRow, MemberSite
from controller.capabilities.members.network import known_at
from controller.capabilities.plans.models import SubscriptionRow
from controller.capabilities.training.models import CourseRow, CourseSessionRow, HeldRow
from controller.domain.time import Utc
from controller.kernel.errors import Invalid
from controller.kernel.outbox import tell
from controller.policy.compile import compile_table
from controller.policy.group_holders import compile_groups
from controller.policy.holders import compile_holders
from controller.policy.models import PolicyRow, PolicySite
from controller.policy.news import PolicyNews
from controller.policy.reading import chunks
from controller.policy.touch import Touched
from controller.wire.codec import encode
from controller.wire.digest import PolicyDigest

MAX_ROW = 100_000
"""Bytes of a row's value: half of what a delta may have, whatever else stands in it."""


@dataclass(slots=True)
class _Work:
    """What was touched at one site."""

    rows: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    members: set[str] = field(default_factory=set)
    groups: set[str] = field(default_factory=set)
    plans: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    """Holder keys of removed credentials, and of members whom the site no longer knows."""


def flush_policy(db: Session, now: Utc) -> None:
    """Compile what was touched, and raise the version of each site whose rows changed.

    The sites' counter rows are locked in the order of their ids, after every change of facts and
    before the rows are compiled: whoever comes second compiles from what the first committed.
    Each site that has a new version is told.
    """
    noted: Touched | None = db.info.pop("touched", None)
    if not noted:
        return
    for ids in chunks(sorted(noted.recognised)):
        holding = select(HeldRow.member_id).where(HeldRow.certification_id.in_(ids))
        noted.members.update(db.scalars(holding))
        noted.groups.update(db.scalars(select(GroupRow.id).where(GroupRow.ended_at.is_(None))))
    work = _by_site(db, noted)
    for site in sorted(work):
        if _flush_site(db, site, work[site], now):
            tell(db, PolicyNews(site=site))


def _by_site(db: Session, noted: Touched) -> dict[str, _Work]:
    work: defaultdict[str, _Work] = defaultdict(_Work)
    for site, table, key in noted.rows:
        work[site].rows[table].add(key)
    for site, plan in noted.plans:
        work[site].plans.add(plan)
    for ids in chunks(sorted(noted.members)):
        home = select(MemberRow.id, MemberRow.site_id).where(MemberRow.id.in_(ids))
        also = select(MemberSite.member_id, MemberSite.site_id).where(MemberSite.member_id.in_(ids))
        for member, site in (*db.execute(home), *db.execute(also)):
            work[site].members.add(member)
    for ids in chunks(sorted(noted.groups)):
        where = select(GroupRow.id, GroupRow.site_id).where(GroupRow.id.in_(ids))
        for group, site in db.execute(where):
            work[site].groups.add(group)
    for site, key in noted.keys:
        work[site].gone.add(key)
    noted.certifications |= _granted_by(db, noted)
    if noted.certifications or noted.hub_keys:
        for site in db.scalars(select(PolicySite.site_id)):
            work[site].rows["certification"] |= noted.certifications
            if noted.hub_keys:
                work[site].rows["site"].add(site)
    return work


def _granted_by(db: Session, noted: Touched) -> set[str]:
    """Certifications whose next course session may be another one now."""
    courses = set(noted.courses)
    if noted.course_sessions:
        of = select(CourseSessionRow.course_id).where(
            CourseSessionRow.id.in_(noted.course_sessions), CourseSessionRow.course_id.is_not(None)
        )
        courses.update(filter(None, db.scalars(of)))
    if not courses:
        return set()
    granted = db.scalars(select(CourseRow.grants).where(CourseRow.id.in_(courses)))
    return {certification for each in granted for certification in each}


def _flush_site(db: Session, site: str, work: _Work, now: Utc) -> bool:
    columns = PolicySite.__table__.c
    counter = db.execute(
        select(columns.version, columns.holders, columns.digest)
        .where(columns.site_id == site)
        .with_for_update()
    ).one()
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


def _check_size(table: str, values: dict[str, bytes | None]) -> None:
    """A row that fits in no message would keep every later change from every agent."""
    longest = max((len(value) for value in values.values() if value is not None), default=0)
    if longest > MAX_ROW:
        raise Invalid.of(table, f"{longest} bytes of rules; at most {MAX_ROW} can be sent")


def _compiled(
    db: Session, site: str, work: _Work, now: Utc
) -> Iterator[tuple[str, dict[str, bytes | None]]]:
    """Table, and values by key, in batches that fit in memory."""
    for table, keys in work.rows.items():
        for some in chunks(sorted(keys)):
            values = compile_table(db, site, table, some)
            yield table, {key: encode(values[key]) if key in values else None for key in some}
    subscribed = select(SubscriptionRow.member_id).where(SubscriptionRow.plan_id.in_(work.plans))
    members = work.members | set(db.scalars(subscribed) if work.plans else ())
    for some in chunks(sorted(members)):
        holders = compile_holders(db, site, some, now)
        yield "holder", {key: encode(value) for key, value in holders.items()}
    for some in chunks(sorted(work.groups)):
        groups = compile_groups(db, site, some)
        yield "holder", {key: encode(value) for key, value in groups.items()}
    if work.gone:
        there = (
            select(CredentialRow.holder_key)
            .outerjoin(MemberRow, MemberRow.id == CredentialRow.member_id)
            .outerjoin(GroupRow, GroupRow.id == CredentialRow.group_id)
            .where(CredentialRow.holder_key.in_(work.gone))
            .where(known_at([site]) | (GroupRow.site_id == site))
        )
        yield "holder", dict.fromkeys(work.gone - set(db.scalars(there)))


def _write(
    db: Session,
    site: str,
    version: int,
    table: str,
    values: dict[str, bytes | None],
    digest: PolicyDigest,
) -> tuple[bool, int]:
    """Store what differs; returns whether anything did, and by how much the holders changed."""
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
