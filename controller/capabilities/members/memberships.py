"""Members' organisations, projects and guardians."""

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column, or_, select, union, union_all
from sqlalchemy.orm import Session

from controller.capabilities.members import works_for
from controller.capabilities.members.changes import MembershipsBegan, MembershipsEnded
from controller.capabilities.members.models import (
    Maintainer,
    MemberRow,
    MemberSite,
    OrganisationMember,
    ProjectMember,
    Supervisor,
)
from controller.capabilities.members.network import sites_of
from controller.capabilities.members.shapes import Guardian, MemberFields, OnBehalf
from controller.capabilities.organisations.changes import PaidUseExtension
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.domain.time import Utc
from controller.kernel import corrections
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.rows import require_existing

Link = type[OrganisationMember] | type[ProjectMember]
"""A table that links members to organisations or projects."""


_LISTS = (
    Maintainer.access_point_id,
    Supervisor.zone_id,
    MemberSite.site_id,
    OrganisationMember.organisation_id,
    ProjectMember.project_id,
)
"""The columns of the lists in `Memberships`, in their order."""


@dataclass(frozen=True, slots=True)
class Memberships:
    """What a member maintains and supervises, and where they belong; lists are ordered by id."""

    maintains: tuple[str, ...] = ()
    supervises: tuple[str, ...] = ()
    also_at: tuple[str, ...] = ()
    organisations: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()


SAME_NAME = tuple(
    name for name in MemberFields.__struct_fields__ if name in MemberRow.__table__.columns
)
"""Fields of a member that are stored in a column of the same name."""


def row_values(fields: MemberFields) -> dict[str, Any]:
    """Return the changeable columns of a member's row."""
    guardian = fields.guardian
    return {name: getattr(fields, name) for name in SAME_NAME} | {
        "categories": list(fields.categories),
        "aids": [aid.value for aid in fields.aids],
        "guardian_name": guardian and guardian.name,
        "guardian_phone": guardian and guardian.phone,
        "guardian_email": guardian and guardian.email,
    }


def guardian_of(row: MemberRow) -> Guardian | None:
    """Return the person to call for a minor, if stored."""
    if row.guardian_name is None or row.guardian_phone is None:
        return None
    return Guardian(name=row.guardian_name, phone=row.guardian_phone, email=row.guardian_email)


def store_memberships(
    db: Session, row: MemberRow, new: MemberFields, actor: Actor, now: Utc
) -> None:
    """Store a member's organisations and projects.

    A member who leaves the one for which they work then works for themselves.
    """
    sites = sites_of(db, row)
    of_sites = OrganisationRow.site_id.in_(sites)
    require_existing(db, "organisations", OrganisationRow.id, new.organisations, of_sites)
    require_existing(db, "projects", ProjectRow.id, new.projects, ProjectRow.site_id.in_(sites))
    _store_links(db, row.id, new.organisations, new.projects, actor, now)


def check_added(
    db: Session,
    member_id: str,
    old: Memberships | None,
    new: MemberFields | Memberships,
    actor: Actor,
) -> None:
    """Raise Forbidden unless the actor may decide about money at the site of each added membership.

    Use may be billed to an organisation or project, so members can't add themselves. `old`: the
    memberships so far.
    """
    if actor.is_system:
        return
    before = old or Memberships()
    organisations = set(new.organisations) - set(before.organisations)
    projects = set(new.projects) - set(before.projects)
    sites = union(
        select(OrganisationRow.site_id).where(OrganisationRow.id.in_(organisations)),
        select(ProjectRow.site_id).where(ProjectRow.id.in_(projects)),
    )
    for site_id in db.scalars(sites) if organisations or projects else ():
        actor.require(Permission.MONEY_WRITE, site_id)
        corrections.check_not_own(actor, member_id)


def check_not_own(db: Session, actor: Actor, owed_by: str | None, payer: OnBehalf) -> None:
    """Raise Forbidden if the actor, or an organisation or project of theirs, owes this."""
    corrections.check_not_own(actor, owed_by)
    if is_own(db, actor, owed_by, payer):
        text = "somebody else must decide about what your organisation or project owes"
        raise corrections.refuse_own(actor, text)


