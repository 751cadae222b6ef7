"""Where somebody lands whose role does not open Live: the first of their pages, else what the role
allows here."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Role
from webui.accounts import role_words
from webui.guard import account, actor, allowed, here
from webui.templating import navigation


def welcome() -> ResponseReturnValue:
    """A member's own page, or the first that is theirs; else the roles here and what they allow."""
    at, who = here(), account()
    if at and who and who.actor.member_id and actor().roles[at.id] == {Role.MEMBER}:
        return redirect(url_for("mine.show"))
    for link in navigation():
        return redirect(link.href)
    roles = sorted(actor().roles[at.id]) if at else []
    names, deeds = role_words.names(), role_words.deeds()
    return render_template(
        "welcome.html",
        roles=[names[role] for role in roles],
        deeds=[deeds[each] for each in role_words.known() if allowed(each)],
    )
