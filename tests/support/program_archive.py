"""Archives of programs as `loquet program add` makes them: this tree, under another version."""

import io
import json
import sys
import sysconfig
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import distribution
from pathlib import Path

from controller.wire.commands import Upgrade
from controller.wire.programs import sign_program
from controller.wire.signatures import Signer
from devices.agent.program.unpack import digest
from devices.agent.program.upgrader import architecture
from tests.support.tree import ROOT

SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
BROKEN = {f"{SITE}/controller/__init__.py": "raise SystemExit('this program is broken')\n"}
"""Found before this tree's: it ends as soon as it starts."""


def contents(version: str) -> dict[str, str]:
    """A program that is this tree, with the libraries of this environment."""
    paths = f"{sysconfig.get_path('purelib')}\n{sysconfig.get_path('platlib')}\n{ROOT}\n"
    drivers = distribution("loquet").read_text("entry_points.txt") or ""
    metadata = f"Metadata-Version: 2.1\nName: loquet\nVersion: {version}\n"
    ours = f"{SITE}/loquet-{version}.dist-info"
    return {
        f"{SITE}/tree.pth": paths,
        f"{ours}/METADATA": metadata,
        f"{ours}/entry_points.txt": drivers,
    }


def pack(files: dict[str, str], into: Path) -> None:
    """Write them as an archive."""
    with tarfile.open(into, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(text.encode()), 0o644
            tar.addfile(member, io.BytesIO(text.encode()))


def order_of(archive: Path, serial: int, version: str, authority: Signer) -> Upgrade:
    """What a controller would send of it."""
    unsigned = Upgrade(
        serial=serial,
        version=version,
        architecture=architecture(),
        sha256=digest(archive),
        size=archive.stat().st_size,
        sig="A" * 86,
    )
    return sign_program(unsigned, authority)


class Store:
    """Gives out archives by their serials, as a controller's web does."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[int] = []
        folder.mkdir(exist_ok=True)
        store = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                data = store.answer(body["serial"]) if self.path.endswith("/program") else b""
                self.send_response(200 if data else 404)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing is written down."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def archive(self, serial: int) -> Path:
        return self.folder / f"{serial}.tar.gz"

    def answer(self, serial: int) -> bytes:
        """Of an archive; nothing where it is not there."""
        self.asked.append(serial)
        file = self.archive(serial)
        return file.read_bytes() if file.exists() else b""

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
