"""Evacuation: started by one button, a roll call on every screen and on paper, then ended."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid
from controller.policy import facts_of
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site
from webui.i18n import _
from webui.naming import whole_number
from webui.navigation import SAFETY, Nav
from webui.presence.roll_call import Roll, roll_view
from webui.undo import flash_done

LONGEST_REMARK = 400
"""Longest remark that is kept."""
BY_HAND = {kind.value: kind for kind in (EvacuationKind.DESK, EvacuationKind.DRILL)}
"""The kinds of evacuation that can be started on this page."""

pages = Pages("evacuation", __name__, needs_factor=False)


@pages.get(
    "/evacuation",
    Permission.MEMBERS_READ,
    nav=Nav(
        entry=SAFETY,
        icon="siren",
        text=lambda: _("Evacuation"),
        place=10,
        also="evacuation roll appel drill exercice",
    ),
)
def show() -> ResponseReturnValue:
    """Show the roll of the current evacuation, or the buttons that start one."""
    template = "evacuation/roll.html" if is_htmx_request() else "evacuation/page.html"
    return render_template(template, roll=_roll())


@pages.post("/evacuation", Permission.MEMBERS_WRITE)
def start() -> ResponseReturnValue:
    """Start an evacuation or a drill; if one is in progress, its roll is shown instead."""
    kind = BY_HAND.get(request.form.get("kind", ""))
    if kind is None:
        abort(400)
    given = context()
    try:
        with given.database.write() as db:
            new = NewEvacuation(kind=kind, site_id=site().id)
            evacuations.start(db, new, actor=actor(), now=given.clock())
    except Conflict:
        flash(_("An evacuation is already in progress: here is its roll call."), "note")
    return redirect(url_for("evacuation.show"), 303)


@pages.post("/evacuation/<evacuation>/roll/<line>", Permission.MEMBERS_READ)
def mark(evacuation: str, line: str) -> ResponseReturnValue:
    """Tick somebody as seen at the assembly point, or not; of a group, how many of it."""
    is_seen, typed = request.form.get("seen", "") == "yes", request.form.get("heads")
    heads = None if typed is None else whole_number(typed)
    if isinstance(heads, str):
        abort(400)
    given = context()
    try:
        with given.database.write() as db:
            evacuations.mark_present(
                db, evacuation, line, is_seen=is_seen, heads=heads, actor=actor(), now=given.clock()
            )
    except Invalid:
        flash(_("You can’t count more people than had come in."), "wrong")
    if is_htmx_request():
        return render_template("evacuation/roll.html", roll=_roll())
    return redirect(url_for("evacuation.show", _anchor=f"line-{line}"), 303)


@pages.post("/evacuation/<evacuation>/end", Permission.MEMBERS_WRITE)
def end(evacuation: str) -> ResponseReturnValue:
    """End the evacuation: names are deleted, a line stays in the safety register.

    If people are missing, the page says so first, and the evacuation ends on the second request.
    """
    remarks = request.form.get("remarks", "").strip()[:LONGEST_REMARK] or None
    back = request.form.get("back") == "yes"
    roll = _roll()
    if roll and roll.id == evacuation and request.form.get("missing", "0") != str(roll.missing):
        again = EndEvacuation(remarks=remarks, everyone_back=back)
        return render_template("evacuation/page.html", roll=roll, again=again), 422
    given = context()
    try:
        with given.database.write() as db:
            new = EndEvacuation(remarks=remarks, everyone_back=back)
            evacuations.end(db, evacuation, new, actor=actor(), now=given.clock())
    except Conflict:
        flash(_("This evacuation is already over."), "note")
    else:
        flash_done(
            _("Evacuation over. Its date, its duration and your remarks are kept in the register.")
        )
    return redirect(url_for("live.show"), 303)


def _roll() -> Roll | None:
    given = context()
    now, who, at = given.clock(), actor(), site().id
    with given.database.read() as db:
        found = evacuations.current_evacuation(db, at, actor=who)
        if found is None:
            return None
        entries = evacuations.roll(db, found.id, actor=who)
        return roll_view(found, entries, facts_of.site(db, at, now), now)
