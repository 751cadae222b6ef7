"""Members: search as you type, without scripts too."""

from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.places import sites
from controller.capabilities.plans import member_search, plans
from controller.kernel.actor import Permission
from controller.kernel.paging import Cursor
from webui.access import actor, require
from webui.context import context
from webui.members.views import members_page
from webui.naming import read_label
from webui.paging import everything

PAGE = 40
LONGEST_QUERY = 80

blueprint = Blueprint("members", __name__, url_prefix="/members")


@blueprint.get("")
@require(Permission.MEMBERS_READ)
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
        zone = ZoneInfo(sites.get(db, given.settings.site.id, actor=actor()).time_zone)
    page = members_page(query, found, after, names, now, zone)
    template = "pages/_found.html" if "HX-Request" in request.headers else "pages/members.html"
    return render_template(template, page=page)
