"""A small Klipper for a real Moonraker: its API server on a Unix socket, and a job to steer.

https://www.klipper3d.org/API_Server.html: JSON objects, each ended by the byte 0x03.
"""

import json
import os
import re
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

END = b"\x03"
OBJECTS = ("webhooks", "print_stats", "virtual_sdcard", "display_status", "pause_resume")


class Klippy:
    """Answers what Moonraker asks, and tells it when the job's state changes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._peer: socket.socket | None = None
        self._state = "standby"
        self._filename = ""
        self._filament_mm = 0.0
        self.scripts: list[str] = []
        self._template: dict[str, Any] = {}
        self._listening = socket.socket(socket.AF_UNIX)
        self._closing = threading.Event()
        self._listening.bind(str(path))
        self._listening.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def job(self, state: str) -> None:
        """The job is `standby`, `printing`, `paused`, `complete`, `cancelled` or in `error`."""
        with self._lock:
            self._state = state
            self._tell({"print_stats": {"state": state}})

    def extrude(self, millimetres: float) -> None:
        """So much filament has gone through."""
        with self._lock:
            self._filament_mm = millimetres
            self._tell({"print_stats": {"filament_used": millimetres, "print_duration": 60.0}})

    def shut_down(self) -> None:
        """A fault stops motors and heaters (`M112`, thermal runaway)."""
        with self._lock:
            self._state = "error"
            told = {"webhooks": {"state": "shutdown"}, "print_stats": {"state": "error"}}
            self._tell(told)

    def close(self) -> None:
        """Klipper's process is gone."""
        self._closing.set()
        self._path.unlink(missing_ok=True)
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        with self._lock, suppress(OSError):
            if self._peer is not None:
                self._peer.shutdown(socket.SHUT_RDWR)
        self._thread.join(timeout=60)
        self._listening.close()

    def _tell(self, status: dict[str, Any]) -> None:
        if self._peer is not None and self._template:
            params = {"status": status, "eventtime": 1.0}
            self._send({**self._template, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        if self._peer is not None:
            with suppress(OSError):
                self._peer.sendall(json.dumps(message).encode() + END)

    def _serve(self) -> None:
        while not self._closing.is_set():
            with suppress(OSError):
                peer, _ = self._listening.accept()
                with self._lock:
                    self._peer, self._template = peer, {}
                with peer:
                    self._answer_all(peer)

    def _answer_all(self, peer: socket.socket) -> None:
        buffer = b""
        while data := peer.recv(65536):
            *lines, buffer = (buffer + data).split(END)
            for line in lines:
                request = json.loads(line)
                with self._lock:
                    result = self._result(request["method"], request.get("params", {}))
                    if "id" in request:
                        self._send({"id": request["id"], "result": result})

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        match method:
            case "info":
                return self._info()
            case "list_endpoints":
                told = ["info", "objects/list", "objects/subscribe", "objects/query"]
                return {"endpoints": [*told, "gcode/script"]}
            case "gcode/script":
                self._run(params["script"])
            case "objects/list":
                return {"objects": list(OBJECTS)}
            case "objects/query" | "objects/subscribe":
                if "response_template" in params:
                    self._template = params["response_template"]
                return {"status": self._status(params.get("objects", {})), "eventtime": 1.0}
        return {}

    def _run(self, script: str) -> None:
        self.scripts.append(script)
        if found := re.match(r'SDCARD_PRINT_FILE FILENAME="(.*)"', script):
            self._state, self._filename = "printing", found[1]
            stats = {"state": "printing", "filename": found[1]}
            self._tell({"print_stats": stats})

    def _info(self) -> dict[str, Any]:
        here = str(Path(__file__).parent)
        return {
            "state": "ready",
            "state_message": "Printer is ready",
            "hostname": "printer",
            "klipper_path": here,
            "python_path": "/usr/bin/python3",
            "process_id": os.getpid(),
            "user_id": os.getuid(),
            "group_id": os.getgid(),
            "log_file": f"{here}/klippy.log",
            "config_file": f"{here}/printer.cfg",
            "software_version": "v0.13.0",
            "cpu_info": "1",
        }

    def _status(self, wanted: dict[str, Any]) -> dict[str, Any]:
        known: dict[str, Any] = {
            "webhooks": {"state": "ready", "state_message": "Printer is ready"},
            "print_stats": {
                "state": self._state,
                "filename": self._filename,
                "total_duration": 0.0,
                "print_duration": 0.0,
                "filament_used": self._filament_mm,
                "message": "",
                "info": {"total_layer": None, "current_layer": None},
            },
            "virtual_sdcard": {"progress": 0.0, "is_active": False, "file_position": 0},
            "display_status": {"progress": 0.0, "message": None},
            "pause_resume": {"is_paused": False},
            "configfile": {"config": {}, "settings": {}, "warnings": []},
        }
        return {name: known.get(name, {}) for name in wanted}
