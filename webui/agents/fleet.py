"""What the *Boxes* page shows: agents that need attention first, each with its facts and
actions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from babel.lists import format_list
from flask import url_for

from controller.capabilities.agents.away import CatchUpProgress
from controller.capabilities.agents.fleet import LOSSES, AgentList
from controller.capabilities.agents.health import HealthIssue, IssueKind, health_issues
from controller.capabilities.agents.shapes import Agent
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.programs.rollout import RolloutProgress
from controller.domain.facts import POLICY_MAX_AGE_S, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.paging import Page
from webui.agents.day_line import DayLine
from webui.agents.rollout_texts import rollout_texts
from webui.guard import is_allowed
from webui.i18n import _, locale, plural
from webui.i18n.dates import Zone, ago, clock, day
from webui.icons import machine_icon
from webui.naming import read_label
from webui.parts import Bar

_ICONS = {
    IssueKind.SILENT: "wifi-off",
    IssueKind.DEVICE: "plug",
    IssueKind.CERTIFICATE: "file-check",
    IssueKind.DISK: "hard-drive",
    IssueKind.CLOCK: "clock",
    IssueKind.HOT: "flame",
    IssueKind.BACKLOG: "hourglass",
    IssueKind.VERSION: "history",
    IssueKind.NEW: "plus",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlledPoint:
    """A machine or door that the agent controls."""

    id: str
    name: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """Something that needs attention, and its consequence."""

    icon: str
    text: str
    look: str
    """Style: `silent`, `new`, `later` or `fine`."""
    more: str = ""
    """The consequence; may be empty."""
    bar: Bar | None = None
    """How much of the journal stored while offline has arrived; None: nothing is catching up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """An agent in the list."""

    id: str
    name: str
    href: str
    version: int
    points: tuple[ControlledPoint, ...]
    issues: tuple[IssueLine, ...]
    """What needs attention; if nothing does, that it is online."""
    line: DayLine | None
    facts: tuple[tuple[str, str], ...]
    """The agent's last telemetry, as pairs of name and value."""
    renewable: bool
    """Whether its certificate expires soon."""
    online: bool
    new: bool
    revoked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetList:
    """A page of one of the three lists, with the address of its next page."""

    rows: tuple[AgentRow, ...]
    next: str = ""
    first: str = ""
    """Address of the list's first page; empty if that is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """What the page shows of a site's agents."""

    facts: tuple[str, ...]
    asking: FleetList | None
    """Agents that need attention."""
    fine: FleetList | None
    """Agents that need nothing."""
    revoked_agents: FleetList | None
    revoked: int
    together: str
    """When all agents were offline at the same time; empty: never."""
    ends: tuple[str, str]
    """Labels of where the lines of the day begin and end."""
    is_empty: bool
    may_write: bool
    may_command: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetData:
    """What all rows need, read at once."""

    points: Sequence[AccessPoint]
    lines: Mapping[str, DayLine]
    losses: Mapping[str, int]
    """How often each agent lost its connection in the last 24 hours."""
    late: Mapping[str, CatchUpProgress]
    """Agents that are still sending events from the time when they were offline."""
    version: str
    now: Utc
    zone: Zone


def fleet_page(
    pages: Mapping[AgentList, Page[Agent]],
    counts: Mapping[str, int],
    cursors: Mapping[AgentList, str | None],
    data: FleetData,
    rollout: RolloutProgress | None,
    lack_key: int,
) -> Fleet:
    """Return the page's contents in the current language.

    `cursors` is the agent after which each list goes on, `rollout` the progress of a rollout,
    `lack_key` how many agents have not received the site's newer key.
    """
    alive = counts[AgentList.ASKING] + counts[AgentList.FINE]
    parts = {group: _fleet_list(group, page, cursors[group], data) for group, page in pages.items()}
    return Fleet(
        facts=(*_count_texts(counts, alive), *rollout_texts(rollout), *_key_text(lack_key)),
        asking=parts.get(AgentList.ASKING),
        fine=parts.get(AgentList.FINE),
        revoked_agents=parts.get(AgentList.REVOKED),
        revoked=counts[AgentList.REVOKED],
        together=next((line.together for line in data.lines.values() if line.together), ""),
        ends=next(((line.first, line.last) for line in data.lines.values()), ("", "")),
        is_empty=not alive,
        may_write=is_allowed(Permission.AGENTS_WRITE),
        may_command=is_allowed(Permission.COMMAND),
    )


def _key_text(lack: int) -> Iterator[str]:
    if lack:
        yield plural(
            "%(n)s has not received the new badge key yet",
            "%(n)s have not received the new badge key yet",
            lack,
        )


def _count_texts(counts: Mapping[str, int], alive: int) -> Iterator[str]:
    if alive:
        yield _("%(n)s of %(of)s online", n=counts["online"], of=alive)
    if asking := counts[AgentList.ASKING]:
        yield plural("%(n)s to fix", "%(n)s to fix", asking)


