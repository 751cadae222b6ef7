"""What the Agents page shows: those that need a hand first, each with its facts and acts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import url_for

from controller.capabilities.agents.health import Need, NeedKind, needs
from controller.capabilities.agents.shapes import Agent
from controller.capabilities.machines.shapes import AccessPoint
from controller.domain.facts import POLICY_MAX_AGE_S, PointKind
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from webui.guard import allowed
from webui.i18n import _, plural
from webui.i18n.dates import Zone, ago, clock, day
from webui.icons import machine_icon
from webui.naming import read_label

_ICONS = {
    NeedKind.SILENT: "wifi-off",
    NeedKind.DEVICE: "plug",
    NeedKind.CERTIFICATE: "file-check",
    NeedKind.DISK: "hard-drive",
    NeedKind.CLOCK: "clock",
    NeedKind.HOT: "flame",
    NeedKind.BACKLOG: "hourglass",
    NeedKind.VERSION: "history",
    NeedKind.NEW: "plus",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hangs:
    """A machine or door that an agent holds."""

    name: str
    href: str
    icon: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What asks for a hand, and what follows from it."""

    icon: str
    text: str
    look: str
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRow:
    """One agent."""

    id: str
    name: str
    version: int
    hangs: tuple[Hangs, ...]
    words: tuple[Word, ...]
    facts: tuple[tuple[str, str], ...]
    needs_hand: bool
    online: bool
    new: bool
    revoked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """All of a site's agents."""

    facts: tuple[str, ...]
    asking: tuple[AgentRow, ...]
    fine: tuple[AgentRow, ...]
    revoked: tuple[AgentRow, ...]
    may_write: bool
    may_command: bool


def fleet(
    found: Sequence[Agent], points: Sequence[AccessPoint], version: str, now: Utc, zone: Zone
) -> Fleet:
    """The page in the current language."""
    rows = [_row(each, points, version, now, zone) for each in found]
    alive = [each for each in rows if not each.revoked]
    online = sum(each.online for each in alive)
    asking = tuple(each for each in alive if each.needs_hand)
    facts = [_("%(n)s en ligne sur %(of)s", n=online, of=len(alive))] if alive else []
    if asking:
        facts.append(plural("%(n)s demande un geste", "%(n)s demandent un geste", len(asking)))
    return Fleet(
        facts=tuple(facts),
        asking=asking,
        fine=tuple(each for each in alive if not each.needs_hand),
        revoked=tuple(each for each in rows if each.revoked),
        may_write=allowed(Permission.AGENTS_WRITE),
        may_command=allowed(Permission.COMMAND),
    )


def _row(
    agent: Agent, points: Sequence[AccessPoint], version: str, now: Utc, zone: Zone
) -> AgentRow:
    mine = [each for each in points if each.agent_id == agent.id]
    wanting = needs(agent, version, now)
    words = tuple(_word(each, agent, mine, version, now, zone) for each in wanting)
    fine = Word(icon="wifi", text=_("En ligne"), look="fine", more=_("Tout est arrivé."))
    revoked = agent.revoked_at
    return AgentRow(
        id=agent.id,
        name=read_label(agent.name),
        version=agent.version,
        hangs=tuple(_hangs(each) for each in mine),
        words=words or (fine,),
        facts=tuple(_facts(agent, now, zone)),
        needs_hand=bool(words),
        online=bool(agent.online) and revoked is None,
        new=agent.enrolled_at is None,
        revoked=_("révoqué le %(day)s", day=day(revoked, now, zone)) if revoked else "",
    )


def _hangs(point: AccessPoint) -> Hangs:
    door = point.kind is PointKind.DOOR
    return Hangs(
        name=read_label(point.name),
        href=url_for("machine.show", point=point.id),
        icon="door-closed" if door else machine_icon(point.icon),
    )


def _word(
    need: Need, agent: Agent, points: Sequence[AccessPoint], version: str, now: Utc, zone: Zone
) -> Word:
    text, more = _says(need, agent, points, version, now, zone)
    look = {NeedKind.SILENT: "silent", NeedKind.NEW: "new"}.get(need.kind, "later")
    return Word(icon=_ICONS[need.kind], text=text, look=look, more=more)