def check_paid_use_extension(db: Session, extended: PaidUseExtension) -> None:
    """Raise Forbidden if the actor would extend the time for which their own organisation pays."""
    payer = OnBehalf(organisation_id=extended.organisation_id, project_id=extended.project_id)
    check_not_own(db, extended.actor, None, payer)


def is_own(db: Session, actor: Actor, owed_by: str | None, payer: OnBehalf) -> bool:
    """Return whether the actor, or an organisation or project of theirs, owes this."""
    own_members = actor.own_members
    return bool(own_members) and (owed_by in own_members or _any_belongs(db, own_members, payer))


def _any_belongs(db: Session, members: Collection[str], payer: OnBehalf) -> bool:
    """Return whether a member belongs to the project, the organisation, or a project of the
    organisation."""
    in_organisation = select(OrganisationMember).where(
        OrganisationMember.member_id.in_(members),
        OrganisationMember.organisation_id == payer.organisation_id,
    )
    owned = ProjectRow.organisation_id == (payer.organisation_id or "")  # "" matches no project
    in_project = (
        select(ProjectMember)
        .join(ProjectRow, ProjectRow.id == ProjectMember.project_id)
        .where(ProjectMember.member_id.in_(members), or_(ProjectRow.id == payer.project_id, owned))
    )
    return bool(db.scalar(select(or_(in_organisation.exists(), in_project.exists()))))


def end_all(db: Session, row: MemberRow, actor: Actor, now: Utc) -> None:
    """End all memberships of a member who has left, and the choice of who pays for their use."""
    _store_links(db, row.id, (), (), actor, now)


def memberships_of(db: Session, members: Sequence[str]) -> Mapping[str, Memberships]:
    """Return memberships by member, in a single statement, since nearly every page reads them."""
    keys_by_member: dict[str, tuple[list[str], ...]] = {
        member: tuple([] for _ in _LISTS) for member in members
    }
    each_of = (
        select(literal_column(str(place)), column.class_.member_id, column).where(
            column.class_.member_id.in_(members)
        )
        for place, column in enumerate(_LISTS)
    )
    for place, member, key in db.execute(union_all(*each_of)):
        keys_by_member[member][place].append(key)
    return {
        member: Memberships(*(tuple(sorted(keys)) for keys in lists))
        for member, lists in keys_by_member.items()
    }


def count_by_organisation(db: Session, site_id: str, *, actor: Actor) -> dict[str, int]:
    """Return how many members belong to each organisation of a site. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    statement = (
        select(OrganisationMember.organisation_id, func.count())
        .join(OrganisationRow, OrganisationRow.id == OrganisationMember.organisation_id)
        .where(OrganisationRow.site_id == site_id)
        .group_by(OrganisationMember.organisation_id)
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def count_by_project(db: Session, site_id: str, *, actor: Actor) -> dict[str, int]:
    """Return how many members belong to each project of a site. Raises Forbidden."""
    actor.require(Permission.MEMBERS_READ, site_id)
    statement = (
        select(ProjectMember.project_id, func.count())
        .join(ProjectRow, ProjectRow.id == ProjectMember.project_id)
        .where(ProjectRow.site_id == site_id)
        .group_by(ProjectMember.project_id)
    )
    return {row[0]: row[1] for row in db.execute(statement)}


def changed_keys(before: Memberships, after: Memberships) -> dict[str, list[str]]:
    """Return the organisations and projects that were added or removed, for the audit."""
    old, new = ({*it.organisations, *it.projects} for it in (before, after))
    changes = {"joined": sorted(new - old), "quit": sorted(old - new)}
    return {name: keys for name, keys in changes.items() if keys}


def membership_filter(
    organisation_id: str | None, project_id: str | None
) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions that a member belongs to the given organisation and project."""
    if organisation_id is not None:
        of_organisation = OrganisationMember.organisation_id == organisation_id
        yield MemberRow.id.in_(select(OrganisationMember.member_id).where(of_organisation))
    if project_id is not None:
        of_project = ProjectMember.project_id == project_id
        yield MemberRow.id.in_(select(ProjectMember.member_id).where(of_project))


