"""The HTTP contract of interfaces.md, on a running place: statuses, problems, lists, shapes."""

from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from tests.contract.api_shapes import assert_problem
from tests.contract.api_shapes import member as member
from tests.support.running_place import RunningPlace

pytestmark = pytest.mark.needs("mosquitto")

LISTS = (
    "sites",
    "zones",
    "schedules",
    "members",
    "credentials",
    "plans",
    "subscriptions",
    "certifications",
    "access-points",
    "agents",
    "events",
    "quarantine",
    "sessions",
    "alarms",
    "tokens",
    "courses",
    "course-sessions",
    "bookings",
    "passes",
    "presence",
    "evacuations",
    "organisations",
    "projects",
    "groups",
    "windows",
    "accounts",
)


@pytest.fixture(scope="module")
def openapi(place: RunningPlace) -> dict[str, Any]:
    """The API's description, which needs no token."""
    answer = place.call("GET", "/openapi.json", token="")
    assert (answer.status, answer.kind) == (200, "application/json")
    found: dict[str, Any] = answer.json
    return found


def test_the_description_is_valid_openapi_3_1(openapi: dict[str, Any]) -> None:
    assert openapi["openapi"].startswith("3.1.")
    validate(openapi)


def test_every_list_answers_as_described(place: RunningPlace, openapi: dict[str, Any]) -> None:
    for name in LISTS:
        answer = place.call("GET", f"/{name}?limit=3")
        assert (answer.status, answer.kind) == (200, "application/json"), (name, answer.body)
        assert answer.json.keys() == {"items", "next"}, name
        described = openapi["paths"][f"/api/v1/{name}"]["get"]["responses"]["200"]
        schema = described["content"]["application/json"]["schema"]
        whole = schema | {"components": openapi["components"]}
        Draft202012Validator(whole).validate(answer.json)


def test_nothing_is_told_without_a_token(place: RunningPlace, openapi: dict[str, Any]) -> None:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            if "security" not in operation:
                continue
            real = path.removeprefix("/api/v1").replace("{", "").replace("}", "")
            answer = place.call(method.upper(), real, raw=b"not JSON", token="")
            assert_problem(answer, 401)
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")


OPEN_DATA = ("", "/archive/{year}", "/{id}", "/{id}/csv", "/{id}/rows", "/{id}/schema")
"""What the public reads."""


def test_what_needs_no_token(openapi: dict[str, Any]) -> None:
    open_ = {
        (method, path)
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
        if "security" not in operation
    }
    assert open_ == {
        ("get", "/api/v1/openapi.json"),
        ("post", "/api/v1/agents/claim"),
        ("post", "/api/v1/agents/{id}/program"),
        ("get", "/api/v1/agents/{id}/renew"),
        ("post", "/api/v1/agents/{id}/renew"),
        ("get", "/api/v1/tell/{code}"),
        ("post", "/api/v1/tell/{code}"),
        *(("get", f"/api/v1/open-data{below}") for below in OPEN_DATA),
    }


def test_a_wrong_token_is_401_and_a_narrow_one_403(place: RunningPlace) -> None:
    assert_problem(place.call("GET", "/members", token="loquet_wrong"), 401)
    narrow = place.make("/tokens", {"name": "reads", "scopes": ["members:read"]})["token"]
    assert place.call("GET", "/members", token=narrow).status == 200
    assert_problem(place.call("GET", "/events", token=narrow), 403)
    assert_problem(place.call("POST", "/members", {"display_name": "X"}, token=narrow), 403)


@pytest.mark.parametrize("path", ["/nothing", "/members/nobody", "/access-points/none", "/a/b/c"])
def test_what_is_not_there_is_404(place: RunningPlace, path: str) -> None:
    assert_problem(place.call("GET", path), 404)


def test_another_method_is_405_and_another_type_415(place: RunningPlace) -> None:
    assert_problem(place.call("DELETE", "/openapi.json"), 405)
    answer = place.call("POST", "/members", raw=b"a=1", headers={"Content-Type": "text/plain"})
    assert_problem(answer, 415)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b"[]",
        b'"text"',
        b'{"display_name": "Ada", "display_name": "Eve"}',
        b'{"display_name": "Ada", "aids": {"a": 1, "a": 2}}',
        b'{"display_name": NaN}',
        b'{"display_name": "\xff"}',
        b'{"display_name": "\\ud800"}',
        b'{"display_name": "Ada"} {}',
        b"[" * 100_000,
    ],
    ids=range(11),
)
def test_malformed_bodies_are_400(place: RunningPlace, body: bytes) -> None:
    assert_problem(place.call("POST", "/members", raw=body), 400)


def test_422_names_every_field_at_fault_unknown_ones_too(place: RunningPlace) -> None:
    wrong = {"email": "nobody", "language": "de", "status": 7, "colour": "red", "shape": 1}
    answer = place.call("POST", "/members", wrong)
    assert_problem(answer, 422, "display_name", "email", "language", "status", "colour", "shape")
    assert_problem(place.call("POST", "/zones", {"id": "Bad Id", "name": {}}), 422, "id", "name")
    assert_problem(place.call("POST", "/plans", {"id": "p", "name": {"de": "X"}}), 422, "name")


def test_the_id_that_is_taken_is_409(place: RunningPlace) -> None:
    zone = {"id": "taken", "name": {"fr": "Pris"}}
    place.make("/zones", zone)
    assert_problem(place.call("POST", "/zones", zone), 409)


