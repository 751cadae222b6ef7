"""`loquet` of root becomes the services' user, and finds files where root stands."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.tree import ROOT

SAYS = {"id": "echo 0", "runuser": 'printf "%s\\n" "$PWD" "$@"'}


@pytest.mark.parametrize("script", ["packaging/loquet", "systemd/loquet"])
def test_a_file_is_named_from_the_folder_where_one_stands(script: str, tmp_path: Path) -> None:
    folders = {name: tmp_path / name for name in ("bin", "services", "home")}
    for folder in folders.values():
        folder.mkdir()
    for name, text in SAYS.items():
        (folders["bin"] / name).write_text(f"#!/bin/sh\n{text}\n")
        (folders["bin"] / name).chmod(0o755)
    (folders["home"] / "agent.deb").touch()
    text = (ROOT / script).read_text()
    for command in ("cd /etc/loquet", "cd /var/lib/loquet"):
        text = text.replace(command, f"cd {folders['services']}")
    words = ["x", "agent.deb", "./new", "/abs", "a / b", "--url", "https://a.b/c", "me@b.c"]
    done = subprocess.run(
        ["sh", "-c", text, "loquet", *words],
        cwd=folders["home"],
        env=os.environ | {"PATH": f"{folders['bin']}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    stands, *became, program = done.stdout.splitlines()[:5]
    assert (stands, became) == (str(folders["services"]), ["-u", "loquet", "--"])
    assert program == "/opt/loquet/.venv/bin/loquet"
    home = folders["home"]
    files = ["x", f"{home}/agent.deb", f"{home}/./new"]
    assert done.stdout.splitlines()[5:] == [*files, *words[3:]]
