"""What the page of one agent shows: telemetry, the last day, the log, and actions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from controller.capabilities.agents.shapes import Agent
from controller.capabilities.journal.shapes import Event
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.capability import AlarmKind
from webui.agents.day_line import WeekDay
from webui.agents.fleet import AgentRow, FleetData, agent_row, device_name, hardware_text
from webui.agents.plugs import PlugsPart
from webui.alarms.views import alarm_texts as alarm_words
from webui.guard import is_allowed
from webui.i18n import _
from webui.i18n.dates import Moment, Zone, day, format_relative, moment
from webui.naming import is_same_name, read_label
from webui.parts import Option


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """A line of the agent's log."""

    at: Moment
    icon: str
    text: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceState:
    """A reader, contactor or meter as the agent last reported it."""

    text: str
    is_answering: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeForm:
    """The form to revoke an agent: what was entered, and its errors."""

    name: str
    reason: str
    wrong_name: str
    wrong_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameForm:
    """The form to rename an agent: the entered name, and its error."""

    name: str
    wrong: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentPage:
    """What the page of an agent shows."""

    row: AgentRow
    state: tuple[str, ...]
    """Whether it is online, how much hardware answers, and until when its certificate is valid."""
    devices: Mapping[str, tuple[DeviceState, ...]]
    """The hardware of each machine and door, by id."""
    week: tuple[WeekDay, ...]
    """When it was connected, day by day; empty for one that was never enrolled."""
    log: tuple[LogLine, ...]
    plugs: PlugsPart
    may_read_log: bool
    sites: tuple[Option, ...]
    may_write: bool
    may_command: bool


def agent_page(
    agent: Agent,
    week: tuple[WeekDay, ...],
    log: Sequence[Event],
    sites: tuple[Option, ...],
    plugs: PlugsPart,
    data: FleetData,
    kinds: Mapping[str, AlarmKind],
) -> AgentPage:
    """Return the page's contents in the current language."""
    names = {point.id: read_label(point.name) or point.id for point in data.points}
    row = agent_row(agent, data)
    return AgentPage(
        row=row,
        state=_state_texts(agent, row, data),
        devices={point.id: _device_states(agent, point.id) for point in row.points},
        week=week,
        log=tuple(_log_line(event, names, kinds, data.now, data.zone) for event in log),
        plugs=plugs,
        may_read_log=is_allowed(Permission.EVENTS_READ),
        sites=sites,
        may_write=is_allowed(Permission.AGENTS_WRITE) and agent.revoked_at is None,
        may_command=is_allowed(Permission.COMMAND),
    )


def _state_texts(agent: Agent, row: AgentRow, data: FleetData) -> tuple[str, ...]:
    if row.revoked:
        return (row.revoked,)
    texts = [issue.text.rstrip(".") for issue in row.issues[:1]]
    if row.online:
        texts += hardware_text(agent)
    until = agent.certificate_until
    if until is not None and not row.renewable:
        texts.append(_("certificate until %(day)s", day=day(until, data.now, data.zone)))
    return tuple(texts)


def _device_states(agent: Agent, point: str) -> tuple[DeviceState, ...]:
    telemetry: Mapping[str, Any] = agent.telemetry or {}
    states = (
        _device_state(device_name(device.get("device", "")), is_answering=device.get("ok", True))
        for device in telemetry.get("devices") or ()
        if device.get("access_point") == point
    )
    return tuple(dict.fromkeys(states))


def _device_state(name: str, *, is_answering: bool) -> DeviceState:
    text = name if is_answering else _("%(device)s: does not answer", device=name)
    return DeviceState(text=text, is_answering=is_answering)


def check_revoke_form(typed: str, name: str, reason: str) -> RevokeForm | None:
    """Return the form with its errors; None if it is valid."""
    is_same = is_same_name(typed, name)
    if is_same and reason:
        return None
    return RevokeForm(
        name=typed,
        reason=reason,
        wrong_name="" if is_same else _("Type its name exactly: %(name)s", name=name),
        wrong_reason="" if reason else _("Give a reason: this can’t be undone."),
    )


def _log_line(
    event: Event, names: Mapping[str, str], kinds: Mapping[str, AlarmKind], now: Utc, zone: Zone
) -> LogLine:
    at = event.at or event.received_at
    icon, text, more = _event_text(event, kinds)
    where = names.get(event.access_point or "", "")
    return LogLine(
        at=moment(format_relative(at, now, zone), at, zone),
        icon=icon,
        text=_("%(where)s: %(what)s", where=where, what=text) if where else text,
        more=more,
    )


def _event_text(event: Event, kinds: Mapping[str, AlarmKind]) -> tuple[str, str, str]:
    data = event.data
    fault = alarm_words(str(data.get("fault") or ""), kinds)[0]
    detail = str(data.get("text") or "")
    version = str(data.get("version") or "?")
    step_s = abs(int(str(data.get("step_ms") or 0))) / 1000
    reason = str(data.get("reason") or "").replace("_", " ")
    texts = {
        "fault_raised": ("triangle-alert", fault, detail),
        "fault_reset": ("circle-check", _("%(fault)s: cleared", fault=fault), ""),
        "clock_stepped": ("clock", _("Clock corrected by %(n)s s", n=round(step_s, 1)), ""),
        "journal_degraded": ("hard-drive", _("Journal damaged: %(why)s", why=reason), detail),
        "policy_rejected": ("shield-check", _("Rules refused: %(why)s", why=reason), detail),
    }
    started = _("Started, version %(version)s", version=version)
    return texts.get(event.type, ("power", started, ""))
