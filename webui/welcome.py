"""Where somebody lands whose role opens no page that shows the place: what the role allows here."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Role
from webui.accounts import role_words
from webui.guard import account, actor, allowed, here


def welcome() -> ResponseReturnValue:
    """A member's own page; else the roles at this site and what they allow, in words."""
    at, who = here(), account()
    if at and who and who.actor.member_id and actor().roles[at.id] == {Role.MEMBER}:
        return redirect(url_for("mine.show"))
    roles = sorted(actor().roles[at.id]) if at else []
    names, deeds = role_words.names(), role_words.deeds()
    return render_template(
        "welcome.html",
        roles=[names[role] for role in roles],
        deeds=[deeds[each] for each in role_words.known() if allowed(each)],
    )
