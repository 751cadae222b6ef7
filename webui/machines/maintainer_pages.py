"""Who maintains a machine or a door: named and relieved on its page, one person at a time."""

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
from webui.acts import act
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.machines.panels import MachineReader
from webui.naming import read_label
from webui.parts import Option
from webui.undo import done_with_undo

LONGEST_QUERY = 80
ANCHOR = "maintainers"
_LOOKED_AT, _OFFERED = 40, 8
"""People that a search reads, and of them those that the page offers."""

pages = Pages("maintained", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintainersView:
    """The maintainers, and the results of a search for others."""

    people: tuple[maintainers.MaintainedBy, ...]
    query: str | None = None
    """None: nobody was searched."""
    found: tuple[Option, ...] = ()

    @property
    def by_nobody(self) -> bool:
        """Whether nobody can put it into service or reset it."""
        return not any(person.active for person in self.people)


def maintainers_view(
    reading: MachineReader, point: AccessPoint, query: str | None
) -> MaintainersView:
    """As the machine's page shows it."""
    people = maintainers.of_points(reading.db, [point.id])[point.id]
    if query is None:
        return MaintainersView(people=people)
    there = {person.member_id for person in people}
    cursor = Cursor(limit=_LOOKED_AT)
    found = members.page(reading.db, actor=reading.who, search=query, cursor=cursor).items
    offered = [
        member for member in found if member.id not in there and _may_be(member, reading.site)
    ]
    return MaintainersView(
        people=people,
        query=query,
        found=tuple(Option(value=e.id, text=e.display_name) for e in offered[:_OFFERED]),
    )


def choices(db: Session, who: Actor) -> tuple[Option, ...]:
    """Of a new one: oneself or nobody; empty for an account without a person of this place."""
    me = _oneself(db, who)
    if me is None:
        return ()
    return (
        Option(value=me.id, text=_("%(name)s (you)", name=me.display_name)),
        Option(value="", text=_("nobody for now")),
    )


def take_on(db: Session, point: str, member: str, who: Actor, now: Utc) -> None:
    """Whoever makes it maintains it, where the form says so."""
    me = _oneself(db, who)
    if me is not None and member == me.id:
        maintainers.name_one(db, point, me.id, actor=who, now=now)


def _oneself(db: Session, who: Actor) -> Member | None:
    if who.member_id is None:
        return None
    found = members.get(db, who.member_id, actor=who)
    return found if _may_be(found, site().id) else None


def _may_be(member: Member, site_id: str) -> bool:
    return member.site_id == site_id and member.status is MemberStatus.ACTIVE


@pages.post("/machines/<point>/maintainers", Permission.RULES_WRITE)
def name_one(point: str) -> ResponseReturnValue:
    """One more person maintains it."""
    member = request.form.get("member", "")
    text = _("%(who)s now maintains %(name)s.")
    return _do(maintainers.name_one, point, member, text, "maintained.relieve")


@pages.post("/machines/<point>/maintainers/relieve", Permission.RULES_WRITE)
def relieve(point: str) -> ResponseReturnValue:
    """One person no longer does."""
    member = request.form.get("member", "")
    text = _("%(who)s no longer maintains %(name)s.")
    return _do(maintainers.relieve, point, member, text, "maintained.name_one")


def _do(
    service: Callable[..., Member], point: str, member: str, text: str, undo: str
) -> ResponseReturnValue:
    back = redirect(url_for("machine.show", point=point, _anchor=ANCHOR), 303)
    with act(ServiceError, _refusal, back) as (db, now):
        found = access_points.get(db, point, actor=actor())
        changed = service(db, point, member, actor=actor(), now=now)
    said = text % {"who": changed.display_name, "name": read_label(found.name)}
    done_with_undo(said, undo, point=point, member=member)
    return back


def _refusal(error: ServiceError) -> str:
    if isinstance(error, Stale):
        return _("Somebody has just changed this: check it, then save.")
    return _("This person comes from another place: they can maintain only machines there.")
