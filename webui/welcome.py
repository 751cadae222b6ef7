"""The first page for somebody whose role does not open Live."""

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Role
from webui.guard import account, actor, current_site
from webui.menu import searchable_pages


def welcome() -> ResponseReturnValue:
    """Redirect to the member's own page, or to the first page that the account may open.

    Without any role, show whom to ask for one.
    """
    at, who = current_site(), account()
    if at and who and who.actor.member_id and actor().roles[at.id] == {Role.MEMBER}:
        return redirect(url_for("self_service.show"))
    for link, _also in searchable_pages():
        return redirect(link.href)
    return render_template("welcome.html")
