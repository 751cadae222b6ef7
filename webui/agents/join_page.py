"""The progress of a new Pi: connected, reader detected, outputs detected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

from controller.capabilities.agents.shapes import Agent, ClaimCode
from controller.domain.time import Utc
from controller.settings import WebSettings
from webui.agents.packages import install_line
from webui.i18n import _
from webui.i18n.dates import Zone, clock
from webui.naming import read_label
from webui.qr_codes import qr

_OUTPUTS = ("power", "strike")


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinStep:
    """A step that is ticked as soon as it is detected."""

    name: str
    done: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinPage:
    """What the page of an agent that waits for its Pi shows.

    `line` and `fingerprint` are empty without a new code.
    """

    id: str
    name: str
    line: str
    install: str
    """The line that installs the agent's package from here; empty if none is offered."""
    qr: tuple[int, str] | None
    """A QR with the code alone, for a scanner that types it at the Pi: its width and an SVG
    path."""
    fingerprint: tuple[str, ...]
    until: str
    steps: tuple[JoinStep, ...]
    replaces: bool


def join_page(
    agent: Agent, code: ClaimCode | None, web: WebSettings, point_count: int, now: Utc, zone: Zone
) -> JoinPage:
    """Return the page's contents in the current language. The code is shown once and not stored.

    `point_count`: how many access points the agent controls.
    """
    text = code.claim_code if code else ""
    return JoinPage(
        id=agent.id,
        name=read_label(agent.name),
        line=paste_line(web.for_agents, code) if code else "",
        install=install_line(web),
        qr=qr(text) if text else None,
        fingerprint=fingerprint_groups(text),
        until=clock(code.expires_at, zone) if code else "",
        steps=join_steps(agent, point_count, now, zone),
        replaces=agent.enrolled_at is not None,
    )


def fingerprint_groups(claim_code: str) -> tuple[str, ...]:
    """Return the fingerprint at the end of a claim code, in groups of four as the Pi prints it."""
    return tuple(wrap(claim_code[-16:], 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedAgent:
    """An agent that was moved to another site, and the line for its Pi."""

    site: str
    href: str
    line: str
    until: str


def paste_line(url: str, code: ClaimCode) -> str:
    """Return the line to paste on the Pi.

    The code comes on standard input, where other users of the Pi can't see it.
    """
    return f"sudo loquet setup agent --url {url} <<< {code.claim_code}"


def join_steps(agent: Agent, point_count: int, now: Utc, zone: Zone) -> tuple[JoinStep, ...]:
    """Return the steps, with those done that have been detected so far."""
    telemetry: Mapping[str, Any] = agent.telemetry or {}
    devices: Sequence[Mapping[str, Any]] = telemetry.get("devices") or ()
    online = bool(agent.online) and agent.enrolled_at is not None
    return (
        JoinStep(name=_("Connected"), done=online, says=_connection_text(agent, online, zone)),
        _device(
            _("Reader"), [device for device in devices if device.get("device") == "reader"], online
        ),
        _device(
            _("Contactor or strike"),
            [device for device in devices if device.get("device") in _OUTPUTS],
            online,
        ),
        JoinStep(
            name=_("A machine or door uses it"),
            done=point_count > 0,
            says="" if point_count else _("Choose this box on the machine’s page."),
        ),
    )


def _connection_text(agent: Agent, online: bool, zone: Zone) -> str:
    if not online:
        return _("Waiting for it: the tick appears automatically.")
    if agent.seen_at is None:
        return ""
    at = clock(agent.seen_at, zone)
    return _("at %(time)s, version %(version)s", time=at, version=agent.program_version or "?")


def _device(name: str, devices: Sequence[Mapping[str, Any]], online: bool) -> JoinStep:
    wrong = [str(device.get("access_point")) for device in devices if not device.get("ok", True)]
    if wrong:
        says = _("Does not answer: %(what)s. Check its wires and its port.", what=", ".join(wrong))
        return JoinStep(name=name, done=False, says=says)
    if not devices:
        says = _("Nothing is wired in its configuration yet.") if online else ""
        return JoinStep(name=name, done=False, says=says)
    return JoinStep(name=name, done=online, says=_("It answers.") if online else "")