def _fleet_list(
    group: AgentList, page: Page[Agent], after: str | None, data: FleetData
) -> FleetList:
    items = list(page.items)
    if group is AgentList.ASKING:  # the most urgent first, among those of this page
        items.sort(key=lambda item: _urgency(item, data))
    following: dict[str, Any] = {group.value: page.next}
    return FleetList(
        rows=tuple(agent_row(item, data) for item in items),
        next=url_for("agents.show", **following) if page.next else "",
        first=url_for("agents.show") if after else "",
    )


def _urgency(agent: Agent, data: FleetData) -> int:
    first = next(iter(health_issues(agent, data.version, data.now)), None)
    return list(IssueKind).index(first.kind) if first else len(IssueKind)


def agent_row(agent: Agent, data: FleetData) -> AgentRow:
    """Return the row of an agent."""
    own_points = [point for point in data.points if point.agent_id == agent.id]
    revoked, line = agent.revoked_at, data.lines.get(agent.id)
    issues = health_issues(agent, data.version, data.now)
    lines = tuple(_issue_line(issue, agent, own_points, data) for issue in issues)
    if (losses := data.losses.get(agent.id, 0)) >= LOSSES and revoked is None:
        text = line.hint if line else ""
        text = text or _("Link lost %(n)s times in 24 h", n=losses)
        lines += (IssueLine(icon="wifi-off", text=text, look="later"),)
    fine = IssueLine(
        icon="wifi", text=_("Online"), look="fine", more=_("All its messages have arrived.")
    )
    is_new = agent.enrolled_at is None
    return AgentRow(
        id=agent.id,
        name=read_label(agent.name),
        href=url_for("agents.one", agent=agent.id),
        version=agent.version,
        points=tuple(_controlled_point(point) for point in own_points),
        issues=lines or ((fine,) if revoked is None else ()),
        line=None if is_new or agent.seen_at is None else line,
        facts=tuple(telemetry_facts(agent, data.now, data.zone)),
        renewable=any(issue.kind is IssueKind.CERTIFICATE for issue in issues),
        online=bool(agent.online) and revoked is None,
        new=is_new,
        revoked=_("revoked on %(day)s", day=day(revoked, data.now, data.zone)) if revoked else "",
    )


def _controlled_point(point: AccessPoint) -> ControlledPoint:
    door = point.kind is PointKind.DOOR
    return ControlledPoint(
        id=point.id,
        name=read_label(point.name),
        href=url_for("machine.show", point=point.id),
        icon="door-closed" if door else machine_icon(point.icon),
    )


def _issue_line(
    issue: HealthIssue, agent: Agent, points: Sequence[AccessPoint], data: FleetData
) -> IssueLine:
    text, more = _issue_texts(issue, agent, points, data)
    look = {IssueKind.SILENT: "silent", IssueKind.NEW: "new"}.get(issue.kind, "later")
    late = data.late.get(agent.id) if issue.kind is IssueKind.BACKLOG else None
    if late is None:
        return IssueLine(icon=_ICONS[issue.kind], text=text, look=look, more=more)
    back = _("Back at %(time)s.", time=clock(late.back_at, data.zone))
    message = _("%(n)s received, %(left)s waiting", n=late.arrived, left=late.waiting)
    bar = Bar(percent=late.percent, label=message)
    return IssueLine(icon=_ICONS[issue.kind], text=text, look=look, more=f"{back} {more}", bar=bar)


def _issue_texts(
    issue: HealthIssue, agent: Agent, points: Sequence[AccessPoint], data: FleetData
) -> tuple[str, str]:
    number, now, zone = issue.number or 0, data.now, data.zone
    if issue.kind is IssueKind.SILENT:
        if issue.at is None:
            return _("Never connected"), _("It has not connected yet: nothing works through it.")
        since = ago(issue.at, now)
        return _("Offline, seen %(since)s", since=since), _opening_without_news(
            issue.at, points, now, zone
        )
    if issue.kind is IssueKind.CERTIFICATE and issue.at is not None:
        more = _("It can’t renew itself: this box can’t reach the web server.")
        more_text = " ".join((more, *_refusal_texts(issue.at, points, now, zone)))
        return _("Certificate until %(day)s", day=day(issue.at, now, zone)), more_text
    texts = {
        IssueKind.DEVICE: (
            _("Does not answer: %(what)s", what=_device(issue.detail, data.points)),
            _("Check its cable and its power supply."),
        ),
        IssueKind.DISK: (
            _("Disk nearly full: %(n)s MB free", n=round(number / 1e6)),
            _("Once the disk is full, nothing is kept when the network is down."),
        ),
        IssueKind.CLOCK: (
            _("Time uncertain"),
            _("Dangerous machines refuse every badge until the time is certain."),
        ),
        IssueKind.HOT: (
            _("Too hot: %(n)s °C", n=round(number)),
            _("It slows down: give it more air."),
        ),
        IssueKind.BACKLOG: (
            _("%(n)s events waiting", n=round(number)),
            _("It is catching up: each event keeps its actual time and is marked late."),
        ),
        IssueKind.VERSION: (
            _("Version %(its)s, here %(ours)s", its=issue.detail, ours=data.version),
            _old_program_text(agent),
        ),
        IssueKind.NEW: (
            _("Waiting for its Pi"),
            _("Paste the line on the Pi: it takes this name."),
        ),
    }
    return texts[issue.kind]


