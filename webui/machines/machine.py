"""The page of one machine or door, and its actions."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import msgspec
from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.access import effect
from controller.capabilities.machines import access_points, commissioning
from controller.capabilities.machines.shapes import AccessPoint, NewTick, RequirementShape
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid, ServiceError, Stale
from controller.kernel.first_use import prepare_for_threads
from webui import form_merge
from webui.context import context
from webui.feature import Pages
from webui.form_fields import required_version
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _
from webui.machines import habits, maintainer_pages
from webui.machines.machine_presenter import (
    MachineQuery,
    facts_of,
    read_effect,
    read_machine,
    read_now,
    requirement_on_trial,
)
from webui.undo import done_with_undo, flash_done
from webui.write_actions import write_action

MAX_CHARACTERS = 300
"""Longer texts in forms are cut."""
SETUP = "setup"
"""Value of the field `from` for forms that come from the setup page and return there."""

pages = Pages("machine", __name__)


@pages.get("/machines/<point>", Permission.LIVE_READ)
def show(point: str) -> ResponseReturnValue:
    """Show the whole page; with a rule on trial, what it would change."""
    try:
        return _render(
            point,
            MachineQuery(
                rule=requirement_on_trial(),
                whole="whole" in request.args,
                maintainer=_maintainer_query(),
            ),
        )
    except Invalid:
        abort(400)


@pages.get("/machines/<point>/effect", Permission.RULES_WRITE)
def effect_of(point: str) -> ResponseReturnValue:
    """Show what the rule on trial would change; for htmx, as this is slow for many people."""
    try:
        page = read_effect(point, requirement_on_trial())
    except Invalid:
        abort(400)
    if page is None or not is_htmx_request():
        return _redirect_to(point, "rule")
    return render_template("machine/effect.html", page=page)


@pages.post("/machines/<point>/rule", Permission.RULES_WRITE)
def save_rule(point: str) -> ResponseReturnValue:
    """Save a rule, if its effect is still the one that was shown."""
    rule, version = _rule(), required_version()
    web, who = context(), actor()
    now = web.clock()
    try:
        if (shown := request.form.get("loses")) is not None:
            # others can write meanwhile, as this takes long for many people
            with web.database.read() as db:
                change = effect.of_rule(db, point, rule, actor=who, now=now)
            if str(change.loses_n) != shown:
                raise Stale("another effect than was shown")
        with web.database.write() as db:
            before = access_points.get(db, point, actor=who)
            patch = {"requirement": msgspec.to_builtins(rule)}
            reason = _text("reason") or None
            after = access_points.change(
                db, point, patch, version=version, actor=who, now=now, reason=reason
            )
    except Stale:
        return _render(point, MachineQuery(rule=rule, changed_since=True, whole=True)), 422
    except Invalid:
        abort(400)
    back = msgspec.json.encode(before.requirement).decode()
    text = _("Rule saved. It applies from the next tap.")
    done_with_undo(text, "machine.save_rule", point=point, rule=back, version=after.version)
    return _redirect_to(point)


@pages.post("/machines/<point>/habits", Permission.RULES_WRITE)
def save_habits(point: str) -> ResponseReturnValue:
    """Save all settings of the machine's behaviour."""
    typed = {key: text for key, text in request.form.items() if key in _typed_keys(point)}
    typed |= form_merge.hidden_fields()
    web, who = context(), actor()
    try:
        with web.database.write() as db:
            before = access_points.get(db, point, actor=who)
            patch = habits.merge_patch(before, typed)
            after = access_points.change(
                db, point, patch, version=required_version(), actor=who, now=web.clock()
            )
    except Invalid as error:
        field, wrong = habits.first_error(error)
        return _render(
            point, MachineQuery(habits=typed, wrong=wrong, wrong_habits={field: wrong})
        ), 422
    except Stale:
        now_stored = _get_point(point)
        stored = form_merge.fill(habits.typed_of(now_stored), now_stored.version)
        typed, notes = form_merge.merge({**stored, **typed}, stored, {})
        wrong = _("Somebody has just changed this: check it, then save.")
        return _render(point, MachineQuery(habits=typed, wrong=wrong, wrong_habits=notes)), 422
    back = habits.typed_of(before)
    message = _("Saved. It applies from the next use.")
    done_with_undo(message, "machine.save_habits", point=point, version=after.version, **back)
    return _redirect_to(point, "habits")


@pages.post("/machines/<point>/facts", Permission.RULES_WRITE)
def save_facts(point: str) -> ResponseReturnValue:
    """Save name, room, agent, icon and risk; if somebody else has saved since, the form keeps its
    values."""
    typed = {key: _text(key) for key in ("name", "zone", "agent", "icon", "risk")}
    typed |= form_merge.hidden_fields()
    patch: dict[str, Any] = {
        "name": {site().language.value: typed["name"]},
        "zone_id": typed["zone"] or None,
        "agent_id": typed["agent"] or None,
        "icon": typed["icon"],
        "risk": typed["risk"],
    }
    version = required_version()
    with write_action(
        ServiceError, lambda error: (_render_refused_facts(point, typed, error), 422)
    ) as (db, now):
        before = access_points.get(db, point, actor=actor())
        after = access_points.change(db, point, patch, version=version, actor=actor(), now=now)
    back = {"version": str(after.version)} | facts_of(before)
    done_with_undo(_("Saved."), "machine.save_facts", point=point, **back)
    return _redirect_to(point, "facts")


