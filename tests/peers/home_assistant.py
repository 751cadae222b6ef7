"""A real Home Assistant, set up by files: one administrator, one broker, no caller.

Its environment holds requirements/homeassistant.txt, for Python 3.13 or newer.
"""

import hmac
import json
import secrets
import subprocess
import time
import urllib.error
import urllib.request
from base64 import urlsafe_b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

from tests.peers.venv import bin_folder
from tests.support.programs import free_port
from tests.support.until import until

PYTHON = "/usr/bin/python3.13"
START_S, END_S = 180.0, 180.0
MADE = "2026-01-01T00:00:00+00:00"
CONFIGURATION = """
homeassistant:
  name: test
  time_zone: Europe/Paris
  country: FR
  currency: EUR
  unit_system: metric
  latitude: 48.8
  longitude: 2.3
  elevation: 30
http:
  server_host: 127.0.0.1
  server_port: {port}
api:
logger:
  default: warning
"""


class HomeAssistant:
    """One installation in a folder, which is started and stopped."""

    def __init__(self, folder: Path, broker_port: int) -> None:
        self.folder = folder
        self.port = free_port()
        self._key = secrets.token_hex(64)
        self._process: subprocess.Popen[bytes] | None = None
        (folder / ".storage").mkdir(parents=True)
        (folder / "configuration.yaml").write_text(CONFIGURATION.format(port=self.port))
        self._store("auth", 1, 1, _auth(self._key))
        done = ["user", "core_config", "analytics", "integration"]
        self._store("onboarding", 4, 1, {"done": done})
        self._store("core.config_entries", 1, 5, {"entries": [_mqtt(broker_port)]})
        self._token = _token(self._key)

    def start(self) -> None:
        """Start it, and wait until its API answers."""
        hass = bin_folder("homeassistant", PYTHON, wheels_only=False) / "python"
        with (self.folder / "hass.log").open("ab") as log:
            self._process = subprocess.Popen(
                [str(hass), "-m", "homeassistant", "-c", str(self.folder), "--skip-pip"],
                stdout=log,
                stderr=log,
            )
        until(lambda: self._is_up(), lambda: (self.folder / "hass.log").read_text(), START_S)

    def stop(self) -> None:
        """As its service does: what it knows is written, even where its end then takes too long."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(END_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def states(self) -> dict[str, dict[str, Any]]:
        """Every entity's state, by its id."""
        return {state["entity_id"]: state for state in self.ask("GET", "/api/states")}

    def registry(self, what: str) -> list[dict[str, Any]]:
        """What it has written down of its entities or devices, once it is stopped."""
        kept = json.loads((self.folder / ".storage" / f"core.{what}_registry").read_text())
        found: list[dict[str, Any]] = kept["data"][
            {"entity": "entities", "device": "devices"}[what]
        ]
        return found

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One call of its REST API."""
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            headers,
            method=method,
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return json.loads(answer.read())

    def _is_up(self) -> bool:
        try:
            state = self.ask("GET", "/api/config")["state"]
        except (OSError, urllib.error.URLError):
            return False
        return bool(state == "RUNNING")

    def _store(self, key: str, version: int, minor: int, data: object) -> None:
        whole = {"version": version, "minor_version": minor, "key": key, "data": data}
        (self.folder / ".storage" / key).write_text(json.dumps(whole))


def _auth(key: str) -> dict[str, Any]:
    user, token = "u" * 32, "t" * 32
    groups = {"system-admin": "Administrators", "system-users": "Users", "system-read-only": "RO"}
    return {
        "groups": [{"id": id_, "name": name} for id_, name in groups.items()],
        "users": [
            {
                "id": user,
                "group_ids": ["system-admin"],
                "is_owner": True,
                "is_active": True,
                "name": "test",
                "system_generated": False,
                "local_only": False,
            }
        ],
        "credentials": [],
        "refresh_tokens": [
            {
                "id": token,
                "user_id": user,
                "client_id": None,
                "client_name": "t",
                "client_icon": None,
                "token_type": "long_lived_access_token",
                "created_at": MADE,
                "access_token_expiration": 315360000.0,
                "token": secrets.token_hex(64),
                "jwt_key": key,
                "last_used_at": None,
                "last_used_ip": None,
                "expire_at": None,
                "credential_id": None,
                "version": "2026.2.3",
            }
        ],
    }


def _mqtt(port: int) -> dict[str, Any]:
    return {
        "created_at": MADE,
        "modified_at": MADE,
        "data": {"broker": "127.0.0.1", "port": port},
        "disabled_by": None,
        "discovery_keys": {},
        "domain": "mqtt",
        "entry_id": "0" * 26,
        "minor_version": 1,
        "options": {"discovery": True, "discovery_prefix": "homeassistant"},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": "MQTT",
        "unique_id": None,
        "version": 2,
    }


def _token(key: str) -> str:
    """A JSON web token (RFC 7519) of the only administrator."""
    now = int(time.time())
    claims = {"iss": "t" * 32, "iat": now, "exp": now + 315360000}
    said = ".".join(map(_part, ({"alg": "HS256", "typ": "JWT"}, claims)))
    return f"{said}.{_base64(hmac.digest(key.encode(), said.encode(), sha256))}"


def _part(value: object) -> str:
    return _base64(json.dumps(value).encode())


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")
