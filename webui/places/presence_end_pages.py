"""Settings for signing out people who forget to badge out."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.places import sites
from controller.capabilities.places.models import PresenceEnd
from controller.capabilities.places.shapes import Site
from controller.kernel.actor import Permission
from controller.kernel.errors import Invalid
from webui.context import context
from webui.feature import Pages
from webui.form_fields import texts
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.naming import whole_number
from webui.parts import Option
from webui.undo import done_with_undo
from webui.write_actions import write_action

pages = Pages("presence_end", __name__)
_READ, _WRITE = Permission.LIVE_READ, Permission.RULES_WRITE


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceEndPage:
    """The setting, or what was typed."""

    ends: tuple[Option, ...]
    typed: Mapping[str, str]
    may: bool
    """Whether the reader may change the setting."""
    wrong: str = ""


@pages.get("/hours/presence", _READ)
def show() -> ResponseReturnValue:
    """Show the current setting."""
    return _render_page(_stored_values(_get_site()))


@pages.post("/hours/presence", _WRITE)
def save() -> ResponseReturnValue:
    """Save the setting; it applies to people who come in from now on."""
    typed, before = texts(("presence_end", "hours")), _stored_values(_get_site())
    patch = {
        "presence_end": typed["presence_end"],
        "presence_longest_h": whole_number(typed["hours"]),
    }
    with write_action(
        Invalid,
        lambda _error: (_render_page(typed, _("Enter a number of hours from 1 to 24.")), 422),
    ) as (db, now):
        sites.change(db, site().id, patch, version=None, actor=actor(), now=now)
    done_with_undo(_("Settings saved."), "presence_end.save", **before)
    return redirect(url_for("presence_end.show"), 303)


def _get_site() -> Site:
    with context().database.read() as db:
        return sites.get(db, site().id, actor=actor())


def _stored_values(site: Site) -> dict[str, str]:
    return {"presence_end": site.presence_end.value, "hours": str(site.presence_longest_h)}


def _render_page(typed: Mapping[str, str], wrong: str = "") -> str:
    texts = {
        PresenceEnd.OWN_HOURS: _(
            "At the end of the person’s own hours, where no reader records exits"
        ),
        PresenceEnd.CLOSING: _("When the place closes"),
        PresenceEnd.DURATION: _("After a number of hours"),
    }
    ends = tuple(Option(value=end.value, text=text) for end, text in texts.items())
    page = PresenceEndPage(ends=ends, typed=typed, may=is_allowed(_WRITE), wrong=wrong)
    return render_template("presence_end/presence_end.html", page=page)
