"""The list of members: search as you type, filtered by state; it works without scripts too."""

from dataclasses import replace

from flask import render_template, request
from flask.typing import ResponseReturnValue

from controller.capabilities.plans import member_search
from controller.capabilities.plans.member_filter import parse_member_filter
from controller.capabilities.training import certify_several
from controller.kernel.actor import Permission
from controller.kernel.paging import Cursor
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site, site_zone
from webui.members.add_member import empty_form, plan_names, subscription_prices
from webui.members.attention_list import attention_page
from webui.members.views import BY_NAME, members_page
from webui.navigation import MEMBERS, Nav

PAGE = 40
"""Members per page."""
LONGEST_QUERY = 80
"""Longest search text that is read; the rest is cut off."""

pages = Pages("members", __name__)


@pages.get(
    "/members",
    Permission.MEMBERS_READ,
    nav=Nav(
        entry=MEMBERS,
        text=MEMBERS.text,
        also="members people badges badge cards cartes adhérents membres persons",
        short=lambda: MEMBERS.text() if is_allowed(Permission.DESK) else "",
    ),
)
def search() -> ResponseReturnValue:
    """Show a page of results, or only the results when htmx asks for them."""
    query = request.args.get("q", "")[:LONGEST_QUERY].strip()
    after, member_filter = (
        request.args.get("after"),
        parse_member_filter(request.args.get("state", "")),
    )
    web = context()
    now = web.clock()
    with web.database.read() as db:
        cursor = Cursor(after=after, limit=PAGE)
        names, prices = plan_names(db), subscription_prices(db, now)
        counts = member_search.counts(db, query, actor=actor(), now=now)
        is_by_name = request.args.get("sort") == BY_NAME and not query and counts is not None
        results = (
            member_search.by_name(db, member_filter, actor=actor(), now=now, cursor=cursor)
            if is_by_name
            else member_search.search(
                db, query, standing=member_filter, actor=actor(), now=now, cursor=cursor
            )
        )
        may_choose = is_allowed(Permission.MEMBERS_WRITE) or bool(
            certify_several.offered_certifications(db, site().id, actor=actor(), now=now)
        )
    page = members_page(
        *(query, member_filter, results, after, names, now, site_zone(), counts),
        is_by_name=is_by_name,
    )
    may_label = is_allowed(Permission.CREDENTIALS_WRITE)
    may_write = is_allowed(Permission.MEMBERS_WRITE)
    page = replace(page, may_choose=may_choose, may_label=may_label, may_add=may_write)
    if is_htmx_request():
        return render_template("members/found.html", page=page)
    new = "" if results.items else query
    add = replace(empty_form(names, prices), name=new) if may_write else None
    look = attention_page(names) if may_write else None
    may_import = is_allowed(Permission.CERTIFY)
    return render_template(
        "members/members.html", page=page, add=add, look=look, may_import=may_import
    )
