"""The people of an organisation or a project: list, search by name, add, remove."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.bookings import upcoming_bookings
from controller.capabilities.members import members, memberships, on_behalf, works_for
from controller.capabilities.members.shapes import OnBehalf
from controller.capabilities.organisations import organisations, projects
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import ServiceError
from controller.kernel.paging import Cursor
from webui.context import context
from webui.guard import actor, is_allowed, site
from webui.i18n import _, plural
from webui.members import namesakes
from webui.members.member_action import known_here, refusal
from webui.organisations.views import People, Person
from webui.undo import done_with_undo, flash_done, moment_done
from webui.write_actions import write_action

PAGE = 25
"""People per page of the list."""
MAX_SUGGESTIONS = 8
"""How many people are offered for a name that was typed."""


class Kind(StrEnum):
    """Whether it is an organisation or a project."""

    ORGANISATION = "organisation"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Whole:
    """An organisation or a project, and the addresses of its pages."""

    kind: Kind
    id: str

    @property
    def page(self) -> str:
        """The address of its page."""
        endpoints = {Kind.ORGANISATION: "organisations.one", Kind.PROJECT: "projects.edit"}
        return url_for(endpoints[self.kind], **self.values())

    def act(self, name: str, **values: str) -> str:
        """Return the address for adding or removing somebody."""
        return url_for(f"{self.kind}s.{name}", **self.values(**values))

    def values(self, **more: str) -> dict[str, Any]:
        """Return the arguments for `url_for`."""
        return {self.kind.value: self.id, **more}


def may_decide_payer() -> bool:
    """Whether the reader decides about money, and so about who may be added or brought back."""
    return is_allowed(Permission.MONEY_WRITE)


def flash_done_with_undo_if_allowed(text: str, back: str, **values: str) -> None:
    """Show that it is done, with an undo button for those who may undo it."""
    if may_decide_payer():
        done_with_undo(text, back, **values)
    else:
        flash_done(text)


def people(db: Session, whole: Whole, *, is_sought: bool = False) -> People:
    """Return the people who belong to it; with `is_sought`, also candidates for the typed name."""
    who = " ".join(request.form.get("who", "").split())[:200] if is_sought else ""
    after, acting = request.args.get("after", "")[:40], actor()
    of = {f"{whole.kind}_id": whole.id}
    members_page = members.page(
        db, actor=acting, cursor=Cursor(after=after or None, limit=PAGE), **of
    )
    like = (
        members.page(db, actor=acting, search=who, cursor=Cursor(limit=MAX_SUGGESTIONS))
        if who
        else None
    )
    names = {} if like is None else {member.id: member.display_name for member in like.items}
    beside = namesakes.distinguishing_marks(db, names)
    candidates = tuple(_person(whole, key, name, beside.get(key)) for key, name in names.items())
    nobody = ""
    if is_sought and not candidates:
        nobody = _("Nobody here has this name.") if who else _("Enter a name.")
    counted = _counted_members(db, whole, [member.id for member in members_page.items])
    return People(
        listed=tuple(
            _person(whole, member.id, member.display_name, works_for=member.id in counted)
            for member in members_page.items
        ),
        count=_count_text(db, whole),
        add=whole.act("add_person"),
        page=whole.page,
        after=after,
        next=members_page.next or "",
        who=who,
        nobody=nobody,
        candidates=candidates,
        may_add=may_decide_payer(),
    )


def _person(
    whole: Whole, key: str, name: str, beside: str | None = None, *, works_for: bool = False
) -> Person:
    remove = whole.act("remove_person", member=key)
    full_name = f"{name} ({beside})" if beside else name
    return Person(id=key, name=full_name, remove=remove, works_for=works_for)


def _counted_members(db: Session, whole: Whole, ids: Collection[str]) -> set[str]:
    """Return the members whose use is counted for it now: not for one that is closed or over."""
    payers = works_for.current(db, ids)
    now = context().clock()
    valid_payers = {
        payer
        for payer in set(payers.values())
        if whole.id in (payer.organisation_id, payer.project_id)
        and on_behalf.still_valid(db, site().id, payer, now) == payer
    }
    return {member for member, payer in payers.items() if payer in valid_payers}


def count(db: Session, organisation: str) -> int:
    """Return how many people belong to an organisation."""
    return memberships.count_by_organisation(db, site().id, actor=actor()).get(organisation, 0)


def _count_text(db: Session, whole: Whole) -> str:
    if whole.kind is Kind.PROJECT:
        return ""
    return plural("%(n)s person", "%(n)s people", count(db, whole.id))


def add(whole: Whole, member: str) -> ResponseReturnValue:
    """Add the member to it; it can be undone.

    If this undoes that they were removed, their use is counted for it again if it was before.
    """
    texts = {
        Kind.ORGANISATION: lambda name: _("%(name)s comes for this organisation too.", name=name),
        Kind.PROJECT: lambda name: _("%(name)s belongs to the project.", name=name),
    }[whole.kind]
    removed_at = moment_done() if "at" in request.form else None
    return _run_change(
        whole, member, {whole.id}.union, texts, back="remove_person", removed_at=removed_at
    )


def remove(whole: Whole, member: str) -> ResponseReturnValue:
    """Remove the member from it; it can be undone."""
    texts = {
        Kind.ORGANISATION: lambda name: _(
            "%(name)s no longer comes for this organisation.", name=name
        ),
        Kind.PROJECT: lambda name: _("%(name)s no longer belongs to the project.", name=name),
    }[whole.kind]
    return _run_change(whole, member, lambda held: {*held} - {whole.id}, texts, back="add_person")


def _run_change(
    whole: Whole,
    member: str,
    change: Callable[[tuple[str, ...]], set[str]],
    text_of: Callable[[str], str],
    *,
    back: str,
    removed_at: Utc | None = None,
) -> ResponseReturnValue:
    with write_action(ServiceError, refusal, redirect(whole.page, 303)) as (db, now):
        before = count_bookings(db, whole, member)
        name = _change_membership(db, whole, member, change, now)
        if removed_at is not None:
            on_behalf.restore(db, member, removed_at, actor=actor(), now=now)
        text = with_moved_bookings(db, text_of(name), whole, before, member)
    values = whole.values(member=member, at=now.text())
    flash_done_with_undo_if_allowed(text, f"{whole.kind}s.{back}", **values)
    return redirect(whole.page, 303)


def _change_membership(
    db: Session, whole: Whole, member: str, change: Callable[[tuple[str, ...]], set[str]], now: Utc
) -> str:
    """Change the member's membership, and return their name. Raises NotFound, Forbidden,
    Invalid."""
    services = {Kind.ORGANISATION: organisations.get, Kind.PROJECT: projects.get}
    services[whole.kind](db, whole.id, actor=actor())
    person = known_here(db, member)
    current = {Kind.ORGANISATION: person.organisations, Kind.PROJECT: person.projects}[whole.kind]
    patch = {f"{whole.kind}s": sorted(change(current))}
    members.change(db, member, patch, version=None, actor=actor(), now=now)
    return person.display_name


def count_bookings(db: Session, whole: Whole, member: str | None = None) -> int:
    """Return how many bookings that are not over are billed to it; with `member`, only theirs."""
    payer = OnBehalf(**{f"{whole.kind}_id": whole.id})
    return upcoming_bookings.count_billed_to(db, payer, member)


def with_moved_bookings(
    db: Session, text: str, whole: Whole, before: int, member: str | None = None
) -> str:
    """Add to the confirmation how many bookings it no longer pays for, or pays for again.

    `before`: the `count_bookings` before the change.
    """
    more = count_bookings(db, whole, member) - before
    if more < 0 and member is not None:
        moved = plural(
            "%(n)s upcoming booking is now at this person’s own expense.",
            "%(n)s upcoming bookings are now at this person’s own expense.",
            -more,
        )
    elif more < 0:
        moved = plural(
            "%(n)s upcoming booking is now at the expense of the person it is for.",
            "%(n)s upcoming bookings are now at the expense of the people they are for.",
            -more,
        )
    elif more and whole.kind is Kind.PROJECT:
        moved = plural(
            "%(n)s upcoming booking is at the project’s expense again.",
            "%(n)s upcoming bookings are at the project’s expense again.",
            more,
        )
    elif more:
        moved = plural(
            "%(n)s upcoming booking is at the organisation’s expense again.",
            "%(n)s upcoming bookings are at the organisation’s expense again.",
            more,
        )
    else:
        return text
    return f"{text} {moved}"
