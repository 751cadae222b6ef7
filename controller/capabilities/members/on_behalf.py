"""On whose behalf people work: to which organisation and project their use is booked."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import memberships, works_for
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sees, sites_of
from controller.capabilities.members.news import MemberNews
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.outbox import tell
from controller.kernel.rows import get_or_404


def choose(db: Session, member_id: str, new: OnBehalf, *, actor: Actor, now: Utc) -> OnBehalf:
    """From now on the member works for these, of which they are a member; none: for themselves.

    For that person, and for the desk. Raises NotFound, Forbidden, Invalid.
    """
    row = get_or_404(db, MemberRow, member_id, "member")
    if not sees(db, actor, row):
        raise NotFound("member", member_id)
    if actor.member_id != row.id:
        actor.require(Permission.MEMBERS_WRITE, row.site_id)
    chosen = resolve(db, sites_of(db, row), new, now)
    # Whoever ends their membership at the same moment comes before or after.
    db.execute(select(MemberRow.id).where(MemberRow.id == row.id).with_for_update(key_share=True))
    check_member(db, row.id, chosen)
    works_for.note(db, row.id, chosen, now)
    subject = f"member:{row.id}"
    audit.record(db, actor, now, "works_for_set", subject, row.site_id, **payer(chosen))
    tell(db, MemberNews(site=row.site_id, key=row.id))
    return chosen


def resolve(db: Session, sites: Collection[str], asked: OnBehalf, at: Utc) -> OnBehalf:
    """What was asked with the project's organisation; both exist at these sites, at that time."""
    wanted = asked.organisation_id
    organisation = None if wanted is None else db.get(OrganisationRow, wanted)
    if wanted is not None and (organisation is None or organisation.site_id not in sites):
        raise Invalid.of("organisation_id", f"no organisation {wanted} here")
    if organisation is not None and not organisation.active:
        raise Invalid.of("organisation_id", "this organisation is no longer active")
    if asked.project_id is None:
        return asked
    project = _project(db, asked.project_id, sites, at)
    owner = project.organisation_id or asked.organisation_id
    if asked.organisation_id not in (None, owner):
        raise Invalid.of("organisation_id", "the project belongs to another organisation")
    return OnBehalf(organisation_id=owner, project_id=project.id)


def payer(chosen: OnBehalf) -> dict[str, str]:
    """As the audit names it, without what is not chosen."""
    named = {"organisation": chosen.organisation_id, "project": chosen.project_id}
    return {name: key for name, key in named.items() if key is not None}


def check_member(db: Session, member_id: str, chosen: OnBehalf) -> None:
    """Raise Invalid unless they are a member: of the project, and of who pays without owning it."""
    project = OnBehalf(project_id=chosen.project_id)
    if chosen.project_id is not None and not memberships.is_member(db, member_id, project):
        raise Invalid.of("project_id", "this person is no member of it")
    if not memberships.is_member(db, member_id, chosen):
        raise Invalid.of("organisation_id", "this person is no member of it")


def asked(
    db: Session, site_id: str, member_id: str, new: OnBehalf, *, actor: Actor, at: Utc
) -> OnBehalf:
    """What is to be booked for a member: anything at the desk, for oneself one's own."""
    chosen = resolve(db, [site_id], new, at)
    is_own = may_be_own(actor, site_id, member_id)
    if is_own or not actor.may(Permission.MEMBERS_WRITE, site_id):
        check_member(db, member_id, chosen)
    return chosen


def may_be_own(actor: Actor, site_id: str, member_id: str | None) -> bool:
    """Whether the actor chooses who pays for what is, or may be, their own.

    An account that is nobody's may be this member's, unless it decides about money.
    """
    if actor.is_system or member_id is None:
        return False
    if actor.member_id is None:
        return not actor.may(Permission.MONEY_WRITE, site_id)
    return actor.member_id == member_id


def usual(db: Session, site_id: str, member_id: str, at: Utc) -> OnBehalf:
    """What the member works for now, if it is of this site and goes on until then."""
    chosen = works_for.current(db, [member_id]).get(member_id, works_for.NOBODY)
    try:
        return resolve(db, [site_id], chosen, at)
    except Invalid:
        return works_for.NOBODY


def patched(patch: object) -> object:
    """The merge patch so that another project brings its own organisation."""
    if isinstance(patch, Mapping) and "project_id" in patch and "organisation_id" not in patch:
        return {**patch, "organisation_id": None}
    return patch


def _project(db: Session, key: str, sites: Collection[str], at: Utc) -> ProjectRow:
    project = db.get(ProjectRow, key)
    if project is None or project.site_id not in sites:
        raise Invalid.of("project_id", f"no project {key} here")
    if at < project.starts_at or (project.ends_at is not None and at >= project.ends_at):
        raise Invalid.of("project_id", "this project has not begun, or is over")
    return project