@pages.post("/machines/<point>/commissioning/<step>", Permission.RULES_WRITE)
def tick(point: str, step: str) -> ResponseReturnValue:
    """Tick a step of commissioning."""
    new = NewTick(event_id=_text("event") or None, remark=_text(f"remark-{step}") or None)
    return _change(
        point,
        lambda db, now: commissioning.tick(db, point, step, new, actor=actor(), now=now),
        _("Ticked, with your name."),
        "commissioning",
    )


@pages.post("/machines/<point>/commissioned", Permission.RULES_WRITE)
def finish(point: str) -> ResponseReturnValue:
    """Put it into service once all steps are ticked, or restart commissioning."""
    starts_over = request.form.get("again") == "yes"
    service = commissioning.restart if starts_over else commissioning.finish
    text = _("Out of service until everything has been checked again.")
    return _change(
        point,
        lambda db, now: service(db, point, actor=actor(), now=now),
        text if starts_over else _("In service from the next tap."),
        "commissioning",
    )


def _maintainer_query() -> str | None:
    """Return the search text for a maintainer; None: no search, or the account may not appoint
    one."""
    query = request.args.get("maintainer")
    if query is None or not is_allowed(Permission.RULES_WRITE):
        return None
    return query.strip()[: maintainer_pages.LONGEST_QUERY]


def _render_refused_facts(point: str, typed: Mapping[str, str], error: ServiceError) -> str:
    query = MachineQuery(facts=typed, wrong_facts=_refusal(error))
    if isinstance(error, Stale):
        now_stored = _get_point(point)
        stored = form_merge.fill(facts_of(now_stored), now_stored.version)
        merged, notes = form_merge.merge(typed, stored, {})
        # at a field that both have changed, the form shows the stored value already
        changed = {key: note for key, note in notes.items() if merged[key] == stored[key]}
        query = replace(query, facts=merged, changed_facts=changed)
    return _render(point, query)


def _typed_keys(point: str) -> frozenset[str]:
    return frozenset(habits.typed_of(_get_point(point)))


def _get_point(point: str) -> AccessPoint:
    with context().database.read() as db:
        return access_points.get(db, point, actor=actor())


def _text(field: str) -> str:
    return request.form.get(field, "").strip()[:MAX_CHARACTERS]


def _rule() -> RequirementShape:
    try:
        prepare_for_threads(RequirementShape)
        return msgspec.json.decode(request.form.get("rule", ""), type=RequirementShape)
    except (msgspec.DecodeError, RecursionError):
        abort(400)


def _change(
    point: str, service: Callable[[Session, Utc], object], message: str, anchor: str = ""
) -> ResponseReturnValue:
    """Run a service in a transaction, confirm it, and show the machine again."""
    with write_action(ServiceError, _refusal, _redirect_to(point, anchor)) as (db, now):
        access_points.get(db, point, actor=actor())
        service(db, now)
    flash_done(message)
    return _redirect_to(point, anchor)


def _refusal(error: ServiceError) -> str:
    """Return why a service refused, in the page's language."""
    if isinstance(error, Forbidden):
        return _("Your role does not allow it. A manager can do it.")
    if isinstance(error, Stale):
        return _("Somebody has just changed this: check it, then save.")
    if isinstance(error, Invalid) and any(
        field_error.field.startswith("name") for field_error in error.errors
    ):
        return _("Enter a name, on one line.")
    if isinstance(error, Invalid) and any(
        field_error.field == "remark" for field_error in error.errors
    ):
        return _("Enter what you saw: there is no other record of it.")
    if isinstance(error, Invalid):
        return _("A name is missing, or a value no longer exists. Reload the page.")
    if isinstance(error, Conflict):
        return _("Not possible now: its box is silent, or a step is missing.")
    return _("That can’t be done. Reload the page and try again.")


@pages.get("/machines/<point>/seen", Permission.LIVE_READ)
def seen(point: str) -> ResponseReturnValue:
    """Show which missing steps the agent has just observed; polled by htmx."""
    page = read_machine(point, MachineQuery())
    if not is_htmx_request():
        return _redirect_to(point, "commissioning")
    return render_template("machine/seen.html", page=page, origin=request.args.get("from", ""))


@pages.get("/machines/<point>/now", Permission.LIVE_READ)
def now(point: str) -> ResponseReturnValue:
    """Show the machine's state and possible commands; polled by htmx."""
    page = read_now(point)
    if not is_htmx_request():
        return _redirect_to(point)
    part = "actions" if request.args.get("part") == "actions" else "state"
    return render_template(f"machine/{part}.html", page=page)


@pages.get("/machines/<point>/bookers", Permission.MEMBERS_READ)
def bookers(point: str) -> ResponseReturnValue:
    """Show the members to be notified if it goes out of service; for htmx."""
    page = read_now(point)
    if not is_htmx_request():
        return _redirect_to(point)
    return render_template("machine/bookers.html", page=page)


def _redirect_to(point: str, anchor: str = "") -> ResponseReturnValue:
    if request.form.get("from") == SETUP:
        return redirect(url_for("setup.show"), 303)
    return redirect(url_for("machine.show", point=point, _anchor=anchor or None), 303)


def _render(point: str, page_query: MachineQuery) -> str:
    page = read_machine(point, page_query)
    query = request.query_string.decode("ascii", "replace")
    return render_template(
        "machine/machine.html", page=page, typed=request.args, origin="", query=query
    )
