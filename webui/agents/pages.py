"""Pages of agents: the list, one agent, and creating, renaming, replacing and revoking agents."""

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.agents import agent_move, agents, away, fleet
from controller.capabilities.agents.away import catch_up_progress
from controller.capabilities.agents.fleet import AgentList
from controller.capabilities.agents.models import AgentRow
from controller.capabilities.agents.shapes import Agent, ClaimCode, NewAgent
from controller.capabilities.journal import events
from controller.capabilities.machines import access_points, device_commands, site_key_change
from controller.capabilities.programs import rollout
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Invalid, ServiceError
from controller.kernel.paging import Cursor
from controller.kernel.shapes import Label
from controller.kernel.slugs import unused_slug
from controller.kernel.validate import parse
from webui.agents.agent_view import RenameForm, RevokeForm, agent_page, check_revoke_form
from webui.agents.broker_side import authority, evict, install
from webui.agents.day_line import SPAN, day_lines, week_days
from webui.agents.fleet import FleetData, fleet_page
from webui.agents.join_page import JoinPage, MovedAgent, join_page, paste_line
from webui.agents.plugs import read_plugs
from webui.context import context
from webui.feature import Pages
from webui.form_fields import required_version
from webui.guard import account, actor, is_allowed, is_htmx_request, site, site_zone
from webui.i18n import _
from webui.i18n.dates import clock
from webui.naming import read_label
from webui.navigation import MACHINES, Nav
from webui.parts import Option
from webui.undo import done_with_undo, flash_done
from webui.write_actions import SECRET, write_action

MAX_CHARACTERS = 300
"""Longer texts in forms are cut."""
PAGE = 30
"""Agents on one page of a list."""

pages = Pages("agents", __name__)


@pages.get(
    "/agents",
    Permission.AGENTS_READ,
    nav=Nav(
        entry=MACHINES,
        icon="cpu",
        text=lambda: _("Boxes"),
        place=10,
        also="agents agent boxes boitiers raspberry pi lecteurs readers",
    ),
)
def show() -> ResponseReturnValue:
    """The page with all agents of the site."""
    return _render_list()


@pages.post(
    "/agents",
    Permission.AGENTS_WRITE,
    grave=N_("Show the line with which a computer joins as a new box"),
)
def create() -> ResponseReturnValue:
    """Create an agent by its name, and show the line for its Pi once."""
    web, who, place = context(), actor(), site()
    typed = request.form.get("name", "").strip()
    try:
        name = parse({place.language.value: typed}, Label)
        with web.database.write() as db:
            agents.require_unused_name(db, place.id, name)
            key = unused_slug(db, AgentRow, read_label(name))
            new = NewAgent(id=key, site_id=place.id, name=name)
            signer = authority(web)
            _agent, code = agents.create(
                db, new, fingerprint16=signer.fingerprint16, actor=who, now=web.clock()
            )
    except Invalid as error:
        flash(_name_error(error), "wrong")
        return _render_list(typed or " "), 422
    except Conflict:
        return _no_enrolment_here()
    return _render_joining(key, code)


@pages.get("/agents/<agent>", Permission.AGENTS_READ)
def one(agent: str) -> ResponseReturnValue:
    """The page of one agent."""
    return _render_agent(agent)


@pages.post(
    "/agents/<agent>/code",
    Permission.AGENTS_WRITE,
    grave=N_("Show the line with which a computer joins as this box"),
)
def renew_code(agent: str) -> ResponseReturnValue:
    """Show a new line for an agent: for its first Pi, or for one that replaces a dead one."""
    web = context()
    with write_action(Conflict, lambda _error: _no_enrolment_here()) as (db, now):
        agents.get(db, agent, actor=actor(), now=now)
        code = agents.claim_code(
            db, agent, fingerprint16=authority(web).fingerprint16, actor=actor(), now=now
        )
    return _render_joining(agent, code)


@pages.get("/agents/<agent>/join", Permission.AGENTS_READ)
def join(agent: str) -> ResponseReturnValue:
    """Show how far the Pi has come; for htmx only the list of steps."""
    return _render_joining(agent, None)


@pages.post("/agents/<agent>/identify", Permission.COMMAND)
def identify(agent: str) -> ResponseReturnValue:
    """Make the agent's lights blink."""
    return _run_action(
        agent,
        lambda db, now: device_commands.identify(db, agent, actor=actor(), now=now),
        _("It is blinking: look for it."),
    )


