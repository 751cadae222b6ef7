"""Adding and removing the maintainers of a machine or a door, one person at a time, on its page."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.members import maintainers, members
from controller.capabilities.members.shapes import Member
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Permission
from controller.kernel.database import Session
from controller.kernel.errors import ServiceError, Stale
from controller.kernel.paging import Cursor
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.machines.panels import MachineReader
from webui.naming import read_label
from webui.parts import Option
from webui.undo import done_with_undo
from webui.write_actions import write_action

LONGEST_QUERY = 80
"""Longest search text that is read; the rest is cut off."""
ANCHOR = "maintainers"
"""The page's anchor to which the forms return."""
_MATCH_LIMIT, _CANDIDATE_LIMIT = 40, 8
"""How many people a search reads, and how many of them the page offers."""

pages = Pages("maintained", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainersView:
    """The maintainers, and the results of a search for others."""

    people: tuple[maintainers.MaintainerSummary, ...]
    query: str | None = None
    """What was searched for; None: no search."""
    candidates: tuple[Option, ...] = ()
    """People whom the search found and who can become maintainers."""

    @property
    def by_nobody(self) -> bool:
        """Whether the machine has no active maintainer who could put it into service or reset
        it."""
        return not any(person.active for person in self.people)


def maintainers_view(
    reading: MachineReader, point: AccessPoint, query: str | None
) -> MaintainersView:
    """Return the maintainers of this machine, and with a query the people whom it found."""
    people = maintainers.of_points(reading.db, [point.id])[point.id]
    if query is None:
        return MaintainersView(people=people)
    maintainer_ids = {person.member_id for person in people}
    cursor = Cursor(limit=_MATCH_LIMIT)
    matches = members.page(reading.db, actor=reading.who, search=query, cursor=cursor).items
    offered = [
        member
        for member in matches
        if member.id not in maintainer_ids and _may_be(member, reading.site)
    ]
    return MaintainersView(
        people=people,
        query=query,
        candidates=tuple(
            Option(value=member.id, text=member.display_name)
            for member in offered[:_CANDIDATE_LIMIT]
        ),
    )


def choices(db: Session, who: Actor) -> tuple[Option, ...]:
    """Return the choices for a new machine's maintainer: the reader, or nobody.

    Empty if the account has no active person of this site.
    """
    me = _own_member(db, who)
    if me is None:
        return ()
    return (
        Option(value=me.id, text=_("%(name)s (you)", name=me.display_name)),
        Option(value="", text=_("nobody for now")),
    )


def add_self_if_chosen(db: Session, point: str, member: str, who: Actor, now: Utc) -> None:
    """Make the reader a maintainer of the new machine if the form chose them."""
    me = _own_member(db, who)
    if me is not None and member == me.id:
        maintainers.add_maintainer(db, point, me.id, actor=who, now=now)


def _own_member(db: Session, who: Actor) -> Member | None:
    if who.member_id is None:
        return None
    person = members.get(db, who.member_id, actor=who)
    return person if _may_be(person, site().id) else None


def _may_be(member: Member, site_id: str) -> bool:
    return member.site_id == site_id and member.status is MemberStatus.ACTIVE


@pages.post("/machines/<point>/maintainers", Permission.RULES_WRITE)
def name_one(point: str) -> ResponseReturnValue:
    """Add the form's person to the maintainers."""
    member = request.form.get("member", "")
    text = _("%(who)s now maintains %(name)s.")
    return _run_action(maintainers.add_maintainer, point, member, text, "maintained.relieve")


@pages.post("/machines/<point>/maintainers/relieve", Permission.RULES_WRITE)
def relieve(point: str) -> ResponseReturnValue:
    """Remove the form's person from the maintainers."""
    member = request.form.get("member", "")
    text = _("%(who)s no longer maintains %(name)s.")
    return _run_action(maintainers.remove_maintainer, point, member, text, "maintained.name_one")


def _run_action(
    service: Callable[..., Member], point: str, member: str, text: str, undo: str
) -> ResponseReturnValue:
    back = redirect(url_for("machine.show", point=point, _anchor=ANCHOR), 303)
    with write_action(ServiceError, _refusal, back) as (db, now):
        point_row = access_points.get(db, point, actor=actor())
        changed = service(db, point, member, actor=actor(), now=now)
    message = text % {"who": changed.display_name, "name": read_label(point_row.name)}
    done_with_undo(message, undo, point=point, member=member)
    return back


def _refusal(error: ServiceError) -> str:
    if isinstance(error, Stale):
        return _("Somebody has just changed this: check it, then save.")
    return _("This person comes from another place: they can maintain only machines there.")
