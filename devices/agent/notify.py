"""Tells systemd that the agent is ready and alive (sd_notify(3)); silent where it did not ask."""

import os
import socket


def notify(text: str) -> None:
    """Send one datagram (`READY=1`, `WATCHDOG=1`, `STOPPING=1`); a lost one is not an error."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    name = "\0" + address[1:] if address.startswith("@") else address
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as out:
            out.sendto(text.encode(), name)
    except OSError:
        return
