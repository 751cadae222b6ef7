"""Protect a badge against copying: write keys to its card at a reader, and show what a copy
opens."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.access import explain
from controller.capabilities.badges import credentials
from controller.capabilities.badges.shapes import Credential
from controller.capabilities.desk import card_protection
from controller.capabilities.desk.card_protection import CardProtection
from controller.domain.facts import Assurance
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import AccessDenied, Conflict, Forbidden, NotFound
from webui.context import context
from webui.desk import readers
from webui.desk.card_view import CardPage, card_page, refusal_text
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site
from webui.members.member_action import known_here, refuse

pages = Pages("cards", __name__)
_BADGES = Permission.CREDENTIALS_WRITE


@pages.get("/members/<member>/badges/<key>/card", _BADGES)
def show(member: str, key: str) -> ResponseReturnValue:
    """Show what the badge proves, what a copy would open, and the readers that can write keys."""
    web = context()
    with web.database.read() as db:
        page = _page(db, member, key, web.clock())
    return render_template("desk/card.html", page=page)


@pages.post("/members/<member>/badges/<key>/card", _BADGES)
def protect(member: str, key: str) -> ResponseReturnValue:
    """Tell a reader to write the keys as soon as the badge lies on it."""
    web, point = context(), request.form.get("point", "")
    try:
        level = Assurance(request.form.get("level", ""))
    except ValueError:
        abort(400)
    try:
        with web.database.write() as db:
            badge_of_member(db, member, key)
            card_order = card_protection.begin(
                db,
                site().id,
                key,
                point,
                level,
                vault=web.vault,
                masters=web.masters,
                actor=actor(),
                now=web.clock(),
            )
    except (Conflict, AccessDenied, Forbidden) as error:
        refuse(refusal_text(error))
        return redirect(url_for("cards.show", member=member, key=key), 303)
    readers.use_reader(point, stays=readers.has_dedicated_reader())
    return redirect(url_for("cards.follow", member=member, key=key, order=card_order.id), 303)


@pages.get("/members/<member>/badges/<key>/card/<order>", _BADGES)
def follow(member: str, key: str, order: str) -> ResponseReturnValue:
    """Show how far the reader has come."""
    web = context()
    try:
        with web.database.read() as db:
            protection = card_protection.get(db, order, actor=actor(), now=web.clock())
            page = _page(db, member, key, web.clock(), protection)
    except (NotFound, Conflict):
        abort(404)
    template = "desk/card_writing.html" if is_htmx_request() else "desk/card.html"
    return render_template(template, page=page)


def _page(
    db: Session, member: str, key: str, now: Utc, protection: CardProtection | None = None
) -> CardPage:
    person, badge = known_here(db, member), badge_of_member(db, member, key)
    decisions = [
        verdict
        for verdict in explain.decisions_of_member(db, person.id, actor=actor(), now=now)
        if verdict.site.id == site().id
    ]
    return card_page(
        person, badge, decisions, readers.readers(db), protection, who=actor(), site_id=site().id
    )


def badge_of_member(db: Session, member: str, key: str) -> Credential:
    """Return the badge if it belongs to this member. Raises NotFound."""
    badge = credentials.get(db, key, actor=actor())
    if badge.member_id != known_here(db, member).id:
        raise NotFound("credential", key)
    return badge