def _old_program_text(agent: Agent) -> str:
    """Return what an older program means, and how it gets upgraded."""
    fine = _(
        "Everything works, except for machines with a condition of use that this version doesn’t "
        "know: they are out of service."
    )
    is_managed = bool((agent.telemetry or {}).get("program"))
    effect = (
        _("It upgrades by itself when nobody is using it.")
        if is_managed
        else _("Install the package loquet-agent of this version on it.")
    )
    return f"{fine} {effect}"


def _device(what: str, points: Sequence[AccessPoint]) -> str:
    """Return an access point and its device, by their names where they have any."""
    point, _space, device = what.rpartition(" ")
    name = next(
        (read_label(access_point.name) for access_point in points if access_point.id == point),
        point,
    )
    return ", ".join(filter(None, (name, device_name(device))))


def device_name(device: str) -> str:
    """Return the name of a kind of hardware, otherwise the word itself."""
    names = {
        "reader": _("reader"),
        "power": _("contactor"),
        "strike": _("strike"),
        "meter": _("meter"),
        "cooling": _("second contactor"),
        "indicator": _("light"),
        "display": _("screen"),
        "input": _("input"),
    }
    return names.get(device, device)


def _opening_without_news(seen_at: Utc, points: Sequence[AccessPoint], now: Utc, zone: Zone) -> str:
    return " ".join((_("Decides on its own."), *_refusal_texts(seen_at, points, now, zone)))


def _refusal_texts(
    seen_at: Utc, points: Sequence[AccessPoint], now: Utc, zone: Zone
) -> Iterator[str]:
    """Yield from when the access points will refuse badges without news from the controller: one
    sentence for all that have the same time limit."""
    names_by_limit: dict[float, list[str]] = {}
    for point in points:
        limit_s = point.policy_max_age_s or POLICY_MAX_AGE_S[point.risk]
        names_by_limit.setdefault(limit_s, []).append(read_label(point.name))
    for seconds, names in names_by_limit.items():
        until = Utc.of(seen_at + timedelta(seconds=seconds))
        at = {"day": day(until, now, zone), "time": clock(until, zone)}
        if len(names) == 1:
            yield _("%(name)s will refuse badges from %(day)s at %(time)s.", name=names[0], **at)
        elif len(names_by_limit) == 1:
            yield _("Everything on it will refuse badges from %(day)s at %(time)s.", **at)
        else:
            text = format_list(names, locale=locale())
            yield _("%(names)s will refuse badges from %(day)s at %(time)s.", names=text, **at)


def telemetry_facts(agent: Agent, now: Utc, zone: Zone) -> Iterator[tuple[str, str]]:
    """Yield the agent's last telemetry, as pairs of name and value."""
    telemetry: Mapping[str, Any] = agent.telemetry or {}
    if agent.seen_at is not None:
        yield _("Last message"), ago(agent.seen_at, now)
    if agent.program_version:
        yield _("Version"), agent.program_version
    if agent.certificate_until is not None:
        yield _("Certificate"), _("until %(day)s", day=day(agent.certificate_until, now, zone))
    if agent.started_at is not None:
        yield _("Started"), ago(agent.started_at, now)
    if telemetry.get("disk_free_bytes") is not None:
        yield _("Disk"), _("%(n)s GB free", n=f"{telemetry['disk_free_bytes'] / 1e9:.0f}")
    if telemetry.get("clock_trusted") is not None:
        yield _("Clock"), _("certain") if telemetry["clock_trusted"] else _("uncertain")
    if telemetry.get("temperature_c") is not None:
        yield _("Pi"), _("%(n)s °C", n=round(telemetry["temperature_c"]))
    for text in hardware_text(agent):
        yield _("Hardware"), text


def hardware_text(agent: Agent) -> Iterator[str]:
    """Yield how much of its hardware answers; nothing if it has not said."""
    telemetry: Mapping[str, Any] = agent.telemetry or {}
    if devices := telemetry.get("devices"):
        right = sum(bool(device.get("ok", True)) for device in devices)
        yield _("%(n)s of %(of)s answer", n=right, of=len(devices))
