"""Simulated OSDP readers on one line: `python -m devices.sim.osdp --link PATH --reader 1:KEYFILE`.

Each reader is a peripheral device of libosdp that only accepts the secure channel, unless it has no
key yet. In config.toml: `reader = { driver = "osdp", port = "/run/loquet/rs485", address = 1,
key_file = "/etc/loquet/reader-1.key" }`.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from controller.domain.ids import parse_credential_id
from devices.needs import Needs
from devices.sim.console import ConsoleCommand, print_event, run_console
from devices.sim.pty import Pty
from devices.sim.rf_reader import card_of
from firmware_bridge.wiegand import frame_bits

TICK_S = 0.005
LED, BUZZER, KEYSET, STATUS = 2, 3, 5, 9
"""Numbers of libosdp for the commands that a reader may get."""
EM_CUSTOMER = b"\x3c"
"""The first of an EM4100's five bytes, which is not printed on the card."""


def card_data(credential: str) -> tuple[int, bytes]:
    """Return the number of bits that an OSDP reader sends for the card with this id, and the bits.

    Raises ValueError.
    """
    kind, _, number = parse_credential_id(credential).partition(":")
    if kind == "uid":
        uid = card_of(credential).uid
        return len(uid) * 8, uid
    if kind == "em":
        return 40, EM_CUSTOMER + int(number).to_bytes(4, "big")
    bits = int(kind.removeprefix("wg"))
    return bits, frame_bits(int(number, 16), bits)


class ReaderChannel:
    """One reader's end of the line: the channel object that libosdp reads from and writes to."""

    def __init__(self, pty: Pty, number: int) -> None:
        self.id = number
        self._pty = pty
        self.received = b""

    def read(self, at_most: int) -> bytes:
        """Return bytes that have arrived since the last read."""
        data, self.received = self.received[:at_most], self.received[at_most:]
        return data

    def write(self, data: bytes) -> int:
        """Send bytes; without effect if the line is unplugged."""
        if self._pty.fd is not None:
            self._pty.send(data)
        return len(data)

    def flush(self) -> None:
        """Discard what has arrived."""
        self.received = b""


class Line:
    """A pseudo-terminal with the readers connected to it."""

    def __init__(self, link: Path, readers: Mapping[int, bytes]) -> None:
        self._pty = Pty(str(link))
        self._keys: dict[int, bytes | None] = dict(readers)
        self._channels = {address: ReaderChannel(self._pty, address) for address in readers}
        self._readers: dict[int, Any] = {}
        self._open_covers: set[int] = set()
        self._covers_to_report: set[int] = set()
        self._noise = 0
        for address in readers:
            self.reader(address, True)

    def reader(self, address: int, plugged: bool) -> None:
        """Unplug a reader from the line, or plug in a freshly started one."""
        if address not in self._channels:
            raise ValueError(f"no reader {address}; known: {', '.join(map(str, self._channels))}")
        if plugged:
            self._readers[address] = _peripheral(
                address,
                self._keys[address],
                self._channels[address],
                partial(self._report_command, address),
            )
        else:
            self._readers.pop(address, None)
            self._channels[address].flush()

    def install(self, address: int) -> None:
        """Plug in a reader that has no key yet."""
        self._keys[address] = None
        self.reader(address, True)

    def rekey(self, address: int, key: str) -> None:
        """Plug in a reader that has another key."""
        self._keys[address] = bytes.fromhex(key)
        self.reader(address, True)

    def cable(self, plugged: bool) -> None:
        """Plug the line's adapter in or unplug it."""
        if plugged:
            self._pty.plug()
        else:
            self._pty.unplug()

    def tap(self, address: int, credential: str) -> None:
        """Hold a card to a reader."""
        bits, data = card_data(credential)
        self.raw(address, bits, data.hex())

    def raw(self, address: int, bits: int, data: str) -> None:
        """Hold a card with any bits to a reader."""
        self._submit(
            address,
            event=1,  # a card was read
            reader_no=0,
            direction=0,
            format=0,
            length=bits,
            data=bytes.fromhex(data),
        )

    def tamper(self, address: int, open: bool) -> None:
        """Open a reader's cover, or close it.

        A reader that is off the line reports it once it is plugged in and asked for its status.
        """
        (self._open_covers.add if open else self._open_covers.discard)(address)
        if address in self._readers:
            self._submit(address, event=4, type=2, report=bytes((open, 0)))

    def noise(self, chunks: int) -> None:
        """Corrupt one byte in each of the next `chunks` chunks of data that arrive."""
        self._noise = chunks

    def turn(self) -> None:
        """Pass the received data to every reader, and let each do its work."""
        if data := self._pty.read():
            if self._noise:
                self._noise -= 1
                data = data[:-1] + bytes((data[-1] ^ 0x55,))
            for address in self._readers:
                self._channels[address].received += data
        for reader in self._readers.values():
            reader.refresh()
        while self._covers_to_report:
            self.tamper(self._covers_to_report.pop(), True)

    def _submit(self, address: int, **event: Any) -> None:
        if address not in self._readers or not self._readers[address].submit_event(event):
            raise ValueError(f"reader {address} takes no event now")

    def _report_command(self, address: int, command: Mapping[str, Any]) -> tuple[int, None]:
        """Report a command that a reader was sent.

        The binding answers each status command with *closed*, so an open cover is
        reported as an event.
        """
        if command["command"] == LED:
            print_event(
                "led", address=address, colour=command["on_color"], flash=command["temporary"]
            )
        if command["command"] == BUZZER:
            print_event("buzzer", address=address, beeps=command["rep_count"])
        if command["command"] == KEYSET:
            print_event("keyed", address=address)
            self._keys[address] = command["data"]
        if command["command"] == STATUS and address in self._open_covers:
            self._covers_to_report.add(address)
        return 0, None


