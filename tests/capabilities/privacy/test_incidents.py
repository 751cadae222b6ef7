"""Who passed a door or used a machine is told to two who agree on why, and to nobody else."""

import inspect
from datetime import timedelta
from types import ModuleType

import pytest
from sqlalchemy import select

from controller.capabilities.alarms import alarms
from controller.capabilities.journal import events
from controller.capabilities.presence import occupancy, presence
from controller.capabilities.privacy import incidents
from controller.capabilities.usage import sessions
from controller.domain.time import Utc
from controller.kernel.actor import Actor, Role
from controller.kernel.errors import Forbidden
from controller.kernel.models import AuditEntry
from tests.capabilities.privacy.lived import NAME, Lived
from tests.hub.fake_agent import START
from webui.api.table import ROUTES

WHY = "The cash box was broken open in the night"
NIGHT = Utc.of(START + timedelta(days=3))


def asked(since: Utc = NIGHT, hours: float = 24, **others: str) -> dict[str, str]:
    until = Utc.of(since + timedelta(hours=hours))
    new = {"access_point": "door-0", "since": since.text(), "until": until.text(), "reason": WHY}
    return new | others


@pytest.fixture
def two(lived: Lived) -> tuple[str, str]:
    """Tokens of two managers."""
    return lived.account("first", Role.MANAGER), lived.account("second", Role.MANAGER)


def test_two_managers_learn_who_passed_and_everything_is_audited(
    lived: Lived, two: tuple[str, str]
) -> None:
    first, second = two
    made = lived.call("POST", "/incidents", asked(), token=first)
    path = f"/incidents/{made['id']}"
    assert made["state"] == "asked"
    assert lived.ask("GET", f"{path}/passages", token=first).status_code == 409
    assert lived.ask("POST", f"{path}/confirm", {}, token=first).status_code == 403
    assert lived.call("POST", f"{path}/confirm", {}, token=second)["state"] == "open"
    for token in two:
        found = lived.call("GET", f"{path}/passages", token=token)["items"]
        assert [(finding["what"], finding["name"]) for finding in found] == [
            ("access_granted", NAME),
            ("door_opened", NAME),
            ("door_opened", NAME),
        ]
    assert lived.ask("GET", f"{path}/passages").status_code == 403  # an admin who did not agree
    with lived.database.read() as db:
        about = AuditEntry.subject == f"incident:{made['id']}"
        actions = list(db.scalars(select(AuditEntry.action).where(about).order_by(AuditEntry.seq)))
    assert actions == ["incident_asked", "incident_confirmed", "incident_read", "incident_read"]


def test_two_managers_learn_who_used_a_machine_at_a_time(
    lived: Lived, two: tuple[str, str]
) -> None:
    """Ten minutes in the middle of a use: whoever began before them is found, and nobody else."""
    first, second = two
    middle = Utc.of(START + timedelta(days=3, seconds=400))
    for hours in (1 / 6, 23):
        new = asked(since=middle, hours=hours, access_point="machine-0")
        path = f"/incidents/{lived.call('POST', '/incidents', new, token=first)['id']}"
        assert lived.ask("GET", f"{path}/passages", token=first).status_code == 409
        lived.call("POST", f"{path}/confirm", {}, token=second)
        found = lived.call("GET", f"{path}/passages", token=second)["items"]
        assert [(finding["what"], finding["name"]) for finding in found] == [("machine_used", NAME)]
        assert found[0]["at"] < middle.text() < found[0]["until"]
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", {"reason": "asked for by letter"})
    assert lived.call("GET", f"{path}/passages", token=first)["items"] == []


def test_it_is_of_one_point_and_one_day_with_a_reason(lived: Lived) -> None:
    tomorrow = Utc.of(lived.clock.now + timedelta(hours=1))
    for wrong, field in (
        (asked(hours=24.01), "until"),
        (asked(hours=0), "until"),
        (asked(hours=-1), "until"),
        (asked(since=tomorrow), "until"),
        (asked(access_point="nowhere"), "access_point"),
        (asked(reason="theft"), "reason"),
    ):
        answer = lived.ask("POST", "/incidents", wrong)
        assert answer.status_code == 422, wrong
        assert [error["field"] for error in answer.get_json()["errors"]] == [field]


