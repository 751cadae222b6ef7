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
    words = [browse, "--resolve", "--parsable", "--terminate", SERVICE]
    try:
        said = subprocess.run(words, capture_output=True, text=True, timeout=15, check=False)
    except subprocess.TimeoutExpired:
        return None
    return parse_address(said.stdout, fingerprint)


def parse_address(browsed: str, fingerprint: str) -> str | None:
    """Return the address in the output of `avahi-browse --parsable --resolve`, or None."""
    for line in browsed.splitlines():
        texts = line.partition("=;")[2].split(";", 8)[-1] if line.startswith("=;") else ""
        told = dict(pair.partition("=")[::2] for pair in texts.strip('"').split('" "'))
        if told.get("ca") == fingerprint and "url" in told:
            return told["url"]
    return None
