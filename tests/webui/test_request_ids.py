"""What goes wrong is found in the log by its id, and the log names nobody."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy.exc import DBAPIError

from controller.kernel.database import Database
from controller.kernel.log_lines import JsonLines, log_to_stderr
from tests.webui.conftest import sign_in, token_of

NAME = "Zoé Unlikely-Name"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """All that any logger of this process says, as JSON."""
    said = io.StringIO()
    handler = logging.StreamHandler(said)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(before)


def test_an_error_of_ours_is_in_the_log_under_the_answers_id(
    client: FlaskClient, lines: io.StringIO
) -> None:
    sign_in(client, "manager")

    def fail() -> str:
        raise RuntimeError("not foreseen")

    client.application.view_functions["search.search"] = fail
    asked = [client.get(f"/find?q={NAME}") for _ in range(2)]
    ids = [answer.headers["X-Request-Id"] for answer in asked]
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    errors = [line for line in told if line["level"] == "error"]
    assert [line["request"] for line in errors] == ids
    assert ids[0] != ids[1]
    assert "RuntimeError: not foreseen" in errors[0]["trace"]
    assert {"at", "level", "logger", "message"} <= errors[0].keys()


def test_the_log_names_nobody(client: FlaskClient, database: Database, lines: io.StringIO) -> None:
    """Not in an address, a form, an error of the database, or what it is asked."""
    sign_in(client, "manager")
    secret = token_of(client)
    client.get(f"/find?q={NAME}")
    client.post("/members/new", data={"csrf_token": secret, "display_name": NAME, "email": "x"})
    client.post("/sign-in", data={"login": NAME, "password": NAME})
    with pytest.raises(DBAPIError) as failed, database.read() as db:
        db.connection().exec_driver_sql("SELECT * FROM nothing WHERE name = ?", (NAME,))
    logging.getLogger("test").error("a statement failed", exc_info=failed.value)
    said = lines.getvalue()
    assert "a statement failed" in said
    assert not [part for part in NAME.split() if part in said]


@pytest.mark.parametrize("kind", ["json", ""])
def test_the_environment_chooses(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    root, handlers = logging.getLogger(), logging.getLogger().handlers[:]
    try:
        root.handlers.clear()
        log_to_stderr({"LOQUET_LOG_FORMAT": kind})
        logging.getLogger("here").warning("told %d", 7, extra={"agent": "pi-1", "seq": 3})
        logging.getLogger("here").info("not told")
    finally:
        root.handlers[:] = handlers
    said = capfd.readouterr().err.strip()
    if not kind:
        assert said.endswith("WARNING here: told 7")
        return
    line = json.loads(said)
    assert (line["message"], line["agent"], line["seq"]) == ("told 7", "pi-1", 3)
