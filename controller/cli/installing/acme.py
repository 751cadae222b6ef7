"""Get a publicly trusted certificate with certbot, which also renews it (RFC 8555)."""

import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from controller.cli.installing.layout import Layout, program
from controller.cli.installing.steps import FunctionStep, Step
from controller.settings import SettingsError

_ODD = "An unexpected error occurred"
"""How certbot begins the line before its reason."""
CHALLENGES = "/.well-known/acme-challenge/"
"""URL prefix of ACME's HTTP challenges (RFC 8555, 8.3)."""


def folder_of(layout: Layout) -> Path:
    """Return the folder from which nginx serves the proofs for ACME challenges.

    Nothing in it is secret.
    """
    return layout.root / "var/lib/loquet-acme"


def files_of(layout: Layout, name: str) -> tuple[Path, Path]:
    """Return the paths where certbot stores a name's chain and key."""
    live = layout.root / "etc/letsencrypt/live" / name
    return live / "fullchain.pem", live / "privkey.pem"


def acme_steps(layout: Layout, name: str, server: str | None) -> Iterator[Step]:
    """Yield the step that asks for the certificate once.

    `server`: another ACME directory than Let's Encrypt's.
    """
    chain, _ = files_of(layout, name)

    def ask() -> bool:
        if chain.exists():
            return False
        result = subprocess.run(
            _command(layout, name, server), capture_output=True, text=True, check=False
        )
        if result.returncode != 0:
            raise SettingsError(_error_text(name, result.stdout + result.stderr))
        return True

    yield FunctionStep(f"a certificate of {name}, by certbot", lambda: not chain.exists(), ask)


def _command(layout: Layout, name: str, server: str | None) -> list[str]:
    certbot = program("certbot")
    if certbot is None:
        raise SettingsError("run apt install certbot first, then this command again")
    words = [certbot, "certonly", "--non-interactive", "--agree-tos", "--webroot", "-d", name]
    words += ["--register-unsafely-without-email", "-w", str(folder_of(layout))]
    if server:
        words += ["--server", server]
    if layout.has_systemd:
        words += ["--deploy-hook", "systemctl reload nginx.service"]
    if not layout.is_system:
        for option, folder in (("config", "etc"), ("work", "var/lib"), ("logs", "var/log")):
            words += [f"--{option}-dir", str(layout.root / folder / "letsencrypt")]
    return words


def _error_text(name: str, output: str) -> str:
    """Return certbot's reason from its output, as a sentence."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    details = [line for line in lines if line.startswith("Detail:")] or [
        after for line, after in pairwise(lines) if line.startswith(_ODD)
    ]
    reason = details[0] if details else " ".join(lines)[-300:]
    return f"certbot got no certificate for {name}: {reason}; the name must lead to port 80 here"
