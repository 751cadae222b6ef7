"""The firmware's own C decoder, as a program that answers line by line."""

import subprocess

from tests.support.firmware import SANITIZED, Firmware


def decode_in_c(firmware: Firmware, streams: list[bytes], *mode: str) -> list[str]:
    """What the C decoder, under sanitizers, makes of each stream: see tests/decode.c."""
    done = subprocess.run(
        [firmware.folder / "decode", *mode],
        input="".join(stream.hex() + "\n" for stream in streams),
        capture_output=True,
        text=True,
        check=False,
        env=SANITIZED,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]
