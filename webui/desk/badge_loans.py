"""Lend the place's own badges until the end of the day."""

from datetime import timedelta

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from webui.context import context
from webui.desk.badge_handout import confirmation
from webui.desk.desk_action import number, refusal_text, run_action
from webui.feature import Pages
from webui.guard import actor, site_zone
from webui.i18n import _
from webui.members.member_action import known_here

pages = Pages("desk_lending", __name__)


@pages.post("/desk/lend", Permission.CREDENTIALS_WRITE)
def lend() -> ResponseReturnValue:
    """Lend one of the place's badges until the end of the day."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> str:
        known_here(db, member)
        until = end_of_day(now)
        new = NewCredential(member_id=member, value=number(), lent=True, valid_until=until)
        return credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id

    confirm = confirmation(_("Badge lent until tonight."), member)
    return run_action(change, confirm, member, conflict=refusal_text(), number_in="lend")


def end_of_day(now: Utc) -> Utc:
    """Return the next midnight at the site."""
    tomorrow = now.astimezone(site_zone()).date() + timedelta(days=1)
    return Utc.midnight(tomorrow, site_zone())
