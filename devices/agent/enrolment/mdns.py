"""Finds a controller on the local network through Avahi; the caller must verify it."""

import os
import shutil
import subprocess

SERVICE = "_loquet._tcp"


def discover_controller(fingerprint: str) -> str | None:
    """Return the address of the controller whose CA has this fingerprint; None if Avahi finds
    none."""
    browse = os.environ.get("LOQUET_AVAHI_BROWSE") or shutil.which("avahi-browse")
    if browse is None:
        return None
    command = [browse, "--resolve", "--parsable", "--terminate", SERVICE]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=15, check=False)
    except subprocess.TimeoutExpired:
        return None
    return parse_address(result.stdout, fingerprint)


def parse_address(browsed: str, fingerprint: str) -> str | None:
    """Return the address in the output of `avahi-browse --parsable --resolve`, or None.

    A line is `=;interface;protocol;name;type;domain;host;address;port;"key=value" "key=value"`.
    """
    for line in browsed.splitlines():
        texts = line.partition("=;")[2].split(";", 8)[-1] if line.startswith("=;") else ""
        properties = dict(pair.partition("=")[::2] for pair in texts.strip('"').split('" "'))
        if properties.get("ca") == fingerprint and "url" in properties:
            return properties["url"]
    return None
