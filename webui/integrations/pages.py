"""The *Integrations* page: other systems that the place works with, and their state."""

from dataclasses import dataclass

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.integrations.webhooks.webhooks import MANAGE_WEBHOOKS
from webui.context import context
from webui.feature import Pages
from webui.guard import is_allowed, site
from webui.i18n import _
from webui.integration import Health, Integration
from webui.navigation import SETTINGS, Nav
from webui.parts import CardState
from webui.request_transaction import request_transaction

EXTENSION = "integrations"
"""Key in Flask's extensions of the list of integrations."""

pages = Pages("integrations", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    icon: str
    summary: str
    health: Health
    href: str | None
    lines: str
    guide: str


def card_state() -> CardState:
    """Return the names of the integrations in use, or of those that do not work."""
    lines = [line for line in _lines() if line.health.look not in ("off", "stopped")]
    wrong = [line.name for line in lines if line.health.look == "fault"]
    if wrong:
        return CardState(_("Does not work: %(names)s", names=", ".join(wrong)), needs_act=True)
    return CardState(", ".join(line.name for line in lines) or _("None in use"))


@pages.get(
    "/integrations",
    MANAGE_WEBHOOKS,
    nav=Nav(
        entry=SETTINGS,
        icon="unplug",
        text=lambda: _("Integrations"),
        also="integrations webhooks api home assistant connexions",
        place=60,
        card=card_state,
    ),
)
def show() -> ResponseReturnValue:
    """Show the line of each feature that has one."""
    return render_template("integrations/integrations.html", lines=_lines())


def _lines() -> list[Line]:
    integrations: list[Integration] = current_app.extensions[EXTENSION]
    now, site_id = context().clock(), site().id
    with request_transaction() as db:
        return [
            Line(
                name=integration.name(),
                icon=integration.icon,
                summary=integration.summary(),
                health=integration.health(db, site_id, now),
                href=url_for(integration.endpoint) if integration.endpoint else None,
                lines=integration.lines,
                guide=integration.guide,
            )
            for integration in integrations
            if is_allowed(integration.permission)
        ]
