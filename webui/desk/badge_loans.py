"""Lend the place's own badges until the end of the day."""

from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.domain.schedule import day_end
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.policy import facts_of
from webui.badges.stop_page import why_not_given
from webui.context import context
from webui.desk.badge_handout import confirmation
from webui.desk.desk_action import number, run_action
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import format_until
from webui.members.member_action import known_here

pages = Pages("desk_lending", __name__)


@pages.post("/desk/lend", Permission.CREDENTIALS_WRITE)
def lend() -> ResponseReturnValue:
    """Lend one of the place's badges until the end of the day."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> tuple[str, str]:
        known_here(db, member)
        until = end_of_day(db, now)
        new = NewCredential(member_id=member, value=number(), lent=True, valid_until=until)
        key = credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id
        return key, _("Badge lent until %(time)s.", time=format_until(until, now, site_zone()))

    def show_result(result: tuple[str, str]) -> None:
        key, text = result
        confirmation(text, member)(key)

    why = partial(why_not_given, member=member, at_desk=True)
    return run_action(change, show_result, member, conflict=why, number_field="lend")


def end_of_day(db: Session, now: Utc) -> Utc:
    """Return when the day ends at the site: at midnight, or when it closes after that."""
    here = facts_of.site_hours_and_zones(db, site().id, now)
    return day_end(here.schedules.get(here.opening or ""), here.time_zone, now)
