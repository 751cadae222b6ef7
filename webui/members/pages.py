"""Members: search as you type, without scripts too."""

from zoneinfo import ZoneInfo

from flask import render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.plans import member_search, plans
from controller.kernel.actor import Permission
from controller.kernel.paging import Cursor
from webui.context import context
from webui.guard import actor, is_part, site
from webui.i18n import _
from webui.members.views import members_page
from webui.naming import read_label
from webui.paging import everything
from webui.room import Nav, NavGroup, Pages

PAGE = 40
LONGEST_QUERY = 80

pages = Pages("members", __name__)


@pages.get(
    "/members",
    Permission.MEMBERS_READ,
    nav=Nav(
        icon="users",
        text=lambda: _("Usagers"),
        short=lambda: _("Usagers"),
        group=NavGroup.PEOPLE,
        place=10,
    ),
)
def search() -> ResponseReturnValue:
    """A page of results; only the results when htmx asks for them."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    after = request.args.get("after")
    given = context()
    now = given.clock()
    with given.database.read() as db:
        cursor = Cursor(after=after, limit=PAGE)
        found = member_search.search(db, query, actor=actor(), now=now, cursor=cursor)
        names = {
            each.id: read_label(each.name)
            for each in everything(lambda at: plans.page(db, actor=actor(), cursor=at))
        }
    page = members_page(query, found, after, names, now, ZoneInfo(site().time_zone))
    return render_template("members/found.html" if is_part() else "members/members.html", page=page)