def test_changes_are_merge_patches_on_what_was_read(
    place: RunningPlace, member: dict[str, Any]
) -> None:
    path = f"/members/{member['id']}"
    read = place.call("GET", path)
    tag = read.headers["ETag"]
    assert_problem(place.call("PATCH", path, {"email": None}), 428)
    stale = {"If-Match": '"999"'}
    assert_problem(place.call("PATCH", path, {"email": None}, stale), 412)
    changed = place.call("PATCH", path, {"email": None, "language": "en"}, {"If-Match": tag})
    assert changed.status == 200, changed.body
    assert changed.headers["ETag"] != tag
    expected = read.json | {"email": None, "language": "en", "version": changed.json["version"]}
    assert changed.json == expected
    assert place.call("GET", path).headers["ETag"] == changed.headers["ETag"]
    assert_problem(place.call("PATCH", path, {"language": "fr"}, {"If-Match": tag}), 412)
    now = {"If-Match": changed.headers["ETag"]}
    assert_problem(place.call("PATCH", path, {"id": "x", "more": 1}, now), 422, "id", "more")
    assert_problem(
        place.call("PATCH", path, {"language": "de", "status": 1}, now), 422, "language", "status"
    )


def test_a_post_with_the_same_key_is_done_once(place: RunningPlace) -> None:
    key = {"Idempotency-Key": "contract-1"}
    body = {"display_name": "Once"}
    first, again = (place.call("POST", "/members", body, key) for _ in range(2))
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.kind == first.kind
    names = [member["display_name"] for member in place.listed("/members")]
    assert names.count("Once") == 1
    other = place.call("POST", "/members", {"display_name": "Twice"}, key)
    assert_problem(other, 422, "Idempotency-Key")


def test_lists_go_on_where_they_stopped(place: RunningPlace) -> None:
    found: list[str] = []
    after = ""
    while True:
        page = place.call("GET", f"/members?limit=7{after}").json
        assert len(page["items"]) <= 7
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    everyone = [member["id"] for member in place.listed("/members")]
    assert sorted(set(found)) == found == everyone
    assert len(found) >= 60


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", ""])
def test_a_limit_is_1_to_500(place: RunningPlace, limit: str) -> None:
    assert_problem(place.call("GET", f"/members?limit={limit}"), 422, "limit")
    assert place.call("GET", "/members?limit=500").status == 200


def test_an_unknown_parameter_is_422(place: RunningPlace) -> None:
    assert_problem(place.call("GET", "/events?member=x&colour=red"), 422, "member", "colour")


def core(path: str) -> Callable[[RunningPlace], dict[str, Any]]:
    """The first of a list."""
    return lambda place: next(place.listed(path))


@pytest.mark.parametrize(
    ("one", "fields"),
    [
        (core("/members"), "id display_name email language categories aids status"),
        (core("/credentials"), "id member_id value assurance status valid_from valid_until"),
        (core("/certifications"), "id name kind validity"),
        (core("/plans"), "id name schedule_id"),
        (core("/subscriptions"), "id member_id plan_id valid_from valid_until"),
        (
            core("/access-points"),
            "id site_id agent_id kind name in_service risk requirement session commissioned",
        ),
        (
            core("/events"),
            "event_id agent_id stream seq type access_point at received_at late data",
        ),
    ],
)
def test_core_shapes(
    place: RunningPlace, one: Callable[[RunningPlace], dict[str, Any]], fields: str
) -> None:
    assert set(fields.split()) <= one(place).keys()


def test_an_access_points_rules_have_the_core_fields(place: RunningPlace) -> None:
    point = next(place.listed("/access-points"))
    requirement = {"certifications", "plans", "assurance", "supervisor", "company", "booking"}
    session = {"presence", "idle_timeout_s", "cool_down_s", "on_end", "on_revoke", "takeover"}
    assert requirement <= point["requirement"].keys()
    assert session | {"max_duration_s"} <= point["session"].keys()


def test_a_badge_is_written_once_and_read_back_masked(
    place: RunningPlace, member: dict[str, Any]
) -> None:
    value = "uid:04A1B2C3D4E5F6"
    made = place.make("/credentials", {"member_id": member["id"], "value": value})
    read = place.call("GET", f"/credentials/{made['id']}").json
    assert value not in (made["value"], read["value"])
    assert read["value"].endswith("E5F6")
    again = place.call("POST", "/credentials", {"member_id": member["id"], "value": value})
    assert_problem(again, 409)


def test_a_certification_is_given_and_the_decision_explained(
    place: RunningPlace, member: dict[str, Any]
) -> None:
    certification = next(place.listed("/certifications"))["id"]
    path = f"/members/{member['id']}/certifications/{certification}"
    given = place.call("PUT", path, {"level": "user", "reason": "shown"})
    assert given.status == 200, given.body
    fields = "certification_id level status valid_from valid_until granted_by granted_at"
    assert set(fields.split()) <= given.json.keys()
    point = next(place.listed("/access-points"))["id"]
    answer = place.call("GET", f"/members/{member['id']}/access?access_point={point}")
    assert answer.status == 200, answer.body
    assert {"granted", "reason", "detail", "text"} <= answer.json.keys()
    assert answer.json["text"].keys() == {"fr", "en"}
    assert_problem(place.call("GET", f"/members/{member['id']}/access"), 422, "access_point")
