"""Components: what pages are made of, in every state, made by the code that makes the pages."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui.components.samples import samples
from webui.context import context
from webui.i18n import _
from webui.room import Pages

pages = Pages("components", __name__)


@pages.get("/components", Permission.RULES_READ)
def show() -> ResponseReturnValue:
    """All of them on one page."""
    flash(_("Ce qui est fait se dit ainsi."), "done")
    flash(_("Ce qui n’a pas pu se faire, et que faire, se dit ainsi."), "wrong")
    flash(_("Ce qu’il faut savoir se dit ainsi."), "note")
    return render_template("components/components.html", samples=samples(context().clock()))
