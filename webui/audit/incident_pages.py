"""Pages of incident searches: request one for a door or machine, confirm it, read the result.

A search covers at most a day and has a reason; a second person has to confirm it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.machines import access_points
from controller.capabilities.machines.machine_names import machine_names
from controller.capabilities.privacy import incidents
from controller.capabilities.privacy.incidents import Incident, NewIncident, Passage
from controller.domain.facts import PointKind
from controller.domain.locale.catalogue import N_
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.database import Session
from controller.kernel.errors import Conflict, Forbidden, Invalid
from controller.kernel.names import names_of
from controller.kernel.validate import parse
from webui.context import context
from webui.feature import Pages
from webui.guard import actor, site, site_zone
from webui.i18n import _, current
from webui.i18n.dates import Moment, clock, day, format_day, moment
from webui.naming import read_label
from webui.navigation import SAFETY, Nav
from webui.paging import all_items
from webui.parts import Chip, Option
from webui.undo import flash_done

_MAY = Permission.INCIDENTS
SHOWN = 30
"""How many searches the page lists."""
pages = Pages("incidents", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchView:
    """A search, without its results."""

    id: str
    title: str
    reason: str
    state: Chip
    people: str
    may_decide: bool
    waits: bool
    """Whether somebody else has to decide."""
    may_read: bool
    is_current: bool
    """Whether it waits for a decision, or can be read now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageView:
    """A result: somebody at the door or the machine."""

    at: Moment
    what: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentPage:
    """What the page shows: the form with its values and errors, and earlier searches."""

    points: tuple[Option, ...]
    searches: tuple[SearchView, ...]
    typed: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    shortest: int = incidents.SHORTEST_REASON
    hours: int = int(incidents.READING_PERIOD.total_seconds() // 3600)


@pages.get(
    "/incidents",
    _MAY,
    nav=Nav(
        entry=SAFETY,
        icon="file-search",
        text=lambda: _("Incidents"),
        place=30,
        also="incident search recherche passages accident",
    ),
)
def show() -> ResponseReturnValue:
    """Show the form and earlier searches."""
    return _render_searches({"day": str(context().clock().astimezone(site_zone()).date())}, {})


@pages.post("/incidents", _MAY)
def ask() -> ResponseReturnValue:
    """Request a search, which a second person has to confirm."""
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    since, until = _typed_span(typed, site_zone())
    if since is None or until is None:
        wrong = _("Enter the day, the start time and the end time.")
        return _render_searches(typed, {"day": wrong})
    given_fields = {name: typed[name] for name in ("access_point", "reason")}
    try:
        new = parse(given_fields | {"since": since.text(), "until": until.text()}, NewIncident)
        with context().database.write() as db:
            incidents.create(db, new, actor=actor(), now=context().clock())
    except Invalid as error:
        fields = {_FIELD_OF.get(field_error.field or "", "day") for field_error in error.errors}
        return _render_searches(typed, {field: _error_texts()[field] for field in fields})
    flash_done(_("Requested. A second person must confirm it, from their own account."))
    return redirect(url_for("incidents.show"), 303)


@pages.post("/incidents/<incident>/confirm", _MAY, grave=N_("Let somebody read who was there"))
def confirm(incident: str) -> ResponseReturnValue:
    """Confirm a search that somebody else requested."""
    text = _("Confirmed. Both of you can read, and nobody else.")
    return _decide(incidents.confirm, incident, text)


@pages.post("/incidents/<incident>/refuse", _MAY)
def refuse(incident: str) -> ResponseReturnValue:
    """Refuse a search that somebody else requested."""
    text = _(
        "Refused: nobody will read these entries and exits. The request and the refusal stay in "
        "the audit log."
    )
    return _decide(incidents.refuse, incident, text)


def _decide(service: Callable[..., Incident], incident: str, message: str) -> ResponseReturnValue:
    web = context()
    try:
        with web.database.write() as db:
            service(db, incident, actor=actor(), now=web.clock())
    except Forbidden:
        flash(_("Somebody other than the person who asked must decide."), "wrong")
    except Conflict:
        flash(_("This search has already been confirmed or refused, or is too old."), "wrong")
    else:
        flash_done(message)
    return redirect(url_for("incidents.show"), 303)


@pages.post("/incidents/<incident>/read", _MAY, grave=N_("Read who was there"))
def read(incident: str) -> ResponseReturnValue:
    """Show who was there; that it was read is recorded in the audit log."""
    web, me = context(), actor()
    try:
        with web.database.read() as db:
            search = incidents.get(db, incident, actor=me, now=web.clock())
            passages = incidents.passages(db, incident, actor=me, now=web.clock())
            view = _search_views(db, [search])[0]
        with web.database.write() as db:
            incidents.record_read(db, incident, actor=me, now=web.clock())
    except (Forbidden, Conflict):
        text = _("Only the two people who decided on it can read it, while it is open.")
        flash(text, "wrong")
        return redirect(url_for("incidents.show"), 303)
    zone = site_zone()
    lines = [_passage(passage, search.since, zone) for passage in passages]
    return render_template("incidents/passages.html", search=view, lines=lines)


_FIELDS = ("access_point", "day", "since", "until", "reason")
"""Fields of the form."""
_FIELD_OF = {"access_point": "access_point", "reason": "reason"}
"""Fields of the form by the service's field; all others belong to `day`."""


def _error_texts() -> dict[str, str]:
    return {
        "access_point": _("Choose a door or a machine."),
        "day": _("Enter at most 24 hours in the past, with the end after the start."),
        "reason": _("Describe what happened in a sentence: it is kept and reviewed."),
    }


def _typed_span(typed: Mapping[str, str], zone: ZoneInfo) -> tuple[Utc | None, Utc | None]:
    try:
        day = date.fromisoformat(typed["day"])
        since, until = (time.fromisoformat(typed[name]) for name in ("since", "until"))
        return (
            Utc.of(datetime.combine(day, since.replace(tzinfo=None), zone)),
            Utc.of(datetime.combine(day, until.replace(tzinfo=None), zone)),
        )
    except (ValueError, OverflowError):
        return None, None


def _render_searches(typed: Mapping[str, str], wrong: Mapping[str, str]) -> ResponseReturnValue:
    me = actor()
    with context().database.read() as db:
        points = all_items(lambda cursor: access_points.page(db, actor=me, cursor=cursor))
        points.sort(key=lambda it: (it.kind is not PointKind.DOOR, read_label(it.name).casefold()))
        choices = tuple(Option(value=str(it.id), text=read_label(it.name)) for it in points)
        searches = incidents.newest(db, site().id, SHOWN, actor=me, now=context().clock())
        page = IncidentPage(
            points=choices and (Option(value="", text=_("Choose…")), *choices),
            searches=tuple(_search_views(db, searches)),
            typed=typed,
            wrong=wrong,
        )
    return render_template("incidents/incidents.html", page=page), 422 if wrong else 200


def _search_views(db: Session, incidents: list[Incident]) -> list[SearchView]:
    refs = {ref for incident in incidents for ref in _people(incident)}
    names, me = names_of(db, refs), actor()
    points = {
        key: name.read(current())
        for key, name in machine_names(db, [it.access_point for it in incidents]).items()
    }
    zone, now = site_zone(), context().clock()
    own_reference = f"account:{me.account_id}"
    return [
        _search_view(incident, names, points, zone, now, own_reference) for incident in incidents
    ]


def _search_view(
    incident: Incident,
    names: Mapping[str, str],
    points: Mapping[str, str],
    zone: ZoneInfo,
    now: Utc,
    own_reference: str,
) -> SearchView:
    states = {
        "asked": Chip(look="armed", icon="hourglass", word=_("waiting for a second person")),
        "open": Chip(look="running", icon="file-search", word=_("open for reading")),
        "expired": Chip(look="off", icon="lock", word=_("search closed")),
        "refused": Chip(look="no", icon="ban", word=_("refused")),
    }
    people = [names.get(ref, ref) for ref in _people(incident)]
    return SearchView(
        id=incident.id,
        title=_title(incident, points.get(incident.access_point, incident.access_point), now, zone),
        reason=incident.reason or "",
        state=states[incident.state],
        people=", ".join(people),
        may_decide=incident.state == "asked" and incident.asked_by != own_reference,
        waits=incident.state == "asked" and incident.asked_by == own_reference,
        may_read=incident.state == "open"
        and own_reference in (incident.asked_by, incident.confirmed_by),
        is_current=incident.state in ("asked", "open"),
    )


def _title(incident: Incident, door: str, now: Utc, zone: ZoneInfo) -> str:
    since, until = incident.since, incident.until
    first, last = day(since, now, zone), until.astimezone(zone).date()
    times = {"since": clock(since, zone), "until": clock(until, zone)}
    if since.astimezone(zone).date() == last:
        return _("%(door)s, %(day)s, from %(since)s to %(until)s", door=door, day=first, **times)
    return _(
        "%(door)s, from %(first)s %(since)s to %(last)s %(until)s",
        door=door,
        first=first,
        last=format_day(last, "d MMMM"),
        **times,
    )


def _people(incident: Incident) -> list[str]:
    return [ref for ref in (incident.asked_by, incident.confirmed_by, incident.refused_by) if ref]


def _passage(passage: Passage, since: Utc, zone: ZoneInfo) -> PassageView:
    texts = {
        "access_granted": _("badge accepted"),
        "door_opened": _("door opened"),
        "guest_admitted": _("guest admitted"),
        "access_denied": _("badge refused"),
        "machine_used": _machine_used(passage, since, zone),
    }
    name = passage.name or _("unknown person")
    heads = f" × {passage.heads}" if passage.heads > 1 else ""
    return PassageView(
        at=moment(_time_text(passage.at, since, zone), passage.at, zone),
        what=texts.get(passage.what, passage.what),
        name=f"{name}{heads}",
    )


def _time_text(at: Utc, since: Utc, zone: ZoneInfo) -> str:
    """Return the time of day, with the date if it is another day than that of `since`."""
    local = at.astimezone(zone).date()
    if local == since.astimezone(zone).date():
        return clock(at, zone)
    return _("%(day)s at %(time)s", day=format_day(local, "d MMMM"), time=clock(at, zone))


def _machine_used(passage: Passage, since: Utc, zone: ZoneInfo) -> str:
    if passage.until is None:
        return _("machine used, end unknown")
    return _("machine used until %(until)s", until=_time_text(passage.until, since, zone))
