"""Devices at the end of a wire or a radio: simulators as processes, and a broker for plugs."""

import hashlib
import json
import queue
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from devices.ports import DeviceError, PowerSwitch, SwitchState
from tests.support.broker import Authority, Broker
from tests.support.tree import ROOT
from tests.support.until import until

WAIT_S = 180.0
USER, PASSWORD = "plugs", "correct horse"


class Sim:
    """A simulator's process and its console."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._moves: list[bool] = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            event = json.loads(line)
            if event["event"] in ("coil", "relay") and not event.get("coil"):
                self._moves.append(event["on"])
            self._events.put(event)

    def event(self, kind: str, **fields: Any) -> dict[str, Any]:
        """The first such event from here on; earlier ones are dropped."""
        end_s = time.monotonic() + WAIT_S
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left_s)
            except queue.Empty:
                break
            assert event["event"] != "refused", event
            if event["event"] == kind and fields.items() <= event.items():
                return event
        pytest.fail(f"no {kind} {fields} within {WAIT_S} s")

    def do(self, deed: str, **fields: Any) -> None:
        """Do something to the device, and wait until it is done."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": deed, **fields}) + "\n")
        self._process.stdin.flush()
        self.event("done", do=deed)

    def moves(self) -> list[bool]:
        """Each movement of the relay, or of coil 0, since they were forgotten."""
        self.do("hello")
        return list(self._moves)

    def forget(self) -> None:
        """Count movements from here on."""
        self.do("hello")
        self._moves.clear()

    def end(self) -> None:
        """End it in good order."""
        self._process.communicate(timeout=WAIT_S)
        assert self._process.returncode == 0


class PlugPlace:
    """A real Mosquitto with TLS and passwords, as docs/wiring.md has one set up for plugs."""

    def __init__(self, folder: Path) -> None:
        authority = Authority(folder)
        self.broker = Broker(folder, authority)
        salt = b"0123456789ab"
        digest = hashlib.pbkdf2_hmac("sha512", PASSWORD.encode(), salt, 101, 64)
        (folder / "passwords").write_text(
            f"{USER}:$7$101${b64encode(salt).decode()}${b64encode(digest).decode()}\n"
        )
        (folder / "mosquitto.conf").write_text(
            f"listener {self.broker.port} 127.0.0.1\n"
            f"cafile {authority.ca}\n"
            f"certfile {folder / 'broker.pem'}\n"
            f"keyfile {folder / 'broker.key'}\n"
            "allow_anonymous false\n"
            f"password_file {folder / 'passwords'}\n"
            "set_tcp_nodelay true\n"
            "user root\n"
            "log_dest stderr\n"
        )
        self.file = folder / "plugs.toml"
        self.file.write_text(
            f'host = "127.0.0.1"\nport = {self.broker.port}\nca = "{authority.ca}"\n'
            f'username = "{USER}"\npassword = "{PASSWORD}"\n'
        )
        self.broker.start()

    @contextmanager
    def other_password(self) -> Iterator[None]:
        """Somebody has changed it at the broker: neither plugs nor agents get in."""
        file = self.broker.folder / "passwords"
        kept = file.read_text()
        for text in (kept.replace(f"{USER}:", "others:"), kept):
            self.broker.kill()
            file.write_text(text)
            self.broker.start()
            if text != kept:
                yield


@dataclass
class Field:
    """A device under test: how it is wired, and its simulator."""

    driver: str
    table: dict[str, Any]
    sim: Sim
    by_hand: Callable[[bool], None]
    """Moves the relay without the driver: a button, somebody else on the bus."""
    stick: Callable[[bool], None]
    """Makes the relay stay where it is, whatever it is told; or frees it."""

    def unplug(self) -> None:
        """Pull its cable, or take its network away."""
        self.sim.do("cable", plugged=False)

    def plug(self) -> None:
        """Give it back."""
        self.sim.do("cable", plugged=True)


def ready(switch: PowerSwitch) -> None:
    """Wait until it was read and set up, which `on()` refuses before; then it is on."""

    def on() -> bool:
        try:
            switch.on()
        except DeviceError:
            return False
        return True

    reads(switch, SwitchState.OFF)
    until(on, "set up")


def reads(switch: PowerSwitch, state: SwitchState) -> None:
    """Wait until it reads so."""
    until(lambda: switch.state() is state, f"reads {state}")