def _says(
    need: Need, agent: Agent, points: Sequence[AccessPoint], version: str, now: Utc, zone: Zone
) -> tuple[str, str]:
    number = need.number or 0
    if need.kind is NeedKind.SILENT:
        since = ago(need.at, now) if need.at else ""
        text = _("Muet, vu %(since)s", since=since) if since else _("Muet")
        return text, _alone(agent, points, now, zone)
    if need.kind is NeedKind.CERTIFICATE and need.at is not None:
        more = _("Il ne se renouvelle pas seul : ce boîtier n’atteint pas le serveur web.")
        return _("Certificat jusqu’au %(day)s", day=day(need.at, now, zone)), more
    texts = {
        NeedKind.DEVICE: (
            _("Ne répond pas : %(what)s", what=need.what),
            _("Regardez son câble et son alimentation."),
        ),
        NeedKind.DISK: (
            _("Disque presque plein : %(n)s Mo libres", n=round(number / 1e6)),
            _("Sans place, plus rien n’est gardé si le réseau tombe."),
        ),
        NeedKind.CLOCK: (
            _("Heure incertaine"),
            _("Les machines dangereuses refusent tout badge jusqu’à ce que l’heure soit sûre."),
        ),
        NeedKind.HOT: (
            _("Trop chaud : %(n)s °C", n=round(number)),
            _("Donnez-lui de l’air, il ralentit."),
        ),
        NeedKind.BACKLOG: (
            _("%(n)s événements en attente", n=round(number)),
            _("Il rattrape : chacun garde son heure vraie, marqué en retard."),
        ),
        NeedKind.VERSION: (
            _("Version %(its)s, ici %(ours)s", its=need.what, ours=version),
            _("Tout marche. Une condition qu’il ne connaît pas met l’équipement hors service."),
        ),
        NeedKind.NEW: (_("Attend son Pi"), _("Collez la ligne sur le Pi : il prend ce nom.")),
    }
    return texts[need.kind]


def _alone(agent: Agent, points: Sequence[AccessPoint], now: Utc, zone: Zone) -> str:
    """Until when each thing that it holds goes on without news."""
    said = [_("Décide sur place.")]
    for each in points:
        if agent.seen_at is None:
            break
        lasts = timedelta(seconds=each.policy_max_age_s or POLICY_MAX_AGE_S[each.risk])
        until = Utc.of(agent.seen_at + lasts)
        said.append(
            _(
                "%(name)s refusera dès le %(day)s à %(time)s.",
                name=read_label(each.name),
                day=day(until, now, zone),
                time=clock(until, zone),
            )
        )
    return " ".join(said)


def _facts(agent: Agent, now: Utc, zone: Zone) -> Iterator[tuple[str, str]]:
    told: Mapping[str, Any] = agent.telemetry or {}
    if agent.seen_at is not None:
        yield _("Dernier message"), ago(agent.seen_at, now)
    if agent.program_version:
        yield _("Version"), agent.program_version
    if agent.certificate_until is not None:
        yield _("Certificat"), _("jusqu’au %(day)s", day=day(agent.certificate_until, now, zone))
    if agent.started_at is not None:
        yield _("Démarré"), ago(agent.started_at, now)
    if told.get("disk_free_bytes") is not None:
        yield _("Disque"), _("%(n)s Go libres", n=f"{told['disk_free_bytes'] / 1e9:.0f}")
    if told.get("clock_trusted") is not None:
        yield _("Heure"), _("sûre") if told["clock_trusted"] else _("incertaine")
    if told.get("temperature_c") is not None:
        yield _("Pi"), _("%(n)s °C", n=round(told["temperature_c"]))
    if devices := told.get("devices"):
        yield _("Matériel"), _devices(devices)


def _devices(devices: Sequence[Mapping[str, Any]]) -> str:
    right = sum(bool(each.get("ok", True)) for each in devices)
    return _("%(n)s sur %(of)s répondent", n=right, of=len(devices))
