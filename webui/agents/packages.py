"""The agent's Debian packages, which the controller offers to a Pi that has no Loquet yet."""

import hashlib
from functools import lru_cache
from pathlib import Path

from controller.settings import WebSettings

ARCHITECTURES = ("arm64", "amd64")


def package_file(web: WebSettings, architecture: str) -> Path | None:
    """Return the newest package for this architecture; None if the folder has none."""
    files = Path(web.agent_packages).glob(f"loquet-agent_*_{architecture}.deb")
    return max(files, key=lambda file: file.stat().st_mtime_ns, default=None)


def install_line(web: WebSettings) -> str:
    """Return the line that fetches and installs the package; empty if none is offered.

    A Pi does not trust the place's authority yet, so the line has the packages' checksums.
    """
    sums = [
        f"'{_checksum(file, file.stat().st_mtime_ns)}  loquet-agent_{architecture}.deb'"
        for architecture in ARCHITECTURES
        if (file := package_file(web, architecture))
    ]
    if not sums:
        return ""
    url = f"{web.public_url.rstrip('/')}/trust"
    name = "loquet-agent_$(dpkg --print-architecture).deb"
    return (
        f"cd && curl -fksSO {url}/{name} && printf '%s\\n' {' '.join(sums)}"
        f" | sha256sum --check --ignore-missing && sudo apt install ./{name}"
    )


@lru_cache(maxsize=8)
def _checksum(file: Path, _changed_ns: int) -> str:
    with file.open("rb") as package:
        return hashlib.file_digest(package, "sha256").hexdigest()
