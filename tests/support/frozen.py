"""A place as a released version left it, with a configuration of its own."""

import json
import lzma
import subprocess
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.store.make_filled import FOLDER
from tests.support.databases import an_empty_one, postgres_program


def frozen(kind: str, request: pytest.FixtureRequest, folder: Path, version: str = "0.2.0") -> Path:
    """Its configuration; a database of the server's is gone with the test."""
    (folder / "var").mkdir()
    url = f"sqlite:///{folder}/var/loquet.db"
    data = lzma.decompress((FOLDER / f"{version}.{kind}.xz").read_bytes())
    if kind == "sqlite":
        (folder / "var/loquet.db").write_bytes(data)
    else:
        request.getfixturevalue("postgres_programs")
        stack = ExitStack()
        url = stack.enter_context(an_empty_one(request.getfixturevalue("postgres_url")))
        request.addfinalizer(stack.close)
        load(url, data)
    config = folder / "config.toml"
    config.write_text(f'database.url = {json.dumps(url)}\n[site]\nid = "fabrique"\n')
    return config


def load(url: str, dump: bytes) -> None:
    """Have `psql` run a dump."""
    psql = [postgres_program("psql"), "-q", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input=dump, check=True, stdout=subprocess.DEVNULL)
