"""The real provider (Canaille) in a process of its own, and a browser that signs in there."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urljoin

import requests

from tests.peers.provider import PASSWORD
from tests.peers.venv import bin_folder
from tests.support.programs import free_port
from tests.support.tree import ROOT


@contextmanager
def provider_running(back: str) -> Iterator[str]:
    """Its issuer; `back` is where it sends people to."""
    port = free_port()
    command = [str(bin_folder("canaille") / "python"), str(ROOT / "tests/peers/provider.py")]
    with subprocess.Popen(
        [*command, str(port), back], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            yield f"http://localhost:{port}"
        finally:
            process.kill()


class AtProvider:
    """A browser at the provider's pages; `ours` is where our own begin."""

    def __init__(self, ours: str) -> None:
        self.ours = ours
        self.there = requests.Session()
        self.was_asked = False
        """Whether the provider showed a form the last time."""

    def come_back(self, url: str, who: str) -> str:
        """Sign in there and agree; our path with the answer."""
        self.was_asked = False
        answer = self.there.get(url, allow_redirects=False)
        for _ in range(12):
            if answer.status_code in (301, 302, 303):
                to = urljoin(url, answer.headers["location"])
                if to.startswith(self.ours):
                    return to.removeprefix(self.ours)
                answer = self.there.get(to, allow_redirects=False)
                continue
            self.was_asked = True
            answer = self.there.post(
                answer.url, data=_form(answer.text, who), allow_redirects=False
            )
        raise AssertionError("it leads nowhere")


def _form(text: str, who: str) -> dict[str, str]:
    names = set(re.findall(r'name="([a-z_]+)"', text))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', text)
    typed = {"login": who, "password": PASSWORD, "answer": "accept"}
    found = {name: typed[name] for name in names & typed.keys()}
    return found | ({"csrf_token": token[1]} if token else {})
