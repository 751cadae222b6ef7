"""What asks for a hand at an agent: told by its facts alone, the most pressing first."""

from datetime import timedelta

import pytest

from controller.capabilities.agents.health import IssueKind, health_issues
from controller.capabilities.agents.shapes import Agent
from controller.domain.time import Utc
from controller.kernel.shapes import Label
from tests.capabilities.agents.health import FINE

NOW = Utc.parse("2026-11-24T13:00:00.000Z")


def agent(**fields: object) -> Agent:
    told = {
        "id": "box",
        "site_id": "site",
        "name": Label(fr="Boîtier"),
        "kid": None,
        "enrolled_at": NOW,
        "revoked_at": None,
        "certificate_until": Utc.of(NOW + timedelta(days=60)),
        "online": True,
        "seen_at": NOW,
        "program_version": "1.4.0",
        "policy_version": 1,
        "started_at": NOW,
        "telemetry": FINE,
        "version": 1,
    }
    return Agent(**(told | fields))  # type: ignore[arg-type]


def kinds(found: Agent) -> list[IssueKind]:
    return [issue.kind for issue in health_issues(found, "1.4.0", NOW)]


def test_who_is_well_asks_for_nothing() -> None:
    assert kinds(agent()) == []


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"online": False}, IssueKind.SILENT),
        ({"online": None}, IssueKind.SILENT),
        ({"certificate_until": Utc.of(NOW + timedelta(days=20))}, IssueKind.CERTIFICATE),
        ({"program_version": "1.3.2"}, IssueKind.VERSION),
        ({"telemetry": FINE | {"disk_free_bytes": 10**6}}, IssueKind.DISK),
        ({"telemetry": FINE | {"clock_trusted": False}}, IssueKind.CLOCK),
        ({"telemetry": FINE | {"temperature_c": 81.0}}, IssueKind.HOT),
        ({"telemetry": FINE | {"backlog": 214}}, IssueKind.BACKLOG),
        ({"telemetry": FINE | {"devices": [{"device": "meter", "ok": False}]}}, IssueKind.DEVICE),
    ],
)
def test_each_thing_that_is_wrong_is_named(fields: dict[str, object], kind: IssueKind) -> None:
    assert kinds(agent(**fields)) == [kind]


def test_the_most_pressing_comes_first() -> None:
    ill = {"devices": [{"device": "reader", "ok": False}], "backlog": 100, "clock_trusted": False}
    found = agent(online=False, telemetry=ill, program_version="1.3.2")
    assert kinds(found) == [
        IssueKind.SILENT,
        IssueKind.DEVICE,
        IssueKind.CLOCK,
        IssueKind.BACKLOG,
        IssueKind.VERSION,
    ]


def test_one_that_waits_for_its_pi_asks_only_for_that_and_a_revoked_one_for_nothing() -> None:
    assert kinds(agent(enrolled_at=None, online=False)) == [IssueKind.NEW]
    assert kinds(agent(revoked_at=NOW, online=False)) == []
