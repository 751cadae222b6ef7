"""What browsers keep for ever is answered before the application is asked, and is the same."""

import gzip
import re

from flask import Flask, request
from flask.testing import FlaskClient

from webui.statics import SHEETS, STATIC, sheet

GZIP = {"Accept-Encoding": "gzip, deflate, br"}
OWN = {"Vary", "Date", "Set-Cookie"}
"""Headers of the first answer alone: the application has looked at the cookie."""


def addresses(client: FlaskClient) -> list[str]:
    text = client.get("/sign-in").get_data(as_text=True)
    return sorted(set(re.findall(r'(?:href|src)="(/(?:static/|icons)[^"#]+)', text)))


def count(app: Flask) -> list[str]:
    """The paths that the application is asked for from now on."""
    asked: list[str] = []
    app.before_request_funcs[None].insert(0, lambda: asked.append(request.path))
    return asked


def ask(client: FlaskClient, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    with client.get(address, headers=headers) as answer:
        return answer.status_code, dict(answer.headers), answer.data


def test_the_second_time_the_application_is_not_asked(client: FlaskClient) -> None:
    found = addresses(client)
    assert len(found) > 4
    first = {name: ask(client, name, **GZIP) for name in found}
    asked = count(client.application)
    for address, before in first.items():
        status, headers, data = ask(client, address, **GZIP)
        assert (status, data) == (before[0], before[2]), address
        assert headers.items() >= {name: before[1][name] for name in {*before[1]} - OWN}.items()
        assert "Set-Cookie" not in headers
        assert "max-age=31536000" in headers["Cache-Control"]
    assert asked == []


def test_who_asks_otherwise_is_answered_by_the_application(client: FlaskClient) -> None:
    (address,) = [address for address in addresses(client) if "all.css" in address]
    kept = ask(client, address, **GZIP)
    asked = count(client.application)
    _, headers, plain = ask(client, address)
    assert plain == gzip.decompress(kept[2])
    assert "Content-Encoding" not in headers
    assert ask(client, address, **{"Accept-Encoding": "gzip;q=0"})[2] == plain
    assert client.head(address, headers=GZIP).data == b""
    assert client.post(address, headers=GZIP).status_code == 405
    assert len(asked) == 4


def test_an_address_that_no_page_names_is_not_kept(client: FlaskClient) -> None:
    for number in range(3):
        with client.get(f"/static/css/base.css?v={number}", headers=GZIP) as answer:
            assert answer.status_code == 200
    asked = count(client.application)
    with client.get("/static/css/base.css?v=1", headers=GZIP):
        assert len(asked) == 1


def test_the_sheet_of_every_page_is_its_sheets_one_after_the_other() -> None:
    texts = [(STATIC / "css" / f"{sheet}.css").read_text("utf-8") for sheet in SHEETS]
    places = [sheet().index(text) for text in texts]
    assert places == sorted(places)