@pages.post("/agents/<agent>/renew", Permission.COMMAND)
def renew(agent: str) -> ResponseReturnValue:
    """Make the agent renew its certificate now."""
    return _run_action(
        agent,
        lambda db, now: device_commands.renew_certificate(db, agent, actor=actor(), now=now),
        _("It is renewing its certificate: the new end date will appear here within a minute."),
    )


@pages.post("/agents/<agent>/name", Permission.AGENTS_WRITE)
def rename(agent: str) -> ResponseReturnValue:
    """Save the name typed for a box, in the site's language."""
    language, new = site().language.value, request.form.get("name", "").strip()[:MAX_CHARACTERS]
    with write_action(
        ServiceError,
        lambda error: (
            _render_agent(agent, renaming=RenameForm(name=new, wrong=_name_error(error))),
            422,
        ),
    ) as (db, now):
        stored_agent = agents.get(db, agent, actor=actor(), now=now)
        before, patch = read_label(stored_agent.name), {"name": {language: new}}
        agents.require_unused_name(
            db, stored_agent.site_id, parse({language: new}, Label), stored_agent
        )
        agents.change(db, agent, patch, version=required_version(), actor=actor(), now=now)
        after = agents.get(db, agent, actor=actor(), now=now).version
    done_with_undo(_("Renamed."), "agents.rename", agent=agent, name=before, version=after)
    return redirect(url_for("agents.one", agent=agent), 303)


@pages.post(
    "/agents/<agent>/move",
    Permission.AGENTS_WRITE,
    grave=N_("Move a box, and show the line with which it joins"),
)
def move(agent: str) -> ResponseReturnValue:
    """Move the agent to another site of the account, and show the line for its Pi once."""
    web, to = context(), request.form.get("to", "")
    if to not in {other_site.value for other_site in _other_sites()}:
        abort(400)
    here, who = site().id, account()
    if who is None:
        abort(401)
    actor_here = replace(
        who.actor, roles={site_id: who.actor.roles[site_id] for site_id in (here, to)}
    )
    with write_action(
        Conflict,
        _("It still controls a machine or door: move it to another box first."),
        redirect(url_for("agents.one", agent=agent), 303),
    ) as (db, now):
        agents.get(db, agent, actor=actor(), now=now)
        signer = authority(web)
        code = agent_move.move(
            db, agent, to, fingerprint16=signer.fingerprint16, actor=actor_here, now=now
        )
    install(web)()
    evict(web, agent, here)()
    return _render_moved(code, to)


@pages.post("/agents/<agent>/revoke", Permission.AGENTS_WRITE, grave=N_("Revoke a box for good"))
def revoke(agent: str) -> ResponseReturnValue:
    """Revoke the agent, which can't be undone; its name has to be typed as a confirmation."""
    web = context()
    reason = request.form.get("reason", "").strip()[:MAX_CHARACTERS]
    with write_action(Conflict, lambda _error: _no_enrolment_here()) as (db, now):
        stored_agent = agents.get(db, agent, actor=actor(), now=now)
        typed = request.form.get("name", "").strip()[:MAX_CHARACTERS]
        if (wrong := check_revoke_form(typed, read_label(stored_agent.name), reason)) is not None:
            return _render_agent(agent, wrong), 422
        authority(web)
        agents.revoke(db, agent, reason, actor=actor(), now=now)
    install(web)()
    evict(web, agent, site().id)()
    flash_done(_("Revoked: it can no longer connect."))
    return redirect(url_for("agents.show"), 303)


def _name_error(error: ServiceError) -> str:
    if not isinstance(error, Invalid):
        return _("Somebody has just changed it: check it, then rename it.")
    if any(field_error.message == agents.NAME_IN_USE for field_error in error.errors):
        return _("Another box at this place already has this name: name it after where it is.")
    return _("Enter a name, on one line.")


def _no_enrolment_here() -> ResponseReturnValue:
    flash(_("This server can’t enrol boxes: it has no certificate authority."), "wrong")
    return redirect(url_for("agents.show"), 303)


def _run_action(
    agent: str, service: Callable[[Session, Utc], object], message: str
) -> ResponseReturnValue:
    page = url_for("agents.show") if request.form.get("from") == "list" else ""
    back = redirect(page or url_for("agents.one", agent=agent), 303)
    with write_action(Conflict, _("It is silent: it can’t receive commands now."), back) as (
        db,
        now,
    ):
        service(db, now)
    flash_done(message)
    return back


