"""Home Assistant: the state of its broker, and which doors it may open."""

from flask import abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from controller.domain.time import Utc
from controller.integrations.home_assistant import doors as services
from controller.integrations.home_assistant.permissions import MANAGE_HOME_ASSISTANT
from controller.kernel.database import Session
from controller.kernel.errors import Forbidden, Invalid, NotFound
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site
from webui.i18n import _
from webui.integration import Health, Integration, broker_health
from webui.undo import done_with_undo

pages = Pages("home_assistant", __name__)


def health(db: Session, site_id: str, now: Utc) -> Health:
    """Return whether Home Assistant's broker is connected."""
    settings = context().settings
    broker = settings.home_assistant
    if broker.host is None or settings.site.id != site_id:
        return Health(look="off", word=_("Not used"))
    return broker_health(services.broker_link(db, site_id), f"{broker.host}:{broker.port}", now)


INTEGRATION = Integration(
    name=lambda: _("Home Assistant"),
    icon="house-plug",
    summary=lambda: _("Machines, doors and rooms of the place, without names."),
    permission=MANAGE_HOME_ASSISTANT,
    health=health,
    endpoint="home_assistant.show",
    lines='[home_assistant]\nhost = "192.168.1.10"',
    guide="integrations.html#home-assistant",
)


@pages.get("/integrations/home-assistant", MANAGE_HOME_ASSISTANT)
def show() -> ResponseReturnValue:
    """Show the state of the broker, and the doors."""
    web = context()
    with web.database.read() as db:
        state = health(db, site().id, web.clock())
        doors = services.doors(db, site().id, actor=actor())
    return render_template(
        "home_assistant/home_assistant.html", health=state, integration=INTEGRATION, doors=doors
    )


@pages.post("/integrations/home-assistant/<door>/allow", MANAGE_HOME_ASSISTANT)
def allow(door: str) -> ResponseReturnValue:
    """Allow Home Assistant to open this door."""
    try:
        with context().database.edit() as db:
            services.allow(db, door, actor=actor(), now=context().clock())
    except (NotFound, Invalid, Forbidden):
        abort(404)
    done_with_undo(
        _("Home Assistant may open this door, once each time it asks."),
        "home_assistant.forbid",
        door=door,
    )
    return redirect(url_for("home_assistant.show"), 303)


@pages.post("/integrations/home-assistant/<door>/forbid", MANAGE_HOME_ASSISTANT)
def forbid(door: str) -> ResponseReturnValue:
    """Forbid Home Assistant to open this door; it can still read its state."""
    try:
        with context().database.edit() as db:
            services.forbid(db, door, actor=actor(), now=context().clock())
    except (NotFound, Invalid, Forbidden):
        abort(404)
    done_with_undo(
        _("Home Assistant may no longer open this door."), "home_assistant.allow", door=door
    )
    return redirect(url_for("home_assistant.show"), 303)
