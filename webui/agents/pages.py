"""Agents: those that need a hand first; a new one claimed; named, replaced, revoked."""

from collections.abc import Callable
from importlib.metadata import version
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.agents import agents
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.agents.shapes import Agent, ClaimCode, NewAgent
from controller.capabilities.machines import access_points, actions
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, NotFound, ServiceError
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.agents.broker_side import authority, evict, install
from webui.agents.fleet import fleet
from webui.agents.joining import JoinPage, join_page
from webui.context import context
from webui.guard import actor, is_part, site
from webui.i18n import _
from webui.naming import read_label
from webui.paging import everything
from webui.room import Nav, NavGroup, Pages
from webui.undo import done, done_with_undo

LONGEST = 300

pages = Pages("agents", __name__)


@pages.get(
    "/agents",
    Permission.AGENTS_READ,
    nav=Nav(icon="cpu", text=lambda: _("Boîtiers"), group=NavGroup.PLACE, place=20),
)
def show() -> ResponseReturnValue:
    """All of them."""
    return _list()


@pages.post("/agents", Permission.AGENTS_WRITE)
def create() -> ResponseReturnValue:
    """Make one by its name, and show the line that a Pi needs, once."""
    given, who, at = context(), actor(), site()
    typed = request.form.get("name", "").strip()
    try:
        name = parse({at.language.value: typed}, Label)
        with given.database.write() as db:
            key = unused_slug(db, AgentRow, read_label(name))
            new = NewAgent(id=key, site_id=at.id, name=name)
            signs = authority(given)
            _agent, code = agents.create(
                db, new, fingerprint16=signs.fingerprint16, actor=who, now=given.clock()
            )
    except Invalid:
        flash(_("Donnez-lui un nom d’une ligne."), "wrong")
        return _list(typed), 422
    except Conflict:
        return _enrols_nobody()
    return _joining(key, code)


@pages.post("/agents/<agent>/code", Permission.AGENTS_WRITE)
def renew_code(agent: str) -> ResponseReturnValue:
    """A new line, for the same agent: a first Pi, or one that takes the place of a dead one."""
    given = context()
    try:
        with given.database.write() as db:
            agents.get(db, agent, actor=actor(), now=given.clock())
            code = agents.claim_code(
                db,
                agent,
                fingerprint16=authority(given).fingerprint16,
                actor=actor(),
                now=given.clock(),
            )
    except NotFound:
        abort(404)
    except Conflict:
        return _enrols_nobody()
    return _joining(agent, code)


@pages.get("/agents/<agent>/join", Permission.AGENTS_READ)
def join(agent: str) -> ResponseReturnValue:
    """How far its Pi is; only the ticks when htmx asks for them."""
    return _joining(agent, None)


@pages.post("/agents/<agent>/identify", Permission.COMMAND)
def identify(agent: str) -> ResponseReturnValue:
    """Have its lights blink."""
    return _change(
        agent,
        lambda db, now: actions.identify(db, agent, actor=actor(), now=now),
        _("Il clignote : cherchez-le des yeux."),
    )


@pages.post("/agents/<agent>/name", Permission.AGENTS_WRITE)
def rename(agent: str) -> ResponseReturnValue:
    """Another name."""
    given = context()
    language, new = site().language.value, request.form.get("name", "").strip()
    try:
        with given.database.write() as db:
            now = given.clock()
            before = read_label(agents.get(db, agent, actor=actor(), now=now).name)
            patch = {"name": {language: new}}
            agents.change(db, agent, patch, version=_version(), actor=actor(), now=now)
            after = agents.get(db, agent, actor=actor(), now=now).version
    except NotFound:
        abort(404)
    except ServiceError:
        flash(_("Il faut un nom d’une ligne ; rechargez la page si quelqu’un l’a changé."), "wrong")
        return redirect(url_for("agents.show"), 303)
    done_with_undo(_("Renommé."), "agents.rename", agent=agent, name=before, version=after)
    return redirect(url_for("agents.show"), 303)


@pages.post("/agents/<agent>/revoke", Permission.AGENTS_WRITE)
def revoke(agent: str) -> ResponseReturnValue:
    """Trust it no more; this can't be taken back, so that its name is asked for."""
    given = context()
    reason = request.form.get("reason", "").strip()[:LONGEST]
    try:
        with given.database.write() as db:
            found = agents.get(db, agent, actor=actor(), now=given.clock())
            if request.form.get("name", "").strip() != read_label(found.name) or not reason:
                flash(_("Écrivez son nom tel quel, et pourquoi : c’est sans retour."), "wrong")
                return redirect(url_for("agents.show", _anchor=f"agent-{agent}"), 303)
            authority(given)
            agents.revoke(db, agent, reason, actor=actor(), now=given.clock())
    except NotFound:
        abort(404)
    except Conflict:
        return _enrols_nobody()
    install(given)()
    evict(given, agent)()
    done(_("Révoqué : il ne se connecte plus."))
    return redirect(url_for("agents.show"), 303)


def _version() -> int:
    text = request.form.get("version", "")
    if not text.isdecimal():
        abort(400)
    return int(text)


def _enrols_nobody() -> ResponseReturnValue:
    flash(
        _("Ce serveur n’inscrit aucun boîtier : il n’a pas d’autorité de certification."), "wrong"
    )
    return redirect(url_for("agents.show"), 303)


def _change(
    agent: str, service: Callable[[Session, Utc], object], said: str
) -> ResponseReturnValue:
    given = context()
    try:
        with given.database.write() as db:
            service(db, given.clock())
    except NotFound:
        abort(404)
    except Conflict:
        flash(_("Il est muet : on ne peut rien lui demander maintenant."), "wrong")
    else:
        done(said)
    return redirect(url_for("agents.show", _anchor=f"agent-{agent}"), 303)


def _list(typed: str = "") -> str:
    given, who = context(), actor()
    now, zone = given.clock(), ZoneInfo(site().time_zone)
    with given.database.read() as db:
        found = everything(lambda at: agents.page(db, actor=who, now=now, cursor=at))
        points = everything(lambda at: access_points.page(db, actor=who, cursor=at))
    page = fleet(found, points, version("loquet"), now, zone)
    return render_template("agents/agents.html", page=page, typed=typed)


def _joining(agent: str, code: ClaimCode | None) -> ResponseReturnValue:
    try:
        page = read_joining(agent, code)
    except NotFound:
        abort(404)
    shown = render_template("agents/marks.html" if is_part() else "agents/join.html", page=page)
    return shown, {"Cache-Control": "no-store"}


def read_joining(agent: str, code: ClaimCode | None) -> JoinPage:
    """An agent and how far its Pi is. Raises NotFound."""
    given, who = context(), actor()
    now, zone = given.clock(), ZoneInfo(site().time_zone)
    with given.database.read() as db:
        found: Agent = agents.get(db, agent, actor=who, now=now)
        points = everything(lambda at: access_points.page(db, actor=who, cursor=at))
    hangs = sum(each.agent_id == agent for each in points)
    url = given.settings.web.public_url.rstrip("/")
    return join_page(found, code, url, hangs, now, zone)
