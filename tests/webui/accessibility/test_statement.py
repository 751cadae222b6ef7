"""The accessibility statement says what the tests wrote down, and nothing else."""

import html
import json
from pathlib import Path

import msgspec
import pytest
from flask.testing import FlaskClient

from controller.kernel.jsontypes import dec_hook
from tools import accessibility
from webui.accessibility.pages import Results, statement

PART = {
    "at": "2026-11-26T08:00:00.000Z",
    "role": "manager",
    "language": "fr",
    "looks": ["axe"],
    "pages": ["live.show"],
    "loaded": 1,
    "wrong": [],
    "chromium": "1",
    "axe": "4",
    "rules": ["wcag2a"],
}


def test_everybody_reads_it_from_every_page(client: FlaskClient) -> None:
    assert 'href="/accessibility"' in client.get("/sign-in").text
    answer = client.get("/accessibility")
    assert answer.status_code == 200
    assert "Déclaration d’accessibilité" in html.unescape(answer.text)


def test_it_says_what_was_found_and_which_pages_were_not_looked_at(client: FlaskClient) -> None:
    wrong = PART | {"wrong": ["/: axe label"], "pages": ["live.show", "activity.show"], "loaded": 2}
    made = msgspec.json.decode(
        json.dumps(accessibility.combine_parts([PART, wrong])), type=Results, dec_hook=dec_hook
    )
    with client.application.test_request_context("/accessibility"):
        said = statement(made)
    assert said.pages == "2 pages"
    assert said.wrong == ("/: axe label",)
    assert said.tried == ((said.tried[0][0], "2 pages, français"),)
    assert "/audit" in said.untested
    assert "/since" not in said.untested


def test_it_is_made_of_all_parts_or_not_at_all(tmp_path: Path) -> None:
    for name in accessibility.NEEDED[:-1]:
        (tmp_path / f"{name}.json").write_text(json.dumps(PART))
    with pytest.raises(FileNotFoundError, match="plain"):
        accessibility.read(tmp_path)
    later = PART | {"at": "2026-11-26T09:00:00.000Z", "wrong": ["/: axe label"]}
    (tmp_path / "plain.json").write_text(json.dumps(later))
    made = accessibility.combine_parts(accessibility.read(tmp_path))
    assert made["at"] == PART["at"]
    assert [crawl["wrong"] for crawl in made["crawls"]] == [[], ["/: axe label"]]
