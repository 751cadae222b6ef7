"""PDF is tagged, made in a process of its own, and reaches nothing but our files."""

import fcntl
import os
import signal
import socket
import subprocess
import termios
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urljoin

import pytest

from controller.kernel.pdf import printer
from controller.kernel.pdf.printer import NotPrinted, Printer
from controller.kernel.pdf.worker import own_file
from tests.support.tagged import faults, language, roles, title
from tests.support.tree import ROOT
from tests.support.until import until

STATIC = ROOT / "webui" / "static"
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Relevé 1</title>
<link rel="stylesheet" href="css/paper.css"></head><body><h1>Relevé 1</h1><h2>Lignes</h2>
<p>1\u202f234,50\u00a0€ pour Ołena &amp; Jean, <a href="#l">voir</a></p>
<table id="l"><caption>Ce qui est dû</caption><thead><tr><th scope="col">Quoi</th></tr></thead>
<tbody><tr><td>Découpe</td></tr></tbody></table>%s</body></html>"""


@pytest.fixture(scope="module")
def press() -> Iterator[Printer]:
    made = Printer(STATIC)
    yield made
    made.close()


def test_it_is_tagged_and_says_its_title_and_language(press: Printer) -> None:
    pdf = press.pdf(PAGE % "")
    assert pdf.startswith(b"%PDF-")
    assert (faults(pdf), title(pdf), language(pdf)) == ([], "Relevé 1", "fr")
    found = [role for role in roles(pdf) if role in ("H1", "H2", "Table", "Caption", "TH", "TD")]
    assert found == ["H1", "H2", "Table", "Caption", "TH", "TD"]


def test_faults_are_seen(press: Printer) -> None:
    pdf = press.pdf('<html><body><h1>1</h1><h3>3</h3><a href="#x">x</a></body></html>')
    assert set(faults(pdf)) >= {"no language", "no title", "headings [1, 3]"}


def test_nothing_is_fetched_from_outside(press: Printer) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        secret = '<img alt="x" src="file:///etc/hostname"><img alt="y" src="data:image/png,A">'
        outside = f'<img alt="z" src="{address}.png"><link rel="stylesheet" href="{address}.css">'
        assert press.pdf(PAGE % (secret + outside)).startswith(b"%PDF-")
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize(
    "address",
    ["http://x/", "data:,x", "../app.py", "%2e%2e/app.py", "/etc/passwd", "file://host/etc/passwd"],
)
def test_only_files_of_the_folder(address: str) -> None:
    base = f"{STATIC.as_uri()}/"
    assert own_file(f"{base}css/paper.css?v=1", STATIC) == STATIC / "css" / "paper.css"
    with pytest.raises(ValueError, match="is not a file of the folder"):
        own_file(urljoin(base, address), STATIC)


def test_a_link_out_of_the_folder_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "out").symlink_to("/etc")
    with pytest.raises(ValueError, match="is not a file of the folder"):
        own_file(f"{tmp_path.as_uri()}/out/hostname", tmp_path)


def test_it_is_started_again_once_it_has_ended(press: Printer) -> None:
    press.pdf(PAGE % "")
    assert press._process is not None
    os.kill(press._process.pid, signal.SIGKILL)
    press._process.wait()
    assert press.pdf(PAGE % "").startswith(b"%PDF-")


def test_where_its_libraries_crash_it_is_asked_once_more(press: Printer) -> None:
    """Of one that has printed much: the reader of a report is not told to try again."""
    press.pdf(PAGE % "")
    crashing = press._process
    assert crashing is not None
    os.kill(crashing.pid, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        asked = pool.submit(press.pdf, PAGE % "")
        until(lambda: _waiting(crashing), "it is not asked")
        os.kill(crashing.pid, signal.SIGSEGV)
        os.kill(crashing.pid, signal.SIGCONT)
        assert asked.result().startswith(b"%PDF-")
    assert crashing.returncode == -signal.SIGSEGV


def _waiting(process: subprocess.Popen[bytes]) -> int:
    """Bytes that it has been sent and has not read."""
    assert process.stdin is not None
    return int.from_bytes(fcntl.ioctl(process.stdin, termios.FIONREAD, bytes(4)), "little")


def test_what_takes_too_long_is_ended_and_the_next_is_printed() -> None:
    press = Printer(STATIC, timeout_s=0.05)
    try:
        with pytest.raises(NotPrinted, match="too much memory or time"):
            press.pdf(PAGE % "")
        press._timeout_s = printer.TIMEOUT_S
        assert press.pdf(PAGE % "").startswith(b"%PDF-")
    finally:
        press.close()


def test_it_gets_none_of_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOQUET_DATABASE_URL", "postgresql://secret")
    assert not any(name.startswith("LOQUET") for name in printer._environment())
