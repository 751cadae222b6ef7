"""Evacuation: started by one button, a roll call on screens and on paper, then ended."""

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.presence import evacuations
from controller.capabilities.presence.models import EvacuationKind
from controller.capabilities.presence.shapes import EndEvacuation, NewEvacuation, NewRollEntry
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, Invalid, NotFound
from controller.kernel.names import names_of, short_login
from controller.kernel.validate import parse
from controller.policy import facts_of
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, is_allowed, is_htmx_request, site
from webui.i18n import _
from webui.i18n.dates import Moment, clock, moment
from webui.naming import whole_number
from webui.navigation import SAFETY, Nav
from webui.presence.past_evacuations import PastEvacuations, past_evacuations
from webui.presence.roll_call import Roll, roll_view, room_name
from webui.undo import flash_cancelled, flash_done, refuse

LONGEST_REMARK = 400
"""Longest remark that is kept."""
SHOWN = timedelta(days=3 * 365)
"""How far back the page lists evacuations; earlier ones are in the safety register."""
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
        also="evacuation roll appel drill exercice print imprimer evacuate évacuer",
    ),
)
def show() -> ResponseReturnValue:
    """Show the roll of the current evacuation, or the buttons that start one and those before."""
    return _render("evacuation/roll.html" if is_htmx_request() else "evacuation/page.html")


@pages.get("/evacuation/banner", Permission.MEMBERS_READ)
def banner() -> ResponseReturnValue:
    """Return the evacuation button of open pages; 204 if they show the same (`going`: yes, no)."""
    web = context()
    with web.database.read() as db:
        going = evacuations.current_evacuation(db, site().id, actor=actor()) is not None
    if request.args.get("going") == ("yes" if going else "no"):
        return "", 204
    return render_template("evacuate.html")


@pages.post("/evacuation", Permission.MEMBERS_WRITE)
def start() -> ResponseReturnValue:
    """Start an evacuation or a drill; if one is in progress, its roll is shown instead."""
    kind = BY_HAND.get(request.form.get("kind", ""))
    if kind is None:
        abort(400)
    web = context()
    try:
        with web.database.write() as db:
            new = NewEvacuation(kind=kind, site_id=site().id)
            evacuations.start(db, new, actor=actor(), now=web.clock())
    except Conflict:
        flash(_("An evacuation is already in progress: here is its roll call."), "note")
    return redirect(url_for("evacuation.show"), 303)


@pages.post("/evacuation/<evacuation>/roll", Permission.MEMBERS_READ)
def add(evacuation: str) -> ResponseReturnValue:
    """Add somebody to the roll who was in but not recorded."""
    typed = {key: request.form.get(key, "").strip() for key in ("name", "zone_id", "heads")}
    web = context()
    try:
        with web.database.write() as db:
            new = parse(typed, NewRollEntry, strict=False)
            line = evacuations.add_to_roll(db, evacuation, new, actor=actor(), now=web.clock())
    except Invalid:
        flash(_("Nobody was added: enter a name, a room and how many people."), "wrong")
    except evacuations.NameOnRoll as known:
        with web.database.read() as db:
            room = room_name(facts_of.site(db, site().id, web.clock()), known.zone_id)
        text = _(
            "Nobody was added: %(name)s is on the list already: %(room)s. For somebody else, add "
            "the surname.",
            name=typed["name"],
            room=room,
        )
        flash(text, "wrong")
    except Conflict:
        flash(_("This evacuation is already over."), "note")
    else:
        return redirect(url_for("evacuation.show", _anchor=f"line-{line.id}"), 303)
    return redirect(url_for("evacuation.show"), 303)


@pages.post("/evacuation/<evacuation>/roll/<line>/remove", Permission.MEMBERS_READ)
def remove(evacuation: str, line: str) -> ResponseReturnValue:
    """Remove somebody who was added to the roll by mistake; the undo adds them again, not seen."""
    web = context()
    try:
        with web.database.write() as db:
            entry = evacuations.remove_from_roll(
                db, evacuation, line, actor=actor(), now=web.clock()
            )
    except Conflict:
        refuse(_("Nobody was removed: they were noted as in when it began. Look for them."))
    except NotFound as missing:
        if missing.key != line:
            raise
        refuse(_("This line is no longer on the list."))
    else:
        fields = {"name": entry.name, "zone_id": entry.zone_id, "heads": entry.heads}
        text = _("%(name)s: removed from the roll call.", name=entry.name)
        flash_cancelled(text, "evacuation.add", evacuation=evacuation, **fields)
    return redirect(url_for("evacuation.show"), 303)


