"""A real rsyslog reads every field of what is sent, by TLS, TCP and the local socket."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from controller.capabilities.agents.web_authority import WebAuthority
from controller.settings import SyslogSettings
from tests.integrations.syslog.syslog import Place, place
from tests.support.programs import free_port, program_path
from tests.support.until import until
from tests.webui.conftest import NOW, SITE, clock, database

__all__ = ["clock", "database", "place"]

pytestmark = [pytest.mark.long, pytest.mark.needs("rsyslogd")]
CONFIG = """
global(workDirectory="{folder}" defaultNetstreamDriver="ossl"
    defaultNetstreamDriverCAFile="{folder}/web-ca.crt"
    defaultNetstreamDriverCertFile="{folder}/server.crt"
    defaultNetstreamDriverKeyFile="{folder}/server.key")
module(load="imtcp" streamDriver.name="{driver}" streamDriver.mode="{mode}"
    streamDriver.authMode="anon")
module(load="imuxsock" SysSock.Use="off")
input(type="imtcp" port="{port}" address="127.0.0.1")
input(type="imuxsock" socket="{folder}/log" useSpecialParser="off" parseHostname="on")
template(name="fields" type="list" option.jsonf="on") {{
    property(outname="facility" name="syslogfacility" format="jsonf")
    property(outname="severity" name="syslogseverity" format="jsonf")
    property(outname="at" name="timereported" dateFormat="rfc3339" format="jsonf")
    property(outname="host" name="hostname" format="jsonf")
    property(outname="app" name="app-name" format="jsonf")
    property(outname="kind" name="msgid" format="jsonf")
    property(outname="data" name="structured-data" format="jsonf")
    property(outname="told" name="msg" format="jsonf")
}}
action(type="omfile" file="{folder}/got.jsonl" template="fields")
"""


@contextmanager
def an_rsyslog(folder: Path, *, tls: bool) -> Iterator[SyslogSettings]:
    authority = WebAuthority.create("town", ["127.0.0.1"], NOW)
    authority.save(folder)
    chain, key = authority.issue(["localhost", "127.0.0.1"], NOW)
    (folder / "server.crt").write_text(chain)
    (folder / "server.key").write_bytes(key)
    port, driver = free_port(), "ossl" if tls else "ptcp"
    text = CONFIG.format(folder=folder, port=port, driver=driver, mode=int(tls))
    (folder / "rsyslog.conf").write_text(text)
    words = [str(program_path("rsyslogd")), "-n", "-f", str(folder / "rsyslog.conf")]
    with (folder / "said").open("w") as said:
        process = subprocess.Popen([*words, "-i", str(folder / "pid")], stdout=said, stderr=said)
        try:
            until(lambda: (folder / "log").exists(), lambda: (folder / "said").read_text())
            scheme = "tls" if tls else "tcp"
            yield SyslogSettings(
                to=f"{scheme}://127.0.0.1:{port}", ca=str(folder / "web-ca.crt") if tls else None
            )
        finally:
            process.terminate()
            process.wait(60)


def got(folder: Path, count: int) -> list[dict[str, Any]]:
    """What it has written of ours."""
    file = folder / "got.jsonl"

    def ours() -> list[str]:
        lines = file.read_text().splitlines() if file.exists() else []
        return [line for line in lines if '"loquet"' in line]

    until(lambda: len(ours()) >= count, "rsyslog has not written it")
    return [*map(json.loads, ours())]


@pytest.mark.parametrize("way", ["tls", "tcp", "unix"])
def test_it_reads_every_field(place: Place, way: str) -> None:
    with tempfile.TemporaryDirectory() as name, an_rsyslog(Path(name), tls=way == "tls") as to:
        settings = SyslogSettings(to=f"unix:{name}/log") if way == "unix" else to
        assert place.told(settings) == 0
        place.act("badge_blocked", level=2)
        alarm = place.alarm()
        assert place.told(settings) == 0
        entry, raised = got(Path(name), 2)
    assert (entry["facility"], entry["severity"]) == ("13", "5")
    assert (raised["facility"], raised["severity"]) == ("14", "2")
    assert (entry["kind"], raised["kind"]) == ("audit", "alarm")
    assert entry["data"].startswith('[origin software="Loquet"')
    assert json.loads(entry["told"])["action"] == "badge_blocked"
    assert json.loads(raised["told"]) | {"id": alarm, "site": SITE} == json.loads(raised["told"])
    assert entry["at"].startswith("2026-")
