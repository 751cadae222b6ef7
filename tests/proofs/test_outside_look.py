"""A look from outside: a scanner of code, one of TLS, and which ports are open.

Each finding that stays is explained in docs/security-review.md, by its file and number.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.faults.hub.hub_site import Site
from tests.peers.venv import bin_folder
from tests.support.programs import program_path
from tests.support.running_place import RunningPlace, running_place
from tests.support.tree import ROOT

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]

SHIPPED = ("controller", "devices", "webui", "firmware_bridge", "tools")
REVIEW = (ROOT / "docs" / "security-review.md").read_text(encoding="utf-8")
CAN_BE_IGNORED = {"B101", "B311", "B404", "B405", "B406", "B603", "B606", "B607", "B105", "B106"}
"""Kinds of low severity, which the review explains once for all of their places."""


def test_bandit_finds_nothing_that_is_not_explained(tmp_path: Path) -> None:
    report = tmp_path / "bandit.json"
    command = [str(bin_folder("outside") / "python"), "-m", "bandit", "-q", "-f", "json"]
    subprocess.run([*command, "-o", report, "-r", *SHIPPED], cwd=ROOT, check=False)
    read: dict[str, Any] = json.loads(report.read_text())
    found = [
        (result["filename"], result["test_id"], result["issue_severity"])
        for result in read["results"]
    ]
    print(f"{read['metrics']['_totals']['loc']} lines: {dict(Counter(kind for *_, kind in found))}")
    assert not read["errors"]
    kinds = {kind for _, kind, severity in found if severity == "LOW"}
    assert kinds <= CAN_BE_IGNORED
    assert not [kind for kind in kinds if f"`{kind}`" not in REVIEW]
    open_ones = [(file, kind) for file, kind, severity in found if severity != "LOW"]
    assert not [pair for pair in open_ones if f"`{pair[0]}` `{pair[1]}`" not in REVIEW]


@pytest.mark.needs("sslscan")
@pytest.mark.needs("mosquitto")
def test_the_broker_speaks_tls_1_3_and_nothing_older(tmp_path: Path) -> None:
    """As `loquet init` configures it."""
    site = Site(tmp_path)
    site.broker.start()
    try:
        command = [str(program_path("sslscan")), "--no-colour", f"127.0.0.1:{site.port}"]
        said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    finally:
        site.broker.kill()
        site.world.database.engine.dispose()
    print(said)
    spoken = dict(re.findall(r"^((?:SSL|TLS)v[\d.]+)\s+(enabled|disabled)", said, re.M))
    assert {name for name, state in spoken.items() if state == "enabled"} == {"TLSv1.3"}
    assert len(spoken) == 6
    ciphers = re.findall(r"^(?:Preferred|Accepted)\s+TLSv1\.3\s+(\d+) bits", said, re.M)
    assert ciphers
    assert min(map(int, ciphers)) >= 128
    assert "vulnerable to heartbleed" not in said.replace("not vulnerable to heartbleed", "")


@pytest.mark.needs("mosquitto")
def test_nothing_listens_but_pages_and_broker(tmp_path: Path) -> None:
    """And these on the addresses that they are given."""
    with running_place(tmp_path) as place:
        ports = sorted(set(listening(place)))
        print(ports)
        web = int(place.url.rpartition(":")[2])
        assert ports == sorted([("127.0.0.1", web), ("127.0.0.1", place.ready["mqtt"]["port"])])


def listening(place: RunningPlace) -> Iterator[tuple[str, int]]:
    """Where a process of the place waits for connections, or for packets."""
    pids = place.ready["pids"]
    for pid in [pids["broker"], pids["serve"], pids["pins"], *pids["agents"].values()]:
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            for connection in process.net_connections(kind="inet"):
                if connection.status in (psutil.CONN_LISTEN, psutil.CONN_NONE) and connection.laddr:
                    yield connection.laddr.ip, connection.laddr.port
