"""`loquet setup agent`: read its options, run the steps, and report."""

import argparse
import getpass
import re
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from controller.cli.installing import card
from controller.cli.installing.agent import (
    AgentOutcome,
    AgentRequest,
    agent_steps,
    configured_points,
    is_enrolled,
    to_start,
)
from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.progress_output import print_result, run_steps
from controller.cli.installing.rights import installed_settings, rights_of
from controller.domain.ids import is_slug
from controller.settings import AccessPointSettings, Device, SettingsError
from devices.agent.enrolment.mdns import discover_controller

_RELAY = re.compile("(GPIO|PULSE)([0-9]{1,2})", re.IGNORECASE)
_FINGERPRINT = 16
"""How many characters of the fingerprint a claim code ends with."""


def set_up_agent(args: argparse.Namespace, layout: Layout) -> int:
    """Make this computer an agent. Raises SettingsError."""
    if args.read_only:
        card.require(layout)
    points = (_point(args),) if args.point else ()
    if not points and (args.reader or args.relay or args.kind):
        args.wrong("--kind, --reader and --relay need --point ID, the id of the machine or door")
    url, code = _controller_and_code(args, layout)
    outcome = AgentOutcome()
    request = AgentRequest(
        layout=layout,
        url=url,
        code=code,
        points=points,
        is_simulated=args.simulated,
        is_read_only=args.read_only or card.is_there(layout),
    )
    is_new_card = args.read_only and not card.is_there(layout)
    manifest = Manifest.load(layout.manifest)
    _refuse_ignored_options(args, layout)
    outcomes = run_steps(args, layout, manifest, "agent", agent_steps(request, manifest, outcome))
    answer: dict[str, Any] = {"start": to_start(request), "url": url, "reboot": is_new_card}
    answer["again"] = outcome.is_reenrolled
    if not args.dry_run:
        answer |= {"agent_id": outcome.agent, "access_points": outcome.points}
        answer["fingerprint"] = outcome.fingerprint
    return print_result(args, outcomes, answer, _lines(answer))


def _controller_and_code(args: argparse.Namespace, layout: Layout) -> tuple[str, str]:
    """Return the controller's address and the claim code.

    A computer that is enrolled already needs neither; a code moves it to another site.
    """
    enrolled = is_enrolled(layout)
    if args.dry_run or (enrolled and not _has_code(args.code)):
        return args.url or "", ""
    code = _code(args.code)
    if enrolled and not code:
        return args.url or "", ""
    if len(code) <= _FINGERPRINT:
        raise SettingsError("this is not a claim code; copy it whole, from the Boxes page")
    url = args.url or _local_controller(layout) or discover_controller(code[-_FINGERPRINT:].lower())
    if url is None:
        raise SettingsError(
            "no controller for this code was found on this network (it takes avahi-utils, and the"
            " same network): name its address with --url https://…"
        )
    return url, code


def _refuse_ignored_options(args: argparse.Namespace, layout: Layout) -> None:
    """Raise SettingsError for options that an enrolled and wired box would ignore."""
    if not is_enrolled(layout):
        return
    point_ids = [point.id for point in configured_points(layout)]
    if args.point and point_ids and args.point not in point_ids:
        raise SettingsError(
            f"--point: this box serves {', '.join(point_ids)} already: see {layout.config}"
        )


def _local_controller(layout: Layout) -> str | None:
    """Return the address of the controller on this computer; None: there is none."""
    settings = installed_settings(layout)
    if settings is None:
        return None
    with rights_of(layout.user):
        is_here = (Path(settings.site.keys) / "ca.key").exists()
    return f"http://{settings.web.bind}" if is_here else None


def _has_code(code: str | None) -> bool:
    """Return whether a code was given, or can be read from standard input without waiting."""
    if code is not None or sys.stdin.isatty():
        return code is not None
    try:
        return bool(select.select([sys.stdin], [], [], 0)[0])
    except (OSError, ValueError):  # nothing to read from
        return False


def _code(code: str | None) -> str:
    if code not in (None, "-"):
        return code.strip()
    if sys.stdin.isatty():
        return getpass.getpass("Claim code (hidden): ").strip()
    return sys.stdin.readline().strip()


def _point(args: argparse.Namespace) -> AccessPointSettings:
    """Return the wiring that the options describe."""
    if not is_slug(args.point):
        args.wrong("--point takes the id of an access point: small letters, digits and -")
    relay, is_door = _relay(args), args.kind == "door"
    return AccessPointSettings(
        id=args.point,
        kind=args.kind or "machine",
        reader=_reader(args.reader),
        power=None if is_door else relay,
        strike=relay if is_door else None,
    )


def _reader(text: str | None) -> Device | None:
    if text is None:
        return None
    driver, _, port = text.partition(":")
    return {"driver": driver} | ({"port": port} if port else {})


def _relay(args: argparse.Namespace) -> Device:
    match = _RELAY.fullmatch(args.relay or "GPIO17")
    if match is None:
        raise SettingsError("--relay takes a pin by its BCM number, such as GPIO17 or PULSE17")
    kind, pin = match[1].upper(), int(match[2])
    if args.kind == "door":
        return {"driver": "gpio", "pin": pin, "fail": "fail_secure"}
    return {"driver": "gpio_pulse" if kind == "PULSE" else "gpio", "pin": pin}


def _lines(answer: dict[str, Any]) -> Iterator[str]:
    if answer["start"]:
        yield "systemd is not running here, so start each of these yourself:"
        yield from (f"    {line}" for line in answer["start"])
    if answer["again"]:
        yield (
            "The running agent is unchanged until you restart it; when no machine is in use:"
            " systemctl restart loquet-agent"
        )
    if answer["reboot"]:
        yield "From the next start on its card is read-only, but for what an agent keeps: reboot"
    yield f"This is {answer.get('agent_id') or 'the agent'} now."
    if answer.get("fingerprint"):
        yield f"Its controller's fingerprint, to compare with the page: {answer['fingerprint']}"
    if not answer.get("access_points"):
        yield "It has no wiring yet: --point, --reader and --relay, or docs/wiring.md"
        return
    yield f"It serves {', '.join(answer['access_points'])}. See what is wrong: loquet doctor"
