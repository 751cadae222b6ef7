"""Moonraker component: no print starts before its printer's reader has seen a badge.

Lies in `moonraker/components/loquet/`; its section in `moonraker.conf`:

[loquet]
url: https://loquet.example.org
token_file: ~/printer_data/loquet.token
access_point: imprimante-1
"""

from __future__ import annotations

import asyncio
import logging
import math
import re
from pathlib import Path
from typing import Any

from .asking import STILL_PRINTS, Controller, Prints, Refused

_STARTS = re.compile(r"^\s*(?:N\d+\s*)?(?:SDCARD_PRINT_FILE\b|M24(?![\d.]))", re.I | re.M)
_NAME = re.compile(r"^\s*SDCARD_PRINT_FILE\b.*?\bFILENAME=(?:\"([^\"]*)\"|(\S+))", re.I | re.M)
_RESUMES = re.compile(r"^\s*(?:N\d+\s*)?M24(?![\d.])", re.I | re.M)
_ENDS = {"complete": "completed", "cancelled": "cancelled", "standby": "cancelled"}
_TYPED = str.maketrans({"\u2019": "'", "\u202f": " ", "\u00a0": " ", "\u0153": "oe"})
_RUNS = ("printing", "paused")


class Loquet:
    """Stands between whoever asks Moonraker for a print, and Klipper."""

    def __init__(self, config: Any) -> None:
        self._server = config.get_server()
        self._language = config.get("language", "fr")
        self._density = config.getfloat("density", 1.24, above=0.0)
        self._diameter = config.getfloat("diameter", 1.75, above=0.0)
        token = Path(config.get("token_file")).expanduser().read_text(encoding="utf-8").strip()
        controller = Controller(
            config.get("url"), token, config.get("access_point"), config.get("ca_file", "")
        )
        folder = Path(self._server.get_app_args()["data_path"]) / "loquet"
        alone = config.getboolean("starts_alone", False)
        self._prints = Prints(folder, controller, starts_alone=alone)
        self._one_at_a_time = asyncio.Lock()
        self._klippy = self._server.lookup_component("klippy_connection")
        self._request, self._klippy.request = self._klippy.request, self.request
        self._seen: dict[str, Any] = {}
        """What Klipper has said of the print. Moonraker's own `job_state` shares its copy with the
        cache of subscriptions while nobody else subscribes, and then sees no change."""
        on = self._server.register_event_handler
        on("server:klippy_ready", self._ready)
        on("server:klippy_shutdown", self._stopped)
        on("server:klippy_disconnect", self._stopped)

    async def request(self, web_request: Any) -> Any:
        """As Moonraker's own, once a print that it would start is allowed. Raises ServerError."""
        script = ""
        if web_request.get_endpoint() == "gcode/script":
            script = str(web_request.get_args().get("script", ""))
        if not _STARTS.search(script) or (_RESUMES.search(script) and self._is_paused()):
            return await self._request(web_request)
        async with self._one_at_a_time:
            if self._seen.get("state") in _RUNS and self._prints.runs:
                raise self._refusal(Refused(STILL_PRINTS))
            await self._ask(script)
            try:
                return await self._request(web_request)
            except Exception:  # refused; who merely went away has not stopped the print
                if await self._is_idle():
                    await self._in_thread(self._prints.end, "not_started")
                raise

    async def close(self) -> None:
        """What is not acknowledged stays on disk."""
        await self._in_thread(self._prints.close)

    async def _ask(self, script: str) -> None:
        found = _NAME.search(script)
        name = (found.group(1) or found.group(2)) if found else self._seen.get("filename")
        about = self._metadata(name or "")
        minutes, length = about.get("estimated_time"), about.get("filament_total")
        weight = about.get("filament_weight_total")  # where the file says no length
        try:
            await self._in_thread(
                self._prints.ask,
                name or "print",
                minutes / 60 if minutes else None,
                self._weight(length) if length else weight,
            )
        except Refused as refused:
            raise self._refusal(refused) from refused

    def _refusal(self, refused: Refused) -> Exception:
        """Told on every console."""
        said = refused.said(self._language)
        logging.info("Loquet refused a print: %s", refused)
        self._server.send_event("server:gcode_response", f"!! {said}")
        error: Exception = self._server.error(_plain(said), 403)
        return error

    async def _is_idle(self) -> bool:
        """Whether Klipper says that no file is printed: a line after the one that started it may
        have been refused. Where Klipper doesn't answer, it may have died while it printed: then
        `_stopped` or `_ready` ends the print as one that failed."""
        apis = self._server.lookup_component("klippy_apis")
        try:
            found = await apis.query_objects({"virtual_sdcard": ["is_active"]})
        except self._server.error:
            return False
        return not (found.get("virtual_sdcard") or {}).get("is_active")

    async def _told(self, status: dict[str, Any], _time: float) -> None:
        """The end of a print; a standby is one where a print that ran has its file closed."""
        before = dict(self._seen)
        self._seen.update(status.get("print_stats") or {})
        was, state = before.get("state"), self._seen.get("state")
        if state != was and state in _RUNS:
            await self._in_thread(self._prints.saw_start)
        if state == was or state in _RUNS or (state == "standby" and was not in _RUNS):
            return
        stats = before if state in ("cancelled", "standby") else dict(self._seen)
        await self._end(_ENDS.get(str(state), "failed"), stats)

    async def _stopped(self) -> None:
        """Klipper is gone, or has stopped motors and heaters."""
        await self._end("failed", dict(self._seen))

    async def _ready(self) -> None:
        """A print that ended while Moonraker was away; one that runs goes on."""
        apis = self._server.lookup_component("klippy_apis")
        found = await apis.subscribe_objects({"print_stats": None}, self._told)
        self._seen = dict(found.get("print_stats") or {})
        state = self._seen.get("state", "standby")
        if state in _RUNS:
            await self._in_thread(self._prints.saw_start)
        else:
            stats = dict(self._seen)
            if stats.get("filament_used"):
                await self._end(_ENDS.get(state, "failed"), stats)
            else:  # Klipper was started anew, and no longer knows what was extruded
                await self._end("completed" if state == "complete" else "failed", {})

    async def _end(self, outcome: str, stats: dict[str, Any]) -> None:
        seconds = stats.get("print_duration")
        minutes = seconds / 60 if isinstance(seconds, (int, float)) else None
        await self._in_thread(self._prints.end, outcome, minutes, self._grams(stats))

    def _grams(self, stats: dict[str, Any]) -> float | None:
        """Of what Klipper has extruded. What the file says is written by whoever prints it."""
        millimetres = stats.get("filament_used")
        return self._weight(millimetres) if isinstance(millimetres, (int, float)) else None

    def _weight(self, millimetres: float) -> float:
        return max(0.0, millimetres * math.pi * (self._diameter / 2) ** 2 * self._density / 1000)

    def _metadata(self, name: str) -> dict[str, Any]:
        files = self._server.lookup_component("file_manager", None)
        return (files.get_file_metadata(name) or {}) if files and name else {}

    def _is_paused(self) -> bool:
        """M24 then goes on with what was granted."""
        return self._seen.get("state") == "paused" and self._prints.runs

    async def _in_thread(self, do: Any, *args: Any) -> Any:
        return await self._server.get_event_loop().run_in_thread(do, *args)


def _plain(said: str) -> str:
    """As a reason of HTTP may be: its line is Latin-1, and Tornado says *Unknown* of any other."""
    return said.translate(_TYPED).encode("latin-1", "replace").decode("latin-1")


def load_component(config: Any) -> Loquet:
    """See Moonraker."""
    return Loquet(config)
