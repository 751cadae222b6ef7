"""The web side of *components*."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.kernel.actor import Permission
from webui.components.samples import samples
from webui.context import context
from webui.feature import Feature, Pages
from webui.i18n import _
from webui.undo import done_with_undo, flash_done

pages = Pages("components", __name__)


@pages.get("/components", Permission.RULES_READ)
def show() -> ResponseReturnValue:
    """Show all components on one page."""
    flash(_("Confirmations look like this."), "done")
    flash(_("Errors, and what to do about them, look like this."), "wrong")
    flash(_("Useful information looks like this."), "note")
    done_with_undo(
        _("Anything that can be undone offers it for ten seconds."), "components.take_back"
    )
    sample_values = samples(context().clock())
    return render_template(
        "components/components.html", samples=sample_values, nowhere=_own_address
    )


@pages.post("/components", Permission.RULES_READ)
def take_back() -> ResponseReturnValue:
    """Do nothing: target of the *Undo* button that the page shows."""
    flash_done(_("Nothing was done: everything has been undone."))
    return redirect(url_for("components.show"), 303)


def _own_address(*_endpoint: object, **_values: object) -> str:
    """Return the page's own address, to which links and forms of samples lead."""
    return url_for("components.show")


FEATURE = Feature(
    name="components", pages=(pages,), offered=lambda context: context.hardware is not None
)