@pages.post("/evacuation/<evacuation>/roll/<line>", Permission.MEMBERS_READ)
def mark(evacuation: str, line: str) -> ResponseReturnValue:
    """Tick somebody as seen at the assembly point, or not; of a group, how many of it."""
    is_seen, typed = request.form.get("seen", "") == "yes", request.form.get("heads")
    heads = None if typed is None else whole_number(typed)
    if isinstance(heads, str):
        abort(400)
    web = context()
    try:
        with web.database.write() as db:
            evacuations.mark_present(
                db, evacuation, line, is_seen=is_seen, heads=heads, actor=actor(), now=web.clock()
            )
    except Invalid:
        flash(_("You can’t count more people than had come in."), "wrong")
    if is_htmx_request():
        return "", 204
    return redirect(url_for("evacuation.show", _anchor=f"line-{line}"), 303)


@pages.post("/evacuation/<evacuation>/end", Permission.MEMBERS_WRITE)
def end(evacuation: str) -> ResponseReturnValue:
    """End the evacuation: names are deleted, a line stays in the safety register.

    If people are missing, the page warns first, and the evacuation ends on the second request.
    """
    remarks = request.form.get("remarks", "").strip()[:LONGEST_REMARK] or None
    back = request.form.get("back") == "yes"
    mistake = request.form.get("mistake") == "yes"
    roll = _read().roll
    if roll and roll.id == evacuation and request.form.get("missing", "0") != str(roll.missing):
        typed = EndEvacuation(remarks=remarks, everyone_back=back, by_mistake=mistake)
        return _render("evacuation/page.html", typed=typed), 422
    web = context()
    try:
        with web.database.write() as db:
            new = EndEvacuation(remarks=remarks, everyone_back=back, by_mistake=mistake)
            evacuations.end(db, evacuation, new, actor=actor(), now=web.clock())
    except Invalid:  # the form of a fire alarm has no such field
        abort(400)
    except Conflict:
        if late := _late_remark(evacuation, remarks):
            return _render("evacuation/page.html", late=late), 409
        flash(_("This evacuation is already over."), "note")
    else:
        flash_done(
            _("It is over: its date, its duration and your remarks are kept in the register.")
        )
    return redirect(url_for("evacuation.show"), 303)


@pages.post("/evacuation/<evacuation>/remark", Permission.MEMBERS_WRITE)
def add_remark(evacuation: str) -> ResponseReturnValue:
    """Add a remark to an evacuation that somebody else has ended."""
    web, remark = context(), request.form.get("remarks", "").strip()[:LONGEST_REMARK]
    try:
        with web.database.write() as db:
            evacuations.add_remark(db, evacuation, remark, actor=actor(), now=web.clock())
    except (Conflict, Invalid):  # its form is only shown when it is over, and asks for a text
        abort(400)
    flash_done(_("Remark added to the register."))
    return redirect(url_for("evacuation.show"), 303)


@dataclass(frozen=True, slots=True)
class _LateRemark:
    """A remark on an evacuation that somebody else had ended when it was sent."""

    id: str
    by: str
    ended: Moment
    text: str


def _late_remark(evacuation: str, remark: str | None) -> _LateRemark | None:
    """Return the remark if the register does not have it."""
    with context().database.read() as db:
        ended, ended_by = evacuations.end_of(db, evacuation, actor=actor())
        by = short_login(names_of(db, [ended_by]).get(ended_by, "")) or _("Somebody")
    if not remark or ended.ended_at is None or remark in (ended.remarks or ""):
        return None
    zone = ZoneInfo(site().time_zone)
    at = moment(clock(ended.ended_at, zone), ended.ended_at, zone)
    return _LateRemark(evacuation, by, at, remark)


@dataclass(frozen=True, slots=True)
class _Page:
    roll: Roll | None
    past: PastEvacuations | None = None
    """What the page shows while none is in progress."""


def _render(
    template: str, typed: EndEvacuation | None = None, late: _LateRemark | None = None
) -> str:
    page, may_start = _read(), is_allowed(Permission.MEMBERS_WRITE)
    return render_template(
        template, roll=page.roll, past=page.past, again=typed, late=late, may_start=may_start
    )


def _read() -> _Page:
    web = context()
    now, who, site_id = web.clock(), actor(), site().id
    with web.database.read() as db:
        current = evacuations.current_evacuation(db, site_id, actor=who)
        place = facts_of.site(db, site_id, now)
        if current is None:
            since = Utc.of(now - SHOWN)
            before = evacuations.evacuations_between(db, site_id, since, now, actor=who)[::-1]
            names = names_of(db, {evacuation.started_by for evacuation in before})
            inside = evacuations.count_inside(db, site_id, actor=who, now=now)
            return _Page(None, past_evacuations(before, names, *inside, place, now))
        entries = evacuations.roll(db, current.id, actor=who)
        by = names_of(db, [current.started_by]).get(current.started_by, "")
        return _Page(roll_view(current, entries, place, short_login(by), now))