def organisations_by_name(db: Session, site_id: str) -> dict[str, str]:
    """Return a site's organisation ids by every id, and by the `name_key` of every unambiguous
    name."""
    ids_by_name: dict[str, set[str]] = {}
    rows = select(OrganisationRow.id, OrganisationRow.name).where(
        OrganisationRow.site_id == site_id
    )
    for key, name in db.execute(rows):
        for label in {key, *filter(None, name.values())}:
            ids_by_name.setdefault(name_key(label), set()).add(key)
    return {name: next(iter(keys)) for name, keys in ids_by_name.items() if len(keys) == 1}


def name_key(name: str) -> str:
    """Normalise a name for comparison, ignoring case and the encoding of accents."""
    return unicodedata.normalize("NFKC", name).casefold()


def organisation_names(db: Session, members: Sequence[str]) -> dict[str, list[str]]:
    """Return the names of each member's organisations, preferably in French."""
    rows = (
        select(OrganisationMember.member_id, OrganisationRow.name)
        .join(OrganisationRow, OrganisationRow.id == OrganisationMember.organisation_id)
        .where(OrganisationMember.member_id.in_(members))
        .order_by(OrganisationRow.id)
    )
    names: dict[str, list[str]] = {}
    for member, name in db.execute(rows):
        names.setdefault(member, []).append(name.get("fr") or name["en"])
    return names


def is_member(db: Session, member_id: str, payer: OnBehalf) -> bool:
    """Return whether the member belongs to the project and the organisation.

    Belonging to the project is enough if the organisation owns it.
    """
    if payer.project_id is not None:
        if db.get(ProjectMember, (payer.project_id, member_id)) is None:
            return False
        if db.get_one(ProjectRow, payer.project_id).organisation_id == payer.organisation_id:
            return True
    if payer.organisation_id is not None:
        return db.get(OrganisationMember, (payer.organisation_id, member_id)) is not None
    return True


def projects_without_others(db: Session, member_id: str, worked_for: Collection[str]) -> set[str]:
    """Return the projects to which this member belongs, or for which they worked, and to which
    nobody else belongs."""
    belongs = select(ProjectMember.project_id).where(ProjectMember.member_id == member_id)
    projects = {*worked_for, *db.scalars(belongs)}
    of_others = select(ProjectMember.project_id).where(
        ProjectMember.member_id != member_id, ProjectMember.project_id.in_(projects)
    )
    return projects - set(db.scalars(of_others))


def _store_links(
    db: Session,
    member_id: str,
    organisations: Iterable[str],
    projects: Iterable[str],
    actor: Actor,
    now: Utc,
) -> None:
    left, joined = _replace_links(
        db, member_id, OrganisationMember, "organisation_id", set(organisations)
    )
    left_projects, joined_projects = _replace_links(
        db, member_id, ProjectMember, "project_id", set(projects)
    )
    db.flush()
    check_work(db, member_id, now)
    for event in (
        MembershipsEnded(
            member_id=member_id, organisations=left, projects=left_projects, actor=actor, now=now
        ),
        MembershipsBegan(
            member_id=member_id,
            organisations=joined,
            projects=joined_projects,
            actor=actor,
            now=now,
        ),
    ):
        if event.organisations or event.projects:
            react(db, event)


def _replace_links(
    db: Session, member_id: str, model: Link, column: str, wanted_keys: set[str]
) -> tuple[set[str], set[str]]:
    """Make the member's rows match the keys; return the removed and the added keys."""
    rows: Iterable[Any] = db.scalars(select(model).where(model.member_id == member_id))
    rows_by_key = {getattr(row, column): row for row in rows}
    removed, added = rows_by_key.keys() - wanted_keys, wanted_keys - rows_by_key.keys()
    for key in removed:
        db.delete(rows_by_key[key])
    db.add_all(model(member_id=member_id, **{column: key}) for key in sorted(added))
    return removed, added


def check_work(db: Session, member_id: str, now: Utc) -> None:
    """Make the member work for themselves if they left the organisation or project for which they
    worked."""
    current = works_for.current(db, [member_id]).get(member_id, works_for.NOBODY)
    if not is_member(db, member_id, current):
        works_for.store(db, member_id, works_for.NOBODY, now)
