"""Gives an OSDP reader a new key, and writes the key to a file.

.venv/bin/python -m devices.drivers.osdp.key /dev/ttyUSB0 0 /etc/loquet/reader-laser.key

The reader must be in install mode, alone on its cable, on a desk: the key is sent under SCBK-D,
which is public (IEC 60839-11-5, annex D).
"""

import argparse
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any

from devices.drivers.osdp.bus import TICK_S
from devices.drivers.osdp.panel import KEY_BYTES, Wire, control_panel, reader_settings
from devices.drivers.secret_file import write_secret

PATIENCE_S = 10.0
"""How long to wait for the reader in each step."""
_KEYSET, _SCBK = 5, 1
"""libosdp's command to set a key (osdp_KEYSET), and the type of key."""


class KeyRefused(Exception):
    """Raised if the reader did not accept the key; the message is one line."""


def give_key(port: str, baud: int, address: int, key: bytes) -> None:
    """Set the reader's key, and check that it answers with it. Raises KeyRefused, OSError."""
    import serial

    with serial.Serial(port, baud, timeout=0, exclusive=True) as line:
        wire = Wire(line.fileno(), address)
        _set(wire, address, key)
        second_panel = control_panel([reader_settings(address, key, wire)])
        _wait_until(
            second_panel, wire, second_panel.sc_status, "it does not answer under the new key"
        )


def _set(wire: Wire, address: int, key: bytes) -> None:
    panel = control_panel([reader_settings(address, key, wire, may_use_public_key=True)])
    _wait_until(panel, wire, panel.sc_status, "no reader in install mode answers")
    done: list[int] = []
    panel.set_command_completion_callback(lambda _reader, _command, status: done.append(status))
    panel.submit_command(0, {"command": _KEYSET, "type": _SCBK, "data": key})
    _wait_until(panel, wire, lambda: done, "it did not answer when it was given its key")
    if done[0] != 0:
        raise KeyRefused("it refused the key")


def _wait_until(panel: Any, wire: Wire, is_so: Callable[[], object], why: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_so():
        panel.refresh()
        if wire.error is not None:
            raise wire.error
        if time.monotonic() > end:
            raise KeyRefused(why)
        time.sleep(TICK_S)


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description="Give an OSDP reader a key of its own.")
    parser.add_argument("port", help="the RS-485 adapter, like /dev/ttyUSB0")
    parser.add_argument("address", type=int, help="the reader's address, 0 to 126")
    parser.add_argument("file", help="file for the key; must not exist yet")
    parser.add_argument("--baud", type=int, default=9600)
    arguments = parser.parse_args()
    key = secrets.token_bytes(KEY_BYTES)
    try:
        write_secret(key.hex(), arguments.file)
        give_key(arguments.port, arguments.baud, arguments.address, key)
    except (OSError, KeyRefused) as error:
        print(f"the reader has no new key: {error}", file=sys.stderr)
        return 1
    print(f"the reader has a new key, which is in {arguments.file}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
