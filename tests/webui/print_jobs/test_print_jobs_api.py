"""A printer's token asks by HTTP: the reason is a problem with words; a machine's page shows it."""

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from controller.capabilities.print_jobs.print_jobs import PRINTS_READ, PRINTS_WRITE
from tests.webui.conftest import sign_in
from tests.webui.print_jobs.conftest import Tap

NEW = {"access_point": "printer", "name": "vase.gcode", "minutes": 95, "grams": 41.5}
Token = Callable[..., str]


def ask(client: FlaskClient, token: str, late: str = "", **headers: str) -> Any:
    headers |= {"Authorization": f"Bearer {token}"}
    return client.post(f"/api/v1/print-jobs{late}", json=NEW, headers=headers)


def test_without_a_badge_the_answer_says_what_to_do(
    client: FlaskClient, tap: Tap, token: Token
) -> None:
    refused = ask(client, token(PRINTS_WRITE))
    assert (refused.status_code, refused.content_type) == (409, "application/problem+json")
    said = refused.get_json()
    assert said["reason"] == "badge_first"
    assert said["text"]["fr"].startswith("Passez d’abord votre badge")
    assert said["text"]["en"].startswith("Tap your badge on the printer’s reader first")
    tap("armed")
    assert ask(client, token(PRINTS_READ)).status_code == 403


def test_asked_twice_with_one_key_is_asked_once_and_reported_with_the_version_read(
    client: FlaskClient, tap: Tap, token: Token
) -> None:
    tap("armed")
    secret, key = token(PRINTS_WRITE), {"Idempotency-Key": "7d1c"}
    first, again = ask(client, secret, **key), ask(client, secret, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    for late in ("?asked_s_ago=30", "?again=true"):  # its answer got lost
        found = ask(client, secret, late, **key)
        assert (found.status_code, found.get_json()) == (201, first.get_json())
    assert ask(client, secret, "?again=true", **{"Idempotency-Key": "new"}).status_code == 404
    late = ask(client, secret, "?asked_s_ago=86401")
    assert (late.status_code, late.get_json()["session_id"]) == (201, None)
    assert ask(client, secret, "?asked_s_ago=2678401").status_code == 422
    path = f"/api/v1/print-jobs/{first.get_json()['id']}"
    end = {"outcome": "completed", "used_minutes": 101, "used_grams": 40}
    sent = {"Authorization": f"Bearer {secret}"}
    assert client.patch(path, json=end, headers=sent).status_code == 428
    assert client.patch(path, json=end, headers=sent | {"If-Match": '"9"'}).status_code == 412
    told = sent | {"If-Match": first.headers["ETag"]}
    assert client.patch(path, json=end | {"grams": 1}, headers=told).status_code == 422
    done = client.patch(path, json=end, headers=told)
    assert (done.status_code, done.get_json()["outcome"]) == (200, "completed")
    sign_in(client, "manager")
    page = client.get("/machines/printer").get_data(as_text=True)
    assert "vase.gcode" in page
    assert "terminée" in page
    sign_in(client, "desk")
    assert "vase.gcode" not in client.get("/machines/printer").get_data(as_text=True)
