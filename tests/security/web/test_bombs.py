"""What is sent is read up to a limit, and never unpacked: neither huge files nor zip bombs."""

import gzip
import re

import pytest
from flask import Flask

from tests.security.web.conftest import Token
from tests.support.tree import ROOT

MILLION = 1_048_576
PLACES = ("controller", "webui")
UNPACKS = re.compile(r"decompress|unpack_archive|tarfile\.|\.extract(all)?\(|ZipFile\([^\"]*\)")
OURS = {
    "controller/store/packed_event.py",
    "controller/capabilities/imports/workbook.py",
    "controller/cli/program.py",
}
"""What the database holds is packed by us, and nobody else; a workbook is read in the
sandbox; a package of ours is packed anew by who types the command."""


@pytest.mark.parametrize("path", ["/api/v1/members", "/api/v1/agents/claim"])
def test_what_is_too_large_is_not_read(app: Flask, token: Token, path: str) -> None:
    """Whether its length is told or not."""
    headers = {"Authorization": f"Bearer {token('manager')[1]}"}
    big = b'{"display_name": "' + b"x" * 2 * MILLION + b'"}'
    for length in ({}, {"content_length": len(big)}):
        with app.test_client() as client:
            answer = client.post(
                path, data=big, headers=headers, content_type="application/json", **length
            )
        assert answer.status_code == 413


def test_nothing_that_is_sent_is_unpacked(app: Flask, token: Token) -> None:
    """A body that says that it is packed is taken as it stands; it is no JSON."""
    headers = {"Authorization": f"Bearer {token('manager')[1]}", "Content-Encoding": "gzip"}
    bomb = gzip.compress(b'{"display_name": "' + b" " * 20 * MILLION + b'x"}', 9)
    assert len(bomb) < MILLION
    with app.test_client() as client:
        answer = client.post(
            "/api/v1/members", data=bomb, headers=headers, content_type="application/json"
        )
    assert answer.status_code in (400, 415)
    used = {
        str(file.relative_to(ROOT))
        for place in PLACES
        for file in (ROOT / place).rglob("*.py")
        if UNPACKS.search(file.read_text(encoding="utf-8"))
    }
    assert used == OURS
