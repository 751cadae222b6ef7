"""All other systems that the place works with, and how each of them is."""

from dataclasses import dataclass

from flask import current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.integrations.webhooks.webhooks import WEBHOOKS
from webui.context import context
from webui.feature import Nav, NavGroup, Pages
from webui.guard import is_allowed, site
from webui.i18n import _
from webui.integration import Health, Integration

EXTENSION = "integrations"

pages = Pages("integrations", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    name: str
    icon: str
    summary: str
    health: Health
    href: str | None


@pages.get(
    "/integrations",
    WEBHOOKS,
    nav=Nav(
        icon="unplug",
        text=lambda: _("Integrations"),
        also="integrations webhooks api home assistant connexions",
        group=NavGroup.SETTINGS,
        place=70,
    ),
)
def show() -> ResponseReturnValue:
    """The line of each feature that has one."""
    found: list[Integration] = current_app.extensions[EXTENSION]
    given, at = context(), site().id
    with given.database.read() as db:
        now = given.clock()
        lines = [
            _line(total, total.health(db, at, now))
            for total in found
            if is_allowed(total.permission)
        ]
    return render_template("integrations/integrations.html", lines=lines)


def _line(integration: Integration, health: Health) -> Line:
    return Line(
        name=integration.name(),
        icon=integration.icon,
        summary=integration.summary(),
        health=health,
        href=url_for(integration.endpoint) if integration.endpoint else None,
    )
