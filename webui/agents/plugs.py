"""The plugs that an agent has found, and the action that makes one the power switch of a
machine."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import plugs
from controller.capabilities.machines.plugs import Plug
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid
from controller.kernel.shapes import Label
from controller.kernel.validate import parse
from webui.feature import Pages
from webui.guard import actor, is_allowed, site
from webui.i18n import _
from webui.naming import read_label
from webui.parts import Option
from webui.undo import flash_done
from webui.write_actions import answer_errors, write_action

MAX_NAME_CHARACTERS = 60
pages = Pages("plugs", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlugLine:
    """A plug in the list."""

    topic: str
    name: str
    model: str
    href: str
    """Address of the page of the machine that it powers; empty: none."""
    limit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlugsPart:
    """What the agent's page shows of its plugs."""

    lines: tuple[PlugLine, ...]
    waiting: tuple[Option, ...]
    """Machines of this agent without a power switch, to choose from; first, a new machine."""
    may_wire: bool


def read_plugs(db: Session, agent: str, now: Utc) -> PlugsPart:
    """Return what the page shows of an agent's plugs. Raises NotFound."""
    who = actor()
    found_plugs = plugs.list_plugs(db, agent, actor=who, now=now)
    may = is_allowed(Permission.AGENTS_WRITE) and is_allowed(Permission.COMMAND)
    new = Option(value="", text=_("a new machine"))
    waiting = plugs.unwired_machines(db, agent, actor=who) if found_plugs and may else []
    return PlugsPart(
        lines=tuple(_line(plug) for plug in found_plugs),
        waiting=(new, *(Option(value=point.id, text=read_label(point.name)) for point in waiting)),
        may_wire=may,
    )


def _line(plug: Plug) -> PlugLine:
    href = "" if plug.access_point is None else url_for("machine.show", point=plug.access_point)
    limit = ""
    if plug.limit_s is not None:
        limit = _(
            "It switches off by itself %(n)s s after its box falls silent.", n=round(plug.limit_s)
        )
    return PlugLine(
        topic=plug.topic,
        name=plug.name or plug.topic,
        model=plug.model or plug.driver,
        href=href,
        limit=limit,
    )


@pages.post("/agents/<agent>/plugs", Permission.AGENTS_WRITE)
def wire(agent: str) -> ResponseReturnValue:
    """Make a plug the power switch of a new machine, or of one that has none yet."""
    typed = request.form.get("name", "").strip()[:MAX_NAME_CHARACTERS]
    point = request.form.get("point", "").strip() or None
    back = redirect(url_for("agents.one", agent=agent, _anchor="plugs"), 303)
    with (
        answer_errors(Conflict, _("This is not possible now: its box is silent."), back),
        write_action(Invalid, _refusal, back) as (db, now),
    ):
        name = parse({site().language.value: typed}, Label) if typed else None
        wired = plugs.wire_plug(
            db,
            agent,
            request.form.get("topic", ""),
            name=name,
            access_point=point,
            actor=actor(),
            now=now,
        )
    name_of = read_label(wired.name)
    flash_done(
        _("%(name)s will have its plug, switched off, once the box has restarted.", name=name_of)
    )
    return redirect(url_for("machine.show", point=wired.id, _anchor="commissioning"), 303)


def _refusal(error: Invalid) -> str:
    if any(field_error.field == "topic" for field_error in error.errors):
        return _("This plug is no longer there. Plug it in again, and wait a few seconds.")
    if any(field_error.field == "access_point" for field_error in error.errors):
        return _("This machine already has its wiring. Choose another one.")
    return _("Enter a name for the new machine, on one line.")
