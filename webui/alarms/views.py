"""Turn an alarm into texts: what, where, since when, and who is taking care of it."""

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from flask import url_for

from controller.capabilities.alarms.alarms import Alarm as Raised
from controller.capabilities.alarms.alarms import is_about_gone
from controller.capabilities.clock.clock_check import UNSURE, Doubt
from controller.capabilities.user_reports.user_reports import DANGER_ALARM
from controller.domain.facts import AccessPoint
from controller.domain.locale.decision import fault_text
from controller.domain.states import FaultKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.capability import AlarmKind
from controller.kernel.names import short_login
from webui import i18n
from webui.guard import is_allowed
from webui.i18n import _, current, plural
from webui.i18n.dates import ago, format_relative, moment
from webui.live.views import Alarm
from webui.parts import Part, plain, strong, time_part

ABOUT_PERSON = frozenset({"member", "credential"})
"""Details of alarms about a person: whoever is at the machine now has nothing to do with them."""


def alarm(
    raised: Raised,
    number: int,
    newest: str,
    kinds: Mapping[str, AlarmKind],
    points: Mapping[str, AccessPoint],
    agents: Mapping[str, str],
    now: Utc,
    zone: ZoneInfo,
    may_take: bool,
) -> Alarm:
    """Return the view of an alarm that represents `number` similar ones, up to the id `newest`.

    `agents` are the agents' names by id.
    """
    where = _place_name(raised, points, agents)
    what, todo = alarm_texts(raised.kind, kinds)
    kind = kinds.get(raised.kind)
    can_wait = kind is not None and kind.can_wait
    since = f"{format_relative(raised.raised_at, now, zone)}, {ago(raised.raised_at, now)}"
    parts: list[Part] = [] if can_wait else [time_part("", moment(since, raised.raised_at, zone))]
    if number > 1:
        parts.append(strong(plural("%(n)s time", "%(n)s times", number)))
    if name := _name(raised):
        parts.append(plain(name))
    parts += map(plain, _badge(raised, points))
    if is_about_gone(raised):
        parts.append(plain(_("somebody whose record is gone")))
    if todo and not can_wait:
        parts.append(plain(todo.rstrip(".")))  # texts are joined by dots, so none ends with one
    if raised.kind == UNSURE.kind and raised.detail.get("doubt") != Doubt.UNSYNCHRONISED:
        parts.append(plain(_("exits at closing, past bookings and the morning digest wait too")))
    if may_take and not raised.by_hand and not can_wait:
        parts.append(plain(_("clears once its cause is gone")))
    if raised.taken_by:
        parts.append(strong(_("%(name)s is taking care of it", name=short_login(raised.taken_by))))
    return Alarm(
        id=raised.id,
        title=_("%(where)s: %(what)s", where=where, what=what) if where else what,
        parts=tuple(parts),
        taken=raised.taken_by is not None,
        take=may_take and raised.taken_by is None,
        settle=url_for("live.settle", alarm=raised.id, newest=newest)
        if may_take and raised.by_hand
        else "",
        what=what,
        point="" if raised.detail.keys() & ABOUT_PERSON else raised.access_point or "",
        log=_maintenance_href(raised) if may_take else "",
        can_wait=can_wait,
        member=raised.holder_id or "",
        report=_report_href(raised) if may_take else "",
        date=url_for("erasures.show")
        if raised.kind == UNSURE.kind and is_allowed(Permission.PERSONAL_DATA)
        else "",
    )


def _report_href(raised: Raised) -> str:
    """Return the address of a machine's reports of a danger; empty for other alarms."""
    if raised.kind != DANGER_ALARM or raised.access_point is None:
        return ""
    return url_for("machine.show", point=raised.access_point, _anchor="told")


def _maintenance_href(raised: Raised) -> str:
    """Return the address that logs the maintenance that is due as done; empty for others."""
    task = raised.detail.get("maintenance")
    return url_for("maintenance.is_done", key=task) if task else ""


def alarm_texts(kind: str, kinds: Mapping[str, AlarmKind]) -> tuple[str, str]:
    """Return the name of this kind of alarm, and what to do about it."""
    if kind in tuple(FaultKind):
        text = fault_text(FaultKind(kind), i18n.translator())
        return text.title, " ".join(text.lines)
    if (kind_info := kinds.get(kind)) is None:
        return kind.replace("_", " "), ""
    translator = i18n.translator()
    return translator.say(kind_info.title), translator.say(kind_info.todo)


def _name(raised: Raised) -> str:
    """Return the name of the maintenance that is due or of the job that failed; empty for
    others."""
    return _label_text(raised.detail.get("name"))


def _label_text(name: object) -> str:
    """Return a label's text in the page's language, from its JSON object."""
    if not isinstance(name, dict):
        return ""
    return str(name.get(current()) or name.get("en") or name.get("fr") or "")


def _badge(raised: Raised, points: Mapping[str, AccessPoint]) -> Iterator[str]:
    """Yield which badge the alarm is about, where else it was used, and whether it was
    suspended."""
    ending, elsewhere = raised.detail.get("ending"), points.get(str(raised.detail.get("elsewhere")))
    if ending:
        yield _("badge that ends in %(ending)s", ending=ending)
    if elsewhere is not None:
        yield _("also: %(place)s", place=elsewhere.name.read(current()))
    elif site := _label_text(raised.detail.get("site")):
        yield _("also: %(place)s", place=site)
    if raised.detail.get("suspended") is True:
        yield _("it is suspended")


def _place_name(
    raised: Raised, points: Mapping[str, AccessPoint], agents: Mapping[str, str]
) -> str:
    point = points.get(raised.access_point or "")
    if point is not None:
        return point.name.read(current())
    return agents.get(raised.agent_id or "", raised.agent_id or "")