def _render_list(typed: str = "") -> str:
    web, who = context(), actor()
    now, zone, ours = web.clock(), site_zone(), version("loquet")
    cursors = {group: request.args.get(group.value) or None for group in AgentList}
    groups = [group for group in AgentList if group.value in request.args]
    groups = groups or [AgentList.ASKING, AgentList.FINE]
    with web.database.read() as db:
        pages_by_group = {
            group: fleet.page(
                db, group, ours, actor=who, now=now, cursor=Cursor(after=cursors[group], limit=PAGE)
            )
            for group in groups
        }
        counts = fleet.counts(db, ours, actor=who, now=now)
        listed = [agent for page in pages_by_group.values() for agent in page.items]
        fleet_data = _read_fleet(db, listed, now, zone)
        progress = rollout.rollout_progress(db, site().id, now)
        lack_key = len(site_key_change.key_change_progress(db, site().id, now).boxes_without_key)
    page = fleet_page(pages_by_group, counts, cursors, fleet_data, progress, lack_key)
    return render_template("agents/agents.html", page=page, typed=typed)


def _read_fleet(db: Session, shown: list[Agent], now: Utc, zone: ZoneInfo) -> FleetData:
    """Read what the rows of these agents need besides the agents."""
    ids = [agent.id for agent in shown]
    times = _absences(db, shown, Utc.of(now - SPAN))
    since = {agent.id: agent.enrolled_at for agent in shown if agent.enrolled_at is not None}
    return FleetData(
        points=access_points.list_for_agents(db, ids, actor=actor()),
        lines=day_lines(times, since, now, zone),
        losses={
            key: sum(at > now - fleet.LOSSES_IN for at, _end in time) for key, time in times.items()
        },
        late=catch_up_progress(db, shown, times),
        version=version("loquet"),
        now=now,
        zone=zone,
    )


def _absences(db: Session, shown: list[Agent], since: Utc) -> dict[str, list[away.Absence]]:
    """Return the absences since then; one that is silent is away, even if nothing recorded it."""
    times = away.absences_of(db, [agent.id for agent in shown], since)
    for agent in shown:
        is_recorded = any(until is None for _since, until in times[agent.id])
        if not agent.online and not is_recorded and agent.enrolled_at is not None:
            times[agent.id].append((agent.seen_at or agent.enrolled_at, None))
    return times


def _render_agent(
    agent: str, revoking: RevokeForm | None = None, renaming: RenameForm | None = None
) -> str:
    web, who, place = context(), actor(), site()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        stored_agent = agents.get(db, agent, actor=who, now=now)
        fleet_data = _read_fleet(db, [stored_agent], now, zone)
        absences = _absences(db, [stored_agent], Utc.of(now - away.RETENTION))[stored_agent.id]
        log = (
            events.newest(db, agent, place.id, actor=who, now=now)
            if is_allowed(Permission.EVENTS_READ)
            else []
        )
        plugs = read_plugs(db, agent, now)
    kinds = web.database.house.alarms
    week = (
        week_days(absences, stored_agent.enrolled_at, now, zone) if stored_agent.enrolled_at else ()
    )
    page = agent_page(stored_agent, week, log, _other_sites(), plugs, fleet_data, kinds)
    return render_template("agents/agent.html", page=page, revoking=revoking, renaming=renaming)


def _other_sites() -> tuple[Option, ...]:
    """Return the other sites at which the account may add agents."""
    who = account()
    return tuple(
        Option(value=place.id, text=read_label(place.name))
        for place in (who.sites if who else ())
        if who and place.id != site().id and who.open_actor.may(Permission.AGENTS_WRITE, place.id)
    )


def _render_joining(agent: str, code: ClaimCode | None) -> ResponseReturnValue:
    page = read_joining(agent, code)
    html = render_template(
        "agents/marks.html" if is_htmx_request() else "agents/join.html", page=page
    )
    return html, SECRET


def _render_moved(code: ClaimCode, to: str) -> ResponseReturnValue:
    """Return the page with the line for the Pi; it is shown here, as the agent has left this
    site."""
    name = next(other_site.text for other_site in _other_sites() if other_site.value == to)
    url = context().settings.web.for_agents
    page = MovedAgent(
        site=name,
        href=url_for("agents.one", agent=code.agent_id, site=to),
        line=paste_line(url, code),
        until=clock(code.expires_at, site_zone()),
    )
    return render_template("agents/moved.html", page=page), SECRET


def read_joining(agent: str, code: ClaimCode | None) -> JoinPage:
    """Return an agent that waits for its Pi, and how far that has come. Raises NotFound."""
    web, who = context(), actor()
    now, zone = web.clock(), site_zone()
    with web.database.read() as db:
        stored_agent: Agent = agents.get(db, agent, actor=who, now=now)
        point_count = len(access_points.list_for_agents(db, [agent], actor=who))
    return join_page(stored_agent, code, web.settings.web, point_count, now, zone)
