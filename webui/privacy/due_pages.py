"""Records that will soon be erased because of their age, and the confirmation of today's date.

A wrong date could erase records too early.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.clock import clock_check
from controller.capabilities.clock.clock_check import CONFIRM, Confirmation, Doubt
from controller.capabilities.clock.synchronisation import is_synchronised
from controller.capabilities.privacy.erasure import waiting_list
from controller.capabilities.privacy.erasure.erase import latest_erasures
from controller.capabilities.privacy.erasure.waiting_list import WAITING_PERIOD, DueMember
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, site, site_zone
from webui.i18n import _, plural
from webui.i18n.dates import format_day
from webui.navigation import SAFETY, Nav
from webui.paging import all_items
from webui.undo import flash_done
from webui.write_actions import write_action

_DATA = Permission.PERSONAL_DATA
_LATEST = 20
"""How many of the last erasures are counted."""
pages = Pages("erasures", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuePage:
    """The page: doubts about the controller's date, and the records that will be erased."""

    doubt: str
    today: str
    day: str
    title: str
    """How many records wait, and until when."""
    next: str
    """Before when nothing is erased, while no record waits."""
    months: int
    """For how many months an unused record is kept."""
    may_confirm: bool
    may_see_members: bool
    members: tuple[DueMember, ...]
    erased: tuple[tuple[str, str], ...]
    """Days of the last erasures, with how many records each."""
    wait_days: int = WAITING_PERIOD.days


@pages.get(
    "/erasures",
    _DATA,
    nav=Nav(
        entry=SAFETY,
        icon="eraser",
        text=lambda: _("Erasures"),
        place=50,
        also="retention rgpd gdpr conservation erase durée clock horloge date "
        "delete effacer supprimer",
    ),
)
def show() -> ResponseReturnValue:
    """Show the records that will soon be erased, and whether the date is in doubt."""
    web, me = context(), actor()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        clock = clock_check.state(db, now, synchronised=is_synchronised())
        due = [
            member
            for member in all_items(lambda at: waiting_list.page(db, actor=me, cursor=at))
            if member.site_id == site().id
        ]
        erased = latest_erasures(db, site().id, actor=me, limit=_LATEST)
        months = web.settings.retention.member_months
    today = now.astimezone(zone).date()
    page = DuePage(
        doubt=_doubt_texts()[clock.doubt] if clock.doubt else "",
        today=format_day(today, "EEEE d MMMM y"),
        day=today.isoformat(),
        title=_title(due, today, zone),
        next=_("Nothing is erased before %(day)s.", day=format_day(today + WAITING_PERIOD, "long")),
        months=months,
        may_confirm=is_allowed(CONFIRM),
        may_see_members=is_allowed(Permission.MEMBERS_READ),
        members=tuple(due),
        erased=tuple(_by_day(erased, zone)),
    )
    return render_template("erasures/due.html", page=page)


@pages.post(
    "/erasures/date",
    CONFIRM,
    grave=N_("Confirm the controller’s date, after which people are erased"),
)
def confirm() -> ResponseReturnValue:
    """Confirm that the controller's date is right."""
    web = context()
    try:
        new = Confirmation(date=date.fromisoformat(request.form.get("day", "")))
        with web.database.write() as db:
            clock_check.confirm(db, new, actor=actor(), now=web.clock())
    except (Invalid, ValueError):
        flash(_("The controller’s date has changed: check it again."), "wrong")
    else:
        flash_done(_("Date confirmed: retention periods apply again."))
    return redirect(url_for("erasures.show"), 303)


@pages.post("/erasures/<member>/keep", _DATA)
def keep(member: str) -> ResponseReturnValue:
    """Keep the record of somebody who is expected to come back."""
    with write_action() as (db, now):
        waiting_list.bring_back(db, member, actor=actor(), now=now)
    flash_done(_("Record kept: its period starts again today."))
    return redirect(url_for("erasures.show"), 303)


def _title(due: Sequence[DueMember], today: date, zone: ZoneInfo) -> str:
    """Return how many records wait, and the next day on which one is erased."""
    if not due:
        return _("No record is near its end")
    first = min(member.erased_from for member in due).astimezone(zone).date()
    return plural(
        "%(n)s record is near its end. It is erased from %(day)s.",
        "%(n)s records are near their end. The next one is erased from %(day)s.",
        len(due),
        day=format_day(max(first, today), "long"),
    )


def _by_day(moments: Iterable[Utc], zone: ZoneInfo) -> Iterator[tuple[str, str]]:
    for at, day_moments in groupby(moments, lambda moment: moment.astimezone(zone).date()):
        number = len(list(day_moments))
        yield format_day(at, "long"), plural("%(n)s record", "%(n)s records", number)


def _doubt_texts() -> Mapping[Doubt, str]:
    return {
        Doubt.AHEAD_OF_LAST_CHECK: _(
            "This controller was off for more than seven days, or its clock is ahead."
        ),
        Doubt.AHEAD_OF_EVENTS: _(
            "No box has recorded anything for more than a month, or the controller’s clock is "
            "ahead."
        ),
        Doubt.AGENTS_DIFFER: _("The boxes do not have the same time as the controller."),
        Doubt.BEHIND: _("This controller has already run with a later date."),
        Doubt.UNSYNCHRONISED: _("The controller’s clock is not synchronised with a time server."),
    }
