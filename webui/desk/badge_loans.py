"""Lend the place's own badges until the end of the day."""

from functools import partial

from flask import request
from flask.typing import ResponseReturnValue

from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import NewCredential
from controller.domain.facts import CredentialStatus
from controller.domain.schedule import day_end
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.policy import facts_of
from webui.badges.stop_page import why_not_given
from webui.context import context
from webui.desk.badge_handout import confirmation
from webui.desk.desk_action import confirm, number, run_action
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _
from webui.i18n.dates import format_until
from webui.members.member_action import known_here
from webui.members.member_presenter import member_brief

pages = Pages("desk_lending", __name__)


@pages.post("/desk/lend", Permission.CREDENTIALS_WRITE)
def lend() -> ResponseReturnValue:
    """Lend one of the place's badges until the end of the day."""
    member = request.form.get("member", "")

    def change(db: Session, now: Utc) -> tuple[str, str]:
        name, until = known_here(db, member).display_name, end_of_day(db, now)
        new = NewCredential(member_id=member, value=number(), lent=True, valid_until=until)
        key = credentials.create(db, new, vault=context().vault, actor=actor(), now=now).id
        _ask_about_other_loan(db, member, name, key)
        text = _("Badge lent until %(time)s.", time=format_until(until, now, site_zone()))
        access = member_brief(db, member, now).sentence
        return key, f"{text} {access.text}" if access.refuses else text

    def show_result(result: tuple[str, str]) -> None:
        key, text = result
        confirmation(text, member)(key)

    why = partial(why_not_given, member=member, at_desk=True)
    return run_action(change, show_result, member, conflict=why, number_field="lend")


def _ask_about_other_loan(db: Session, member: str, name: str, key: str) -> None:
    """Ask for a confirmation if the member has a lent badge other than this one."""
    badges = credentials.page(db, actor=actor(), member_id=member).items
    for badge in badges:
        if badge.lent and badge.id != key and badge.status is not CredentialStatus.LOST:
            confirm(
                _(
                    "Nothing has been recorded yet. %(name)s already has a lent badge, ending in "
                    "%(ending)s.",
                    name=name,
                    ending=badge.value[-4:],
                )
            )
            return


def end_of_day(db: Session, now: Utc) -> Utc:
    """Return when the day ends at the site: at midnight, or when it closes after that."""
    here = facts_of.site_hours_and_zones(db, site().id, now)
    return day_end(here.schedules.get(here.opening or ""), here.time_zone, now)
