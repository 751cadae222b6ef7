"""Chooses and checks the organisation and project to which a member's use is billed."""

from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.members import memberships, works_for
from controller.capabilities.members.changes import MemberNews
from controller.capabilities.members.models import MemberRow
from controller.capabilities.members.network import sees, sites_of
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations.models import OrganisationRow, ProjectRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.errors import Invalid, NotFound
from controller.kernel.outbox import post_news
from controller.kernel.rows import get_or_404

_NAME_PAYER = ": name who pays, or nobody"
"""Appended to errors about the choice."""


def choose(db: Session, member_id: str, new: OnBehalf, *, actor: Actor, now: Utc) -> OnBehalf:
    """Set the organisation and project for which the member works from now on; none: for
    themselves.

    Allowed for the member, who must belong to them, and the desk. Raises NotFound, Forbidden,
    Invalid.
    """
    row = _writable(db, member_id, actor)
    chosen = resolve(db, sites_of(db, row), new, now)
    check_member(db, row.id, chosen)
    _store(db, row, chosen, actor, now)
    return chosen


def restore(db: Session, member_id: str, ended_at: Utc, *, actor: Actor, now: Utc) -> None:
    """Make the member work again for those whom they left at that moment, if they belong to them
    and have chosen nothing else since. Raises NotFound, Forbidden."""
    row = _writable(db, member_id, actor)
    _lock_member(db, row.id)
    former = works_for.choice_until(db, row.id, ended_at)
    if former != works_for.NOBODY and memberships.is_member(db, row.id, former):
        _store(db, row, former, actor, now)


def _writable(db: Session, member_id: str, actor: Actor) -> MemberRow:
    row = get_or_404(db, MemberRow, member_id, "member")
    if not sees(db, actor, row):
        raise NotFound("member", member_id)
    if actor.member_id != row.id:
        actor.require(Permission.MEMBERS_WRITE, row.site_id)
    return row


def _store(db: Session, row: MemberRow, chosen: OnBehalf, actor: Actor, now: Utc) -> None:
    works_for.store(db, row.id, chosen, now)
    subject = f"member:{row.id}"
    audit.record(db, actor, now, "works_for_set", subject, row.site_id, **audit_details(chosen))
    post_news(db, MemberNews(site=row.site_id, key=row.id))


def resolve(db: Session, sites: Collection[str], choice: OnBehalf, at: Utc) -> OnBehalf:
    """Return the choice, completed with the organisation that owns the project.

    Raises Invalid unless both exist at these sites, and the project runs at that time.
    """
    _check_organisation(db, choice.organisation_id, sites)
    if choice.project_id is None:
        return choice
    project = _project(db, choice.project_id, sites, at)
    owner = project.organisation_id or choice.organisation_id
    if choice.organisation_id not in (None, owner):
        raise Invalid.of("organisation_id", "the project belongs to another organisation")
    _check_organisation(db, owner, sites)
    return OnBehalf(organisation_id=owner, project_id=project.id)


def audit_details(chosen: OnBehalf) -> dict[str, str]:
    """Return the choice as audit details, without empty fields."""
    details = {"organisation": chosen.organisation_id, "project": chosen.project_id}
    return {name: key for name, key in details.items() if key is not None}


def check_member(db: Session, member_id: str, chosen: OnBehalf) -> None:
    """Raise Invalid unless the member belongs to the project, and to an organisation that pays for
    it.

    The project's own organisation needs no membership.
    """
    _lock_member(db, member_id)
    project = OnBehalf(project_id=chosen.project_id)
    if chosen.project_id is not None and not memberships.is_member(db, member_id, project):
        raise Invalid.of("project_id", f"this person is no member of it{_NAME_PAYER}")
    if not memberships.is_member(db, member_id, chosen):
        raise Invalid.of("organisation_id", f"this person is no member of it{_NAME_PAYER}")


def resolve_on_behalf(
    db: Session, site_id: str, member_id: str, new: OnBehalf, *, actor: Actor, at: Utc
) -> OnBehalf:
    """Resolve and check the choice for a member's booking or charge. Raises Forbidden, Invalid."""
    chosen = resolve(db, [site_id], new, at)
    check_payer(db, site_id, member_id, chosen, actor=actor)
    return chosen


def check_payer(
    db: Session, site_id: str, member_id: str | None, chosen: OnBehalf, *, actor: Actor
) -> None:
    """Check that the actor may bill a booking to this payer.

    Staff with the money permission may name any payer for others; other people who may book for a
    member may name only a payer to which the member belongs (ADR 0245). `member_id` is the user;
    None for a group or an unnamed person. Raises Forbidden, Invalid.
    """
    if actor.is_system or chosen == works_for.NOBODY:
        return
    if member_id is None:
        actor.require(Permission.MONEY_WRITE, site_id)
    elif member_id in actor.own_members or not actor.may(Permission.MONEY_WRITE, site_id):
        check_member(db, member_id, chosen)


def may_be_own(actor: Actor, site_id: str, member_id: str | None) -> bool:
    """Return whether the actor could be choosing the payer of their own use.

    An unlinked account could belong to this member, unless it decides about money.
    """
    if actor.is_system or member_id is None:
        return False
    if actor.member_id is None and not actor.may(Permission.MONEY_WRITE, site_id):
        return True
    return member_id in actor.own_members


def current_payer(db: Session, site_id: str, member_id: str, at: Utc) -> OnBehalf:
    """Return the payer of the member's use, if valid at this site and time; else an empty
    choice."""
    _lock_member(db, member_id)
    chosen = works_for.current(db, [member_id]).get(member_id, works_for.NOBODY)
    return still_valid(db, site_id, chosen, at)


def still_valid(db: Session, site_id: str, chosen: OnBehalf, at: Utc) -> OnBehalf:
    """Return an earlier choice, if still valid at this site and time; else an empty one."""
    project = None if chosen.project_id is None else db.get(ProjectRow, chosen.project_id)
    if project is not None and project.organisation_id is not None:
        chosen = OnBehalf(project_id=project.id)  # its owner may have changed
    try:
        return resolve(db, [site_id], chosen, at)
    except Invalid:
        return works_for.NOBODY


def complete_patch(patch: object) -> object:
    """Complete a merge patch so that a new project also clears the organisation."""
    if isinstance(patch, Mapping) and "project_id" in patch and "organisation_id" not in patch:
        return {**patch, "organisation_id": None}
    return patch


def _lock_member(db: Session, member_id: str) -> None:
    """Lock the member's row, so that no membership ends during a check."""
    row = select(MemberRow.id).where(MemberRow.id == member_id)
    db.execute(row.with_for_update(key_share=True))


def _check_organisation(db: Session, key: str | None, sites: Collection[str]) -> None:
    organisation = None if key is None else db.get(OrganisationRow, key)
    if key is not None and (organisation is None or organisation.site_id not in sites):
        raise Invalid.of("organisation_id", f"no organisation {key} here")
    if organisation is not None and not organisation.active:
        raise Invalid.of("organisation_id", f"this organisation is no longer active{_NAME_PAYER}")


def _project(db: Session, key: str, sites: Collection[str], at: Utc) -> ProjectRow:
    project = db.get(ProjectRow, key)
    if project is None or project.site_id not in sites:
        raise Invalid.of("project_id", f"no project {key} here")
    if at < project.starts_at or (project.ends_at is not None and at >= project.ends_at):
        raise Invalid.of("project_id", f"this project has not begun, or has ended{_NAME_PAYER}")
    return project
