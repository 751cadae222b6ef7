"""The documentation at /docs: for everybody, from one folder, and it says when it is not there."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from controller.kernel.actor import Role
from tests.webui.conftest import sign_in
from webui.documentation import pages


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    (folder / "_static").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Loquet</h1>")
    (folder / "_static" / "strict.js").write_text("1;")
    (tmp_path / "secret.key").write_text("k")
    monkeypatch.setattr(pages, "SITE", folder)
    return folder


def test_a_stranger_reads_it(client: FlaskClient, site: Path) -> None:
    assert client.get("/docs").headers["Location"].endswith("/docs/")
    with client.get("/docs/") as answer:
        assert "<h1>Loquet</h1>" in answer.get_data(as_text=True)
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
    with client.get("/docs/_static/strict.js") as answer:
        assert answer.mimetype == "text/javascript"


@pytest.mark.parametrize("file", ["../secret.key", "%2e%2e/secret.key", "/etc/passwd", "nothing"])
def test_nothing_outside_its_folder_is_given(client: FlaskClient, site: Path, file: str) -> None:
    assert client.get(f"/docs/{file}").status_code in (301, 308, 404)


def test_the_rail_leads_there_where_it_is_installed(
    client: FlaskClient, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, Role.MANAGER)
    assert 'href="/docs/"' in client.get("/members").text
    monkeypatch.setattr(pages, "SITE", site / "nowhere")
    assert 'href="/docs/"' not in client.get("/members").text
    answer = client.get("/docs/?", headers={"Accept-Language": "en"})
    assert answer.status_code == 404
    assert "./run docs" in answer.get_data(as_text=True)


def test_everybody_is_offered_the_source(client: FlaskClient, site: Path) -> None:
    assert "n’a pas d’archive" in client.get("/source").text
    (site / pages.SOURCE_ARCHIVE).write_bytes(b"\x1f\x8b" + b"s" * 5_600_000)
    assert 'href="/source"' in client.get("/sign-in").text
    offered = client.get("/source").text
    assert "AGPL-3.0-or-later" in offered
    assert "(6\u00a0Mo)" in offered
    assert f'href="/docs/{pages.SOURCE_ARCHIVE}"' in offered
    with client.get(f"/docs/{pages.SOURCE_ARCHIVE}") as answer:
        assert len(answer.data) == 5_600_002
    sign_in(client, Role.MEMBER)
    assert 'href="/source"' in client.get("/me").text
