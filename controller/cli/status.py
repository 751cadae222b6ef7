"""`loquet status`: what runs here and since when, the last backup, alarms and boxes."""

import argparse
import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from controller.cli import settings_of
from controller.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from controller.domain.time import Utc

EXAMPLE = "loquet status"
UNITS = ("loquet-serve", "loquet-web", "loquet-hub", "loquet-agent", "mosquitto", "nginx")
"""The systemd units that a controller or a Pi may have, without `.service`."""
_PROPERTIES = "Id,LoadState,ActiveState,ActiveEnterTimestamp"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare nothing: there are only the common options."""


def run(args: argparse.Namespace) -> int:
    """Print the state of this computer and its place; `loquet doctor` says what is wrong."""
    from importlib.metadata import version

    from controller.cli.work import show

    settings = settings_of(args)
    state: dict[str, Any] = {"version": version("loquet"), "units": _units()}
    if _is_controller(settings):
        state |= _controller(args)
    show(args, state, "\n".join(_lines(state)))
    return 0


def _units() -> list[dict[str, str | None]]:
    """Return the installed units; empty without systemd."""
    command = ["systemctl", "show", "--timestamp=unix", f"--property={_PROPERTIES}", *UNITS]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return []
    blocks = [dict(_pairs(block)) for block in answer.stdout.split("\n\n")]
    return [
        {
            "name": block["Id"].removesuffix(".service"),
            "state": block["ActiveState"],
            "since": _instant(block.get("ActiveEnterTimestamp", "")),
        }
        for block in blocks
        if block.get("LoadState") == "loaded"
    ]


def _pairs(block: str) -> Iterator[tuple[str, str]]:
    for line in block.splitlines():
        name, _, value = line.partition("=")
        yield name, value


def _instant(text: str) -> str | None:
    """Convert systemd's `@SECONDS` to the API's format; None if the unit never ran."""
    if not text.startswith("@"):
        return None
    return datetime.fromtimestamp(int(text[1:]), UTC).isoformat(timespec="seconds")[:-6] + "Z"


def _is_controller(settings: Settings) -> bool:
    try:
        from controller.cli.checking.controller import is_controller
    except ImportError:  # a Pi does not have the controller's packages
        return False
    return is_controller(settings)


def _controller(args: argparse.Namespace) -> dict[str, Any]:
    from controller.cli.work import open_configured
    from controller.kernel import backups
    from controller.kernel.database import wall_clock
    from controller.kernel.job_rows import states

    with open_configured(args) as (settings, database), database.read() as db:
        now, last = wall_clock(), backups.last_backup_at(db)
        return {
            "address": settings.web.public_url,
            "last_backup": last.text() if last else None,
            "backups_on": backups.backup_settings(settings).is_on,
            "failing_jobs": sorted({job.name for job in states(db) if job.fails}),
            "sites": list(_sites(db, now)),
        }


def _sites(db: "Session", now: "Utc") -> Iterator[dict[str, Any]]:
    from controller.capabilities.live.board import board
    from controller.capabilities.places import sites
    from controller.capabilities.presence.evacuations import count_inside
    from controller.domain.facts import Language, PointKind
    from controller.kernel.actor import Actor

    actor = Actor.system("cli")
    for site in sites.page(db, actor=actor).items:
        view = board(db, site.id, actor=actor, now=now)
        machines = [tile for tile in view.tiles if tile.point.kind is not PointKind.DOOR]
        yield {
            "id": site.id,
            "name": view.site.name.read(Language.EN),
            "people_in": count_inside(db, site.id, actor=actor, now=now)[0],
            "machines": len(machines),
            "machines_in_use": sum(tile.session is not None for tile in machines),
            "boxes": len(view.agents),
            "silent_boxes": [agent.id for agent in view.agents if not agent.online],
            "alarms": [
                {
                    "kind": alarm.kind,
                    "title": view.kinds[alarm.kind].title,
                    "where": alarm.access_point or alarm.agent_id,
                    "raised_at": alarm.raised_at.text(),
                }
                for alarm in view.alarms
            ],
        }


def _lines(state: Mapping[str, Any]) -> Iterator[str]:
    now = datetime.now(UTC)
    yield f"Loquet {state['version']}{', ' + state['address'] if 'address' in state else ''}"
    for unit in state["units"]:
        since = f" for {_ago(unit['since'], now)}" if unit["since"] else ""
        yield f"  {unit['name']}: {unit['state']}{since}"
    if "sites" not in state:
        return
    yield f"  last backup: {_backup(state, now)}"
    if state["failing_jobs"]:
        yield f"  failing jobs: {', '.join(state['failing_jobs'])}; loquet doctor says why"
    for site in state["sites"]:
        yield from _site_lines(site, now)


def _backup(state: Mapping[str, Any], now: datetime) -> str:
    if state["last_backup"]:
        return f"{_ago(state['last_backup'], now)} ago"
    return "none yet" if state["backups_on"] else "none; set them up on the Backups page"


def _site_lines(site: Mapping[str, Any], now: datetime) -> Iterator[str]:
    yield f"{site['name'] or site['id']}"
    yield f"  people in: {site['people_in']}"
    yield f"  machines in use: {site['machines_in_use']} of {site['machines']}"
    silent = site["silent_boxes"]
    silent_text = f"; silent: {', '.join(silent)}" if silent else ""
    yield f"  boxes connected: {site['boxes'] - len(silent)} of {site['boxes']}{silent_text}"
    yield f"  active alarms: {len(site['alarms']) or 'none'}"
    for alarm in site["alarms"]:
        where = f", {alarm['where']}" if alarm["where"] else ""
        yield f"    {alarm['title']}{where}, {_ago(alarm['raised_at'], now)} ago"


def _ago(text: str, now: datetime) -> str:
    """Return the time since then, in its largest whole unit."""
    age = max(now - datetime.fromisoformat(text), timedelta())
    minutes = age // timedelta(minutes=1)
    for unit, length in (("days", 2 * 1440), ("hours", 2 * 60), ("minutes", 2)):
        if minutes >= length:
            return f"{minutes // (length // 2)} {unit}"
    return "a minute"
