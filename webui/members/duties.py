"""A person's duties: machines that they maintain, and rooms in which they may supervise others."""

from flask import request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.members import members
from controller.capabilities.members.shapes import Member
from controller.capabilities.places import zones
from controller.domain.facts import MemberStatus
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.feature import Pages
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.members import member_form
from webui.members.member_action import known_here, run_action
from webui.members.member_view import Duties
from webui.members.reading import MemberReader
from webui.naming import read_label
from webui.paging import all_items
from webui.parts import Option
from webui.undo import done_with_undo, flash_done

pages = Pages("duties", __name__)


def duties(reader: MemberReader, member: Member) -> Duties:
    """Return the member's duties at this site."""
    may = is_allowed(Permission.RULES_WRITE) and member.site_id == site().id
    may = may and member.status is not MemberStatus.LEFT
    points = (
        all_items(lambda c: access_points.page(reader.db, actor=reader.who, cursor=c))
        if member.maintains
        else ()
    )
    rooms = all_items(lambda c: zones.page(reader.db, actor=reader.who, cursor=c))
    return Duties(
        maintains=tuple(
            Option(value=url_for("machine.show", point=point.id), text=read_label(point.name))
            for point in points
            if point.id in member.maintains
        ),
        rooms=tuple(Option(value=room.id, text=read_label(room.name)) for room in rooms),
        supervises=frozenset(member.supervises),
        version=member.version,
        may_change=may,
    )


@pages.post("/members/<member>/supervises", Permission.RULES_WRITE)
def save(member: str) -> ResponseReturnValue:
    """Save the rooms in which the member may supervise.

    A supervision elsewhere that is open ends.
    """
    rooms, version = request.form.getlist("room"), request.form.get("version", "")
    patch = {"supervises": rooms}

    def change(db: Session, now: Utc) -> tuple[Member, Member]:
        before = known_here(db, member)
        seen_version = int(version) if version.isdecimal() else None
        return before, members.change(
            db, member, patch, version=seen_version, actor=actor(), now=now
        )

    def confirm(before_and_after: tuple[Member, Member]) -> None:
        before, after = before_and_after
        if (old := member_form.undo_json(before, after)) is None:
            flash_done(_("Nothing has changed."))
            return
        values = {"patch": old, "version": str(after.version)}
        done_with_undo(_("Supervision saved."), "member.undo_change", member=member, **values)

    return run_action(member, change, confirm)
