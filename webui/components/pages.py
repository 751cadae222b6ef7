"""Components: what pages are made of, in every state, made by the code that makes the pages."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui.components.samples import samples
from webui.context import context
from webui.feature import Pages
from webui.i18n import _
from webui.undo import done_with_undo, flash_done

pages = Pages("components", __name__)


@pages.get("/components", Permission.RULES_READ)
def show() -> ResponseReturnValue:
    """All of them on one page."""
    flash(_("What is done is said like this."), "done")
    flash(_("What could not be done, and what to do, is said like this."), "wrong")
    flash(_("What is good to know is said like this."), "note")
    done_with_undo(_("What can be taken back says so for ten seconds."), "components.take_back")
    given = samples(context().clock())
    return render_template("components/components.html", samples=given, nowhere=_nowhere)


@pages.post("/components", Permission.RULES_READ)
def take_back() -> ResponseReturnValue:
    """There is nothing to take back."""
    flash_done(_("Nothing was done, all is taken back."))
    return redirect(url_for("components.show"), 303)


def _nowhere(*_endpoint: object, **_values: object) -> str:
    """Where forms and links of samples lead: to the page itself."""
    return url_for("components.show")
