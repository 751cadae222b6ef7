"""What tests of api shapes share with others."""

from typing import Any

import pytest

from tests.support.running_place import Answer, RunningPlace


@pytest.fixture(scope="module")
def member(place: RunningPlace) -> dict[str, Any]:
    """A member to look at."""
    new = {"display_name": "Ada", "email": "ada@example.org", "categories": ["student"]}
    return place.make("/members", new)


def assert_problem(answer: Answer, status: int, *fields: str) -> None:
    """The answer is a problem document (RFC 9457) that names exactly these fields."""
    assert (answer.status, answer.kind) == (status, "application/problem+json"), answer.body
    document = answer.json
    assert document["status"] == status
    assert document["title"]
    assert document.get("type", "about:blank") == "about:blank"
    assert sorted(error["field"] for error in document.get("errors", ())) == sorted(fields)
    assert all(error["detail"] for error in document.get("errors", ()))