def _peripheral(address: int, key: bytes | None, channel: ReaderChannel, on_command: Any) -> Any:
    import osdp_sys

    osdp_sys.set_loglevel(osdp_sys.LOG_EMERG)
    flags = osdp_sys.FLAG_INSTALL_MODE if key is None else osdp_sys.FLAG_ENFORCE_SECURE
    identity = {
        "name": f"pd-{address}",
        "address": address,
        "flags": flags,
        "scbk": key,
        "channel": channel,
        "version": 1,
        "model": 1,
        "vendor_code": 1,
        "serial_number": address,
        "firmware_version": 1,
    }
    kinds = (
        osdp_sys.CAP_CARD_DATA_FORMAT,
        osdp_sys.CAP_READER_LED_CONTROL,
        osdp_sys.CAP_READER_AUDIBLE_OUTPUT,
        osdp_sys.CAP_CONTACT_STATUS_MONITORING,
        osdp_sys.CAP_COMMUNICATION_SECURITY,
    )
    capabilities = [
        {"function_code": kind, "compliance_level": 1, "num_items": 1} for kind in kinds
    ]
    reader = osdp_sys.PeripheralDevice(identity, capabilities=capabilities)
    reader.set_command_callback(on_command)
    return reader


async def serve(link: Path, readers: Mapping[int, bytes]) -> None:
    """Serve until standard input is closed."""
    line = Line(link, readers)
    line.cable(True)
    commands: dict[str, ConsoleCommand] = {
        "reader": line.reader,
        "rekey": line.rekey,
        "install": line.install,
        "cable": line.cable,
        "tap": line.tap,
        "raw": line.raw,
        "tamper": line.tamper,
        "noise": line.noise,
    }
    print_event("ready", link=str(link))
    console = asyncio.ensure_future(run_console(commands))
    while not console.done():
        line.turn()
        await asyncio.sleep(TICK_S)
    line.cable(False)


def main(argv: list[str] | None = None) -> int:
    """Run the process. Exit 0 when its standard input ends."""
    parser = argparse.ArgumentParser(prog="python -m devices.sim.osdp", description=__doc__)
    parser.add_argument("--link", required=True, type=Path, help="path of the line's terminal")
    parser.add_argument(
        "--reader", action="append", required=True, help="ADDRESS:FILE of its key, 32 hex digits"
    )
    args = parser.parse_args(argv)
    if missing := Needs(modules=("osdp_sys",), extra="osdp").missing_text():
        print(f"{parser.prog}: {missing}", file=sys.stderr)
        return 1
    readers = {}
    for option in args.reader:
        address, _, file = option.partition(":")
        readers[int(address)] = bytes.fromhex(Path(file).read_text())
    asyncio.run(serve(args.link, readers))
    return 0


if __name__ == "__main__":
    sys.exit(main())