def test_it_expires(lived: Lived, two: tuple[str, str]) -> None:
    first, second = two
    late = lived.call("POST", "/incidents", asked(), token=first)["id"]
    read = lived.call("POST", "/incidents", asked(), token=first)["id"]
    lived.call("POST", f"/incidents/{read}/confirm", {}, token=second)
    lived.clock.forward(hours=24)
    assert lived.ask("GET", f"/incidents/{read}/passages", token=first).status_code == 409
    lived.clock.forward(hours=24)
    assert lived.ask("POST", f"/incidents/{late}/confirm", {}, token=second).status_code == 409
    assert lived.ask("GET", f"/incidents/{read}/passages", token=first).status_code == 409
    items = lived.call("GET", "/incidents", token=first)["items"]
    assert {item["state"] for item in items} == {"expired"}


def test_the_second_person_may_refuse_and_then_nobody_reads(
    lived: Lived, two: tuple[str, str]
) -> None:
    first, second = two
    path = f"/incidents/{lived.call('POST', '/incidents', asked(), token=first)['id']}"
    assert lived.ask("POST", f"{path}/refuse", {}, token=first).status_code == 403
    assert lived.call("POST", f"{path}/refuse", {}, token=second)["state"] == "refused"
    for act in ("confirm", "refuse"):
        assert lived.ask("POST", f"{path}/{act}", {}, token=second).status_code == 409
    for token in two:
        assert lived.ask("GET", f"{path}/passages", token=token).status_code == 409
    with lived.database.read() as db:
        last = select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)
        assert db.scalars(last).one().action == "incident_refused"


def test_one_person_is_not_two(lived: Lived) -> None:
    """Neither with another token, nor as an admin beside; a program of the place is nobody."""
    mine = lived.account("me", Role.MANAGER, member_id=lived.ids["ali"])
    made = lived.call("POST", "/incidents", asked(), token=mine)
    token = lived.call("POST", "/tokens", {"name": "another"}, token=mine)["token"]
    answer = lived.ask("POST", f"/incidents/{made['id']}/confirm", {}, token=token)
    assert answer.status_code == 403
    with lived.database.write() as db, pytest.raises(Forbidden):
        incidents.confirm(db, made["id"], actor=Actor.system("cli"), now=lived.clock.now)


def test_nobody_else_sees_that_it_is_searched(lived: Lived) -> None:
    made = lived.call("POST", "/incidents", asked())
    for role in Role:
        token = lived.account(f"some {role}".replace(" ", "-"), role)
        expected = 200 if role in (Role.MANAGER, Role.ADMIN) else 403
        for path in ("/incidents", f"/incidents/{made['id']}"):
            assert lived.ask("GET", path, token=token).status_code == expected, (role, path)


def test_an_erased_person_passed_as_nobody(lived: Lived, two: tuple[str, str]) -> None:
    made = lived.call("POST", "/incidents", asked(), token=two[0])
    lived.call("POST", f"/incidents/{made['id']}/confirm", {}, token=two[1])
    lived.call("POST", f"/members/{lived.ids['zoe']}/erase", {"reason": "asked for by letter"})
    assert lived.call("GET", f"/incidents/{made['id']}/passages", token=two[0])["items"] == []


WATCHED = ("/events", "/presence", "/sessions", "/alarms", "/quarantine", "/reports", "/incidents")


def test_no_list_of_what_happened_can_be_filtered_by_person() -> None:
    """By no parameter of the API, whatever it is called, but those that are listed here."""
    allowed = {
        "limit",
        "after",
        "since",
        "until",
        "agent",
        "access_point",
        "zone_id",
        "active",
        "kind",
        "month",
        "site",
        "sites",
        "split",
        "format",
        "state",
        "type",
    }
    seen = set()
    for route in ROUTES:
        if route.method == "GET" and route.path.startswith(WATCHED):
            seen.add(route.path.split("/")[1])
            assert set(route.query.__struct_fields__) <= allowed, route.path
    assert set(WATCHED) <= {f"/{name}" for name in seen}


@pytest.mark.parametrize("module", [events, sessions, presence, occupancy, alarms, incidents])
def test_no_service_lists_by_person(module: ModuleType) -> None:
    for name in ("page", "between", "passages"):
        listing = getattr(module, name, None)
        if listing is not None:
            words = " ".join(inspect.signature(listing).parameters)
            assert "member" not in words
            assert "person" not in words
    assert not {"member", "member_id", "ref"} & set(events.Filter.__struct_fields__)
