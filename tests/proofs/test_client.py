"""The Python client is made from the API's description, is typed whole, and does nothing twice."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from tests.peers.venv import bin_folder
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT
from tools.client import make

pytestmark = pytest.mark.long
CLIENT = ROOT / "clients" / "python"
REFUSED = b'{"title": "Conflict", "status": 409, "detail": "it is there"}'
AGAIN = """
import asyncio, sys
from loquet_api.api.members import post_members
from loquet_api.models import NewMember
from loquet_client import connect
client = connect(sys.argv[1], "t")
body = NewMember(display_name="A")
print(int(post_members.sync_detailed(client=client, body=body).status_code))
print(int(asyncio.run(post_members.asyncio_detailed(client=client, body=body)).status_code))
"""


@pytest.fixture(scope="module")
def python() -> Path:
    return bin_folder("client") / "python"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, python: Path) -> Path:
    """The folder with the generated half."""
    folder = tmp_path_factory.mktemp("client")
    make(folder, python)
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningPlace]:
    with running_place(tmp_path_factory.mktemp("place")) as found:
        yield found


def run(python: Path, made: Path, *words: str, **more: str) -> str:
    path = os.pathsep.join((str(made), str(CLIENT)))
    given = os.environ | {"PYTHONPATH": path, **more}
    return subprocess.run(
        [str(python), *words], env=given, check=True, capture_output=True, text=True
    ).stdout


def test_it_is_typed_whole(python: Path, made: Path) -> None:
    given = os.environ | {"MYPYPATH": str(made)}
    mypy = [sys.executable, "-m", "mypy", "--strict", "--config-file", os.devnull]
    found = subprocess.run(
        [*mypy, "--python-executable", str(python), "example.py", "loquet_client"],
        cwd=CLIENT,
        env=given,
        capture_output=True,
        text=True,
    )
    assert found.returncode == 0, found.stdout
    assert "Success" in found.stdout


def test_its_example_runs_against_a_place(python: Path, made: Path, place: RunningPlace) -> None:
    example = str(CLIENT / "example.py")
    said = run(python, made, example, place.url, "a", LOQUET_TOKEN=place.token)
    before, after = (int(words.split()[0]) for words in said.split(" after")[0].split(", "))
    assert after == before + 1
    asked = Request(f"{place.url}/api/v1/members?search=a&limit=200")  # noqa: S310
    asked.add_header("Authorization", f"Bearer {place.token}")
    with urlopen(asked) as answer:  # noqa: S310
        assert len(json.load(answer)["items"]) == after > 1
    assert "display_name" in said.splitlines()[1]


def test_what_is_not_answered_is_asked_again_and_done_once(python: Path, made: Path) -> None:
    keys: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            keys.append(self.headers["Idempotency-Key"])
            step = len(keys) % 3
            if step == 2:
                self.close_connection = True
                return
            status, body = (503, b"{}") if step == 1 else (409, REFUSED)
            self.send_response(status)
            self.send_header("Content-Type", "application/problem+json")
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        said = run(python, made, "-c", AGAIN, address)
        server.shutdown()
    assert said.split() == ["409", "409"]
    assert len(keys) == 6
    assert len({*keys[:3]}) == 1
    assert len({*keys[3:]}) == 1
    assert None not in keys
    assert keys[0] != keys[3]
