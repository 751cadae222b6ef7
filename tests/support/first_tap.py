"""What a controller that was just set up is told, up to the first granted tap."""

import json
import signal
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.until import until

LOGIN, PASSWORD, BADGE = "claire@example.org", "correct horse battery", "em:0004200000"
LOQUET = (sys.executable, "-m", "controller.cli")


@dataclass(frozen=True)
class Controller:
    """Its pages' address, its files below a root, and a token of its admin."""

    url: str
    root: Path
    token: str
    agents_url: str = ""
    """Where its boxes join."""

    @property
    def config(self) -> Path:
        return self.root / "etc/loquet/config.toml"

    def ask(self, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Of its API, over HTTPS."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.root / "var/lib/loquet-root/place-ca.crt")
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.url}/api/v1/{path}", data, headers)  # noqa: S310
        with urllib.request.urlopen(request, context=context) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
            return found

    def make_machine_and_badge(self) -> str:
        """What Setup's steps make; the claim code of the machine's box."""
        made = self.ask("agents", {"id": "atelier", "name": {"fr": "Atelier"}})
        point = {"id": "laser", "kind": "machine", "name": {"fr": "Laser"}, "agent_id": "atelier"}
        self.ask("access-points", point | {"risk": "low", "commissioned": True})
        member = self.ask("members", {"display_name": "Claire"})["id"]
        badge = {"member_id": member, "value": BADGE, "assurance": "uid"}
        self.ask("credentials", badge)
        self.ask("plans", {"id": "atelier", "name": {"fr": "Atelier"}})
        year = {"valid_from": "2020-01-01T00:00:00.000Z", "valid_until": "2099-01-01T00:00:00.000Z"}
        year["reason"] = "a member of old"
        self.ask("subscriptions", {"member_id": member, "plan_id": "atelier"} | year)
        code: str = made["claim_code"]
        return code

    def is_online(self) -> bool:
        """Whether its agent is."""
        told = self.ask("agents/atelier")
        return bool(told["online"]) and told.get("policy", {}) is not None

    def granted(self, tap: Sequence[str]) -> None:
        """Tap by this command until one more session is there."""
        until(self.is_online, "the agent is not online", 60)
        before = self._sessions()

        def is_granted() -> bool:
            subprocess.run(tap, capture_output=True, check=False)
            return self._sessions() > before

        until(is_granted, lambda: f"no tap was granted: {self.ask('events')}", 60)

    def _sessions(self) -> int:
        return len(self.ask("sessions")["items"])


def token_of(config: Path, loquet: Sequence[str] = LOQUET) -> str:
    """A token of the admin's, by the command on the controller."""
    words = ["token", "add", "--email", LOGIN, "--name", "proof", "--config", str(config), "--json"]
    done = subprocess.run([*loquet, *words], capture_output=True, text=True, check=True)
    token: str = json.loads(done.stdout)["token"]
    return token


@contextmanager
def started(commands: list[str], inside: list[str], log: Path) -> Iterator[None]:
    """What systemd would start, in this order."""
    with ExitStack() as stack:
        for number, line in enumerate(commands):
            words = [*inside, *line.split()]
            words += ["-g", "daemon off;"] if "nginx" in line else []
            said = stack.enter_context((log / f"{number}.log").open("w"))
            process = subprocess.Popen(words, stdout=said, stderr=said, cwd=log)
            stack.callback(_end, process)
        yield


def status(url: str) -> int:
    """Of an answer; 0 where there is none."""
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return int(answer.status)
    except OSError:
        return 0


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    process.wait(30)
