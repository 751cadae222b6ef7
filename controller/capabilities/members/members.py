"""Creates, reads, changes, suspends and deletes members."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from controller.capabilities.members import memberships, network, suspensions, works_for
from controller.capabilities.members import search as member_search
from controller.capabilities.members.changes import (
    ContactChanged,
    MaintainedPointsChanged,
    MemberLeft,
    MemberNews,
    MemberRemovedFromSite,
    MemberTakenBack,
    SupervisedZonesChanged,
)
from controller.capabilities.members.models import (
    Maintainer,
    MemberRow,
    MemberSite,
    MemberWord,
    Supervisor,
)
from controller.capabilities.members.shapes import (
    PRIVATE_TEXTS,
    Category,
    Member,
    MemberChange,
    MemberFields,
    NewMember,
    OnBehalf,
)
from controller.capabilities.places.models import SiteRow, ZoneRow
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor, Permission
from controller.kernel.capability import react
from controller.kernel.corrections import check_reason
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.journal_where import may_be_mentioned
from controller.kernel.lookalikes import check_name
from controller.kernel.mapping import to_shape
from controller.kernel.outbox import post_news
from controller.kernel.paging import FIRST, Cursor, Page
from controller.kernel.paging import page as paged
from controller.kernel.rows import get_or_404, require_existing, require_version, resolve_site
from controller.kernel.validate import merge
from controller.policy import invalidate
from controller.policy.invalidation import INVALIDATED_BY_HAND
from controller.wire.ids import uuid7

TAKE_BACK_WITHIN = timedelta(minutes=5)
"""How long a member who was created by mistake can be deleted without an erasure."""


def new_ref() -> str:
    """Return a random reference that stands for a person in events and in the policy."""
    return secrets.token_urlsafe(16)


def create(db: Session, new: NewMember, *, actor: Actor, now: Utc) -> Member:
    """Create a member. Raises Invalid, Forbidden."""
    site_id = resolve_site(db, actor, Permission.MEMBERS_WRITE, new.site_id)
    check_name("display_name", new.display_name)
    row = MemberRow(id=uuid7(), ref=new_ref(), site_id=site_id, created_at=now)
    _set_fields(row, new)
    db.add(row)
    db.flush()
    _store_duties(db, row, new, actor, now)
    _store_sites(db, row, new, now)
    memberships.check_added(db, row.id, None, new, actor)
    memberships.store_memberships(db, row, new, actor, now)
    member_search.index(db, row.id, row.display_name, row.email)
    # The desk could enter its own address, so `badges.handing_over` trusts it only after a while.
    is_from_desk = new.email is not None and not actor.may(Permission.CERTIFY, site_id)
    audit_detail = {"address": True} if is_from_desk else {}
    audit.record(db, actor, now, "member_created", f"member:{row.id}", site_id, **audit_detail)
    post_news(db, MemberNews(site=site_id, key=row.id))
    return _shapes(db, [row], actor)[0]


def get(db: Session, member_id: str, *, actor: Actor) -> Member:
    """Return a member, to staff who may read members and to that member. Raises NotFound."""
    return _shapes(db, [member_row(db, member_id, actor)], actor)[0]


def member_row(db: Session, member_id: str, actor: Actor) -> MemberRow:
    """Return the member's row. Raises NotFound if it doesn't exist or the actor may not see it."""
    row = get_or_404(db, MemberRow, member_id, "member")
    if not network.sees(db, actor, row):
        raise NotFound("member", member_id)
    return row


def page(
    db: Session,
    *,
    actor: Actor,
    organisation_id: str | None = None,
    project_id: str | None = None,
    search: str | None = None,
    cursor: Cursor = FIRST,
) -> Page[Member]:
    """Return a page of the members known at the actor's sites.

    With `organisation_id` or `project_id`, only its members.

    `search`: each of its words must be the beginning of a word of the name, ignoring case and
    accents. The best matches come first; then `next` is not an id.
    """
    actor.require_anywhere(Permission.MEMBERS_READ)
    if search is not None:
        conditions = memberships.membership_filter(organisation_id, project_id)
        hits = member_search.matching_members(db, search, *conditions, actor=actor, cursor=cursor)
        return Page(items=_shapes(db, hits.items, actor), next=hits.next)
    statement = select(MemberRow).where(network.known_at(actor.sites(Permission.MEMBERS_READ)))
    statement = statement.where(*memberships.membership_filter(organisation_id, project_id))
    return paged(db, statement, MemberRow.id, cursor, lambda rows: _shapes(db, rows, actor))


def change(
    db: Session,
    member_id: str,
    patch: object,
    *,
    version: int | None,
    actor: Actor,
    now: Utc,
    key: str | None = None,
) -> Member:
    """Apply a merge patch. Status `left` immediately ends sign-ins, tokens, roles and badges.

    Status `suspended` needs a reason, unless a manager's token sets it. Status `left` needs one if
    the member has a current subscription or pass. `key`: the suspension's id, if a bulk operation
    chooses it.

    Raises Invalid, Stale, NotFound, Forbidden. Raises NeedsAdmin if a member with a staff role
    would leave, or get another name or other contact details.
    """
    row = member_row(db, member_id, actor)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    require_version(row, version)
    before = row.status
    new = merge(_shapes(db, [row], actor)[0], patch, MemberChange)
    if new.display_name != row.display_name:
        check_name("display_name", new.display_name)
    if new.status is not before:
        _suspend_or_end(db, row, new, actor, now, key)
    name, contact = row.display_name, (row.email, row.phone)
    _set_fields(row, new)
    flag_modified(row, "display_name")  # also increases the version if nothing changed
    if (name, contact) != (row.display_name, (row.email, row.phone)):
        email = contact[0]
        react(db, ContactChanged(member=row, old_name=name, old_email=email, actor=actor, now=now))
    _store_duties(db, row, new, actor, now)
    is_active = row.status is MemberStatus.ACTIVE
    zones = new.supervises if is_active else ()
    react(db, SupervisedZonesChanged(member=row, zones=zones, now=now))
    site_changes = _store_sites(db, row, new, now)
    current = memberships.memberships_of(db, [row.id])[row.id]
    memberships.check_added(db, row.id, current, new, actor)
    memberships.store_memberships(db, row, new, actor, now)
    member_search.index(db, row.id, row.display_name, row.email)
    if row.status is MemberStatus.LEFT and before is not MemberStatus.LEFT:
        _end_membership(db, row, new.reason, actor, now)
    reason = None
    audit_detail: dict[str, object] = (
        {"status": row.status.value} if row.status is not before else {}
    )
    audit_detail |= site_changes
    if name != row.display_name:
        audit_detail |= {"renamed": True, "same_name": has_namesake(db, row.id)}
        reason = f"{name} → {row.display_name}"
    if contact[0] != row.email:
        audit_detail["address"] = True
    if contact[1] != row.phone:
        audit_detail["phone"] = True
    audit_detail |= memberships.changed_keys(
        current, memberships.memberships_of(db, [row.id])[row.id]
    )
    subject = f"member:{row.id}"
    audit.record(
        db, actor, now, "member_changed", subject, row.site_id, reason=reason, **audit_detail
    )
    post_news(db, MemberNews(site=row.site_id, key=row.id))
    db.flush()
    return _shapes(db, [row], actor)[0]


def take_back(
    db: Session, member_id: str, *, actor: Actor, now: Utc, within: timedelta = TAKE_BACK_WITHIN
) -> None:
    """Delete a member who was created by mistake, with their badges and rights.

    Raises Conflict if it is too late, or if the member has been active or was sent to an agent.
    """
    row = member_row(db, member_id, actor)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    if now - row.created_at > within:
        raise Conflict("too late to take this member back; erase the member instead")
    if may_be_mentioned(db, row.ref, row.created_at):
        raise Conflict(
            "a box may already have the rights of this person, even if it is offline;"
            " erase the member instead"
        )
    try:
        with db.begin_nested():
            react(db, MemberTakenBack(member_id=row.id))
            db.execute(delete(MemberWord).where(MemberWord.member_id == row.id))
            db.delete(row)
            db.flush()
    except IntegrityError as problem:
        raise Conflict("other records refer to this person; erase the member instead") from problem
    audit.record(db, actor, now, "member_taken_back", f"member:{member_id}", row.site_id)
    post_news(db, MemberNews(site=row.site_id, key=member_id))


def suspend(
    db: Session, member_id: str, reason: str, *, actor: Actor, now: Utc, key: str | None = None
) -> Member:
    """Suspend a member: nothing opens for them until they are reinstated.

    `key`: the id of the suspension, if a bulk operation chooses it. Raises Conflict, NotFound,
    Forbidden.
    """
    row = member_row(db, member_id, actor)
    actor.require(Permission.MEMBERS_WRITE, row.site_id)
    if row.status is not MemberStatus.ACTIVE:
        raise Conflict(f"this person is {row.status} already")
    patch = {"status": "suspended", "reason": reason}
    return change(db, member_id, patch, version=None, actor=actor, now=now, key=key)


def reinstate(db: Session, member_id: str, *, actor: Actor, now: Utc) -> Member:
    """End a suspension, as a manager or as the person who started it.

    Raises Conflict, NotFound, Forbidden.
    """
    if member_row(db, member_id, actor).status is not MemberStatus.SUSPENDED:
        raise Conflict("this person is not suspended")
    return change(db, member_id, {"status": "active"}, version=None, actor=actor, now=now)


def come_back(db: Session, member_id: str, *, actor: Actor, now: Utc) -> Member:
    """Record that a former member is back; suspended, if they were suspended when they left.

    Raises Conflict, NotFound, Forbidden.
    """
    if member_row(db, member_id, actor).status is not MemberStatus.LEFT:
        raise Conflict("this person has not left")
    reason = suspensions.open_reason(db, member_id)
    patch = {"status": "suspended", "reason": reason} if reason else {"status": "active"}
    return change(db, member_id, patch, version=None, actor=actor, now=now)


def _suspend_or_end(
    db: Session, row: MemberRow, new: MemberChange, actor: Actor, now: Utc, key: str | None
) -> None:
    """Start or end a suspension when the status changes.

    A member who leaves while suspended is still suspended on return.
    """
    if row.status is MemberStatus.LEFT:
        suspensions.check_return(db, row, actor)
    if new.status is MemberStatus.LEFT:
        suspensions.check_end(db, row, actor)
    elif new.status is not MemberStatus.SUSPENDED:
        suspensions.end(db, row, actor, now)
    if new.status is MemberStatus.SUSPENDED:
        if not (actor.is_token and actor.may(Permission.CERTIFY, row.site_id)):
            check_reason(actor, new.reason, "say why the access is suspended")
        if new.reason:
            suspensions.store_reason(db, row, new.reason, actor, now, key)


def _end_membership(
    db: Session, row: MemberRow, reason: str | None, actor: Actor, now: Utc
) -> None:
    """End everything that a member has who leaves, and record who said so.

    If a manager did, only a manager can take the member back (`suspensions.check_return`).
    """
    react(db, MemberLeft(member=row, actor=actor, now=now, reason=reason))
    memberships.end_all(db, row, actor, now)
    subject, is_manager = f"member:{row.id}", actor.may_by_role(Permission.CERTIFY, row.site_id)
    audit_detail = {suspensions.BY_MANAGER: True} if is_manager else {}
    audit.record(
        db, actor, now, suspensions.LEFT, subject, row.site_id, reason=reason, **audit_detail
    )


def has_namesake(db: Session, member_id: str) -> bool:
    """Return whether another member, at any site, has a name that looks the same."""
    name = db.get_one(MemberRow, member_id).display_name
    return bool(member_search.names_alike(db, [name], but=[member_id]))


def _set_fields(row: MemberRow, new: MemberFields | NewMember) -> None:
    for name, value in memberships.row_values(new).items():
        setattr(row, name, value)


def _store_duties(
    db: Session, row: MemberRow, new: MemberFields | NewMember, actor: Actor, now: Utc
) -> None:
    """Store the machines that the member maintains and the zones that they supervise.

    A change requires a manager.
    """
    old = _shapes(db, [row], actor)[0]
    before, after = _duties_of(old), _duties_of(new)
    if before == after:
        return
    actor.require(Permission.RULES_WRITE, row.site_id)
    react(db, MaintainedPointsChanged(site_id=row.site_id, access_points=new.maintains))
    require_existing(db, "supervises", ZoneRow.id, new.supervises, ZoneRow.site_id == row.site_id)
    invalidated = {INVALIDATED_BY_HAND: True}
    for model in (Maintainer, Supervisor):
        statement = delete(model).where(model.member_id == row.id)
        db.execute(statement, execution_options=invalidated)
    db.add_all(Maintainer(member_id=row.id, access_point_id=key) for key in set(new.maintains))
    db.add_all(Supervisor(member_id=row.id, zone_id=key) for key in set(new.supervises))
    invalidate(db, "member", [row.id])
    for (duty, place_kind, key), change in (
        *((added, "named") for added in sorted(after - before)),
        *((removed, "relieved") for removed in sorted(before - after)),
    ):
        action, subject = f"{duty}_{change}", f"member:{row.id}"
        audit.record(db, actor, now, action, subject, row.site_id, **{place_kind: key})
    db.flush()


def _duties_of(fields: MemberFields) -> frozenset[tuple[str, str, str]]:
    """Return each duty as the audit log has it: the duty, the kind of place, and its id."""
    maintains = (("maintainer", "access_point", key) for key in fields.maintains)
    return frozenset((*maintains, *(("supervisor", "zone", key) for key in fields.supervises)))


def _store_sites(
    db: Session, row: MemberRow, new: MemberFields | NewMember, now: Utc
) -> dict[str, list[str]]:
    """Store at which sites, besides the home site, the member is known.

    Return what the audit says of it.
    """
    require_existing(db, "also_at", SiteRow.id, new.also_at)
    if row.site_id in new.also_at:
        raise Invalid.of("also_at", f"{row.site_id} is the home site")
    stored_sites = {
        site.site_id: site
        for site in db.scalars(select(MemberSite).where(MemberSite.member_id == row.id))
    }
    gone, added = set(stored_sites) - set(new.also_at), set(new.also_at) - set(stored_sites)
    for site in gone:
        db.delete(stored_sites[site])
        react(db, MemberRemovedFromSite(member_id=row.id, site_id=site, now=now))
    db.add_all(MemberSite(member_id=row.id, site_id=key) for key in added)
    db.flush()
    changes = ((network.SITES_GONE, gone), ("sites_new", added))
    return {key: sorted(sites) for key, sites in changes if sites}


def _shapes(db: Session, rows: Sequence[MemberRow], actor: Actor) -> list[Member]:
    """Return the rows as the API shows them to this actor."""
    ids = [row.id for row in rows]
    belongs, work = memberships.memberships_of(db, ids), works_for.current(db, ids)
    return [_shape(row, belongs[row.id], work.get(row.id), actor) for row in rows]


def _shape(
    row: MemberRow, belongs: memberships.Memberships, work: OnBehalf | None, actor: Actor
) -> Member:
    may_call = _may_call(row, belongs.also_at, actor)
    return to_shape(
        row,
        Member,
        **asdict(belongs),
        **dict.fromkeys(() if may_call else PRIVATE_TEXTS),
        guardian=memberships.guardian_of(row) if may_call else None,
        guardian_missing=Category.MINOR in row.categories and row.guardian_name is None,
        works_for=work or works_for.NOBODY,
    )


def _may_call(row: MemberRow, also_at: Iterable[str], actor: Actor) -> bool:
    """Return whether the actor may read the member's phone number and guardian."""
    write = Permission.MEMBERS_WRITE
    return actor.member_id == row.id or any(
        actor.may(write, site) for site in (row.site_id, *also_at)
    )
