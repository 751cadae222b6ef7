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
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .asking import STILL_PRINTS, Controller, Prints, Refused

_WORDS = re.compile("([A-Z_]+|[A-Z*])")
"""As Klipper's `gcode.py` takes a line apart."""
_STARTS, _OPENS = {"SDCARD_PRINT_FILE", "M24"}, {"SDCARD_PRINT_FILE", "M23", "SDCARD_RESET_FILE"}
_ENDS = {"complete": "completed", "cancelled": "cancelled", "standby": "cancelled"}
_TYPED = str.maketrans({"\u2019": "'", "\u202f": " ", "\u00a0": " ", "\u0153": "oe"})
_RUNS = ("printing", "paused")
_ENDED = ("complete", "cancelled", "error")


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
        self._one_at_a_time, self._in_order = asyncio.Lock(), asyncio.Lock()
        self._klippy = self._server.lookup_component("klippy_connection")
        self._request, self._klippy.request = self._klippy.request, self.request
        self._seen: dict[str, Any] = {}
        """What Klipper has said of the print. Moonraker's own `job_state` shares its copy with the
        cache of subscriptions while nobody else subscribes, and then sees no change."""
        on = self._server.register_event_handler
        on("server:klippy_ready", self._ready)
        on("server:klippy_shutdown", self._stopped)

    async def request(self, web_request: Any) -> Any:
        """As Moonraker's own, once a print that it would start is allowed. Raises ServerError."""
        script = ""
        if web_request.get_endpoint() == "gcode/script":
            script = str(web_request.get_args().get("script", ""))
        commands = {command for command, _ in _commands(script)}
        if not commands & _STARTS or (self._is_paused() and not commands & _OPENS):
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
        name = _opened(script) or self._seen.get("filename") or "print"
        try:
            await self._in_thread(self._prints.ask, name, *self._expected(name))
        except Refused as refused:
            raise self._refusal(refused) from refused

    def _expected(self, name: str) -> tuple[float | None, float | None]:
        """Minutes and grams."""
        about = self._metadata(name)
        minutes, length = about.get("estimated_time"), about.get("filament_total")
        weight = about.get("filament_weight_total")  # where the file says no length
        return minutes / 60 if minutes else None, self._weight(length) if length else weight

    def _refusal(self, refused: Refused) -> Exception:
        """Told on every console."""
        said = refused.said(self._language)
        logging.info("Loquet refused a print: %s", refused)
        self._server.send_event("server:gcode_response", f"!! {said}")
        error: Exception = self._server.error(_plain(said), 403)
        return error

    async def _is_idle(self) -> bool:
        """Whether Klipper says that no file is printed: a line after the one that started it, or
        paused it, may have been refused. Where Klipper doesn't answer, it may have died while it
        printed: then `_stopped` or `_ready` ends the print as one that failed."""
        apis = self._server.lookup_component("klippy_apis")
        try:
            found = await apis.query_objects({"virtual_sdcard": None, "print_stats": None})
        except self._server.error:
            return False
        states = self._seen.get("state"), (found.get("print_stats") or {}).get("state")
        is_active = (found.get("virtual_sdcard") or {}).get("is_active")
        return not is_active and not set(states) & set(_RUNS)

    async def _told(self, status: dict[str, Any], _time: float) -> None:
        """The start or end of a print; a standby is one where a print that ran has its file closed.
        Within a quarter of a second, one may end and another begin."""
        async with self._in_order:
            before = dict(self._seen)
            self._seen.update(status.get("print_stats") or {})
            stats = dict(self._seen)
            ran, state = before.get("state") in _RUNS, stats.get("state")
            is_other = _is_other(before, stats)
            if ran and (is_other or state == "standby"):
                await self._end("cancelled", before)
            if state not in _RUNS and (state == before.get("state") and not is_other):
                return
            if state != "standby" and (is_other or not ran):
                await self._began(stats)
            if state in _ENDED:
                await self._end(_ENDS.get(str(state), "failed"), stats)

    async def _began(self, stats: dict[str, Any]) -> None:
        name = stats.get("filename") or ""
        ago_s = stats.get("total_duration") or 0.0
        await self._in_thread(self._prints.saw_start, name, *self._expected(name), ago_s)

    async def _stopped(self) -> None:
        """Klipper has stopped motors and heaters."""
        await self._end("failed", dict(self._seen))

    async def _ready(self) -> None:
        """A print that ended while Moonraker or Klipper was away; one that runs goes on, so that
        whoever starts Moonraker anew ends none."""
        before = self._seen
        apis = self._server.lookup_component("klippy_apis")
        found = await apis.subscribe_objects({"print_stats": None}, self._told)
        self._seen = dict(found.get("print_stats") or {})
        state, stats = self._seen.get("state", "standby"), dict(self._seen)
        if state in _RUNS:
            if _is_other(before, stats):
                await self._end("cancelled", before)
            await self._began(stats)
        elif stats.get("filament_used"):
            await self._end(_ENDS.get(state, "failed"), stats)
        else:  # Klipper was started anew, and no longer knows what was extruded
            known = before if before.get("state") in _RUNS else {}
            await self._end("completed" if state == "complete" else "failed", known)

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


def _is_other(before: dict[str, Any], stats: dict[str, Any]) -> bool:
    """Whether Klipper has begun another print: it has another name, or less time behind it."""
    if before.get("state") in (None, "standby"):
        return False
    names = before.get("filename"), stats.get("filename")
    return names[0] != names[1] or _seconds(stats) < _seconds(before)


def _seconds(stats: dict[str, Any]) -> float:
    return stats.get("total_duration") or 0.0


def _commands(script: str) -> Iterator[tuple[str, str]]:
    """Each command and what follows it, read as Klipper does: after a line number and blanks, in
    any case, before a checksum or a comment."""
    for line in map(str.strip, script.split("\n")):
        parts = _WORDS.split(line.partition(";")[0].upper())
        words = parts[3:5] if "".join(parts[:2]) == "N" else parts[:3]
        command = "".join(words).strip()
        if command.startswith("M23 "):  # and a name that begins with a figure
            command = "M23"
        start, end = len(command), len(line)
        if line[:start].upper() != command:
            start += line.upper().find(command)
            star = line.rfind("*")
            if star >= 0 and line[star + 1 :].isdigit():
                end = star
        yield command, line[start:end]


def _opened(script: str) -> str:
    """The file that it opens last; empty: none."""
    name = ""
    for command, rest in _commands(script):
        if command == "M23":
            name = rest.strip()
        elif command == "SDCARD_PRINT_FILE":
            name = _named(rest)
    return name[1:] if name.startswith("/") else name


def _named(rest: str) -> str:
    """The file's name among the command's words, which are quoted as a shell's."""
    words = shlex.shlex(rest, posix=True)
    words.whitespace_split, words.commenters = True, "#;"
    try:
        pairs = [word.partition("=") for word in words]
    except ValueError:  # Klipper refuses it
        return ""
    return {key.upper(): value for key, _, value in pairs}.get("FILENAME", "")


def _plain(said: str) -> str:
    """As a reason of HTTP may be: its line is Latin-1, and Tornado says *Unknown* of any other."""
    return said.translate(_TYPED).encode("latin-1", "replace").decode("latin-1")


def load_component(config: Any) -> Loquet:
    """See Moonraker."""
    return Loquet(config)
