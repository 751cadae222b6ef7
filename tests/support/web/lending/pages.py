"""Tools that are lent: to whom, until when, and to take them back."""

from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.errors import NotFound
from controller.kernel.names import names_of
from controller.kernel.paging import Cursor
from tests.support.lending import lending
from tests.support.lending.permissions import LEND
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.i18n.dates import format_relative, moment
from webui.navigation import Entry, Group, Nav

PAGE = 40

pages = Pages("lending", __name__)
LENT = Entry(Group.PLACE, 50, "hammer", lambda: _("Lent tools"))


@pages.get("/loans", LEND, nav=Nav(entry=LENT, text=LENT.text))
def loans() -> ResponseReturnValue:
    """The tools that are out."""
    given, zone = context(), ZoneInfo(site().time_zone)
    now, cursor = given.clock(), Cursor(after=request.args.get("after"), limit=PAGE)
    with given.database.read() as db:
        found = lending.page(db, actor=actor(), out=True, cursor=cursor)
        names = names_of(db, [f"member:{loan.member_id}" for loan in found.items])
    lines = [
        (
            loan,
            names[f"member:{loan.member_id}"],
            moment(format_relative(loan.due_at, now, zone), loan.due_at, zone),
        )
        for loan in found.items
    ]
    return render_template("lending/loans.html", lines=lines, next=found.next)


@pages.post("/loans/<loan>/back", LEND)
def back(loan: str) -> ResponseReturnValue:
    """Take one back."""
    given = context()
    try:
        with given.database.edit() as db:
            lending.give_back(db, loan, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    return redirect(url_for("lending.loans"), 303)
