"""Whatever is sent, by whichever role: no error of ours, no answer outside its schema, no leak.

`LOQUET_SOAK` is the number of cases for each operation and role. Without it the roles share the
operations among them, one case each.
"""

import os
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import CHECKS
from sqlalchemy import select

from controller.domain.facts import PointKind
from controller.services import access_points, members, plans, sites, tokens, zones
from controller.services.actor import Actor, Permission, Role
from controller.services.database import Database
from controller.services.shapes import (
    Label,
    NewAccessPoint,
    NewMember,
    NewPlan,
    NewSite,
    NewZone,
)
from controller.store.models import AccountRow
from tests.unit.webui.conftest import NOW, SITE, Clock, make_app

SOAK = int(os.environ.get("LOQUET_SOAK", "0"))
CASES, STRIDE = (SOAK, 1) if SOAK else (1, len(Role))
HIDDEN = "Secret of another site"
SYSTEM = Actor.system("test")
NAMES = ("response_schema_conformance", "status_code_conformance", "content_type_conformance")


def peopled(database: Database) -> list[str]:
    """Things here and at another site; their ids."""
    made: list[Any] = []
    with database.write() as db:
        new = NewSite(id="elsewhere", name=Label(en=HIDDEN))
        sites.create(db, new, actor=SYSTEM, now=NOW)
        for site, name in ((SITE, "Here"), ("elsewhere", HIDDEN)):
            label = Label(en=name)
            who: Any = {"actor": SYSTEM, "now": NOW}
            made += [
                members.create(db, NewMember(display_name=name, site_id=site), **who),
                zones.create(db, NewZone(id=f"zone-{site}", name=label, site_id=site), **who),
                plans.create(db, NewPlan(id=f"plan-{site}", name=label, site_id=site), **who),
                access_points.create(
                    db, NewAccessPoint(id=f"saw-{site}", name=label, site_id=site,
                                       kind=PointKind.MACHINE), **who,
                ),
            ]  # fmt: skip
    return ["elsewhere", SITE, *(each.id for each in made)]


def token(database: Database, role: Role) -> str:
    """All that the role may do here."""
    with database.write() as db:
        login = f"{role.value}@example.org"
        account = db.scalars(select(AccountRow.id).where(AccountRow.login == login)).one()
        return tokens.add(db, account, "fuzz", frozenset(Permission), NOW, SYSTEM)[1]


def fuzz(operation: Any, headers: dict[str, str], ids: list[str], seed: int) -> int:
    """Some cases of one operation; how many."""
    dice, count = Random(seed), 0

    @settings(
        max_examples=CASES, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate],
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def run(case: Any) -> None:
        nonlocal count
        count += 1
        if "id" in case.path_parameters and dice.random() < 0.7:
            case.path_parameters["id"] = dice.choice(ids)
        answer = case.call(headers=headers)
        where = f"{case.method} {case.path} {case.path_parameters} {case.query} {case.body}"
        assert answer.status_code < 500, where
        assert HIDDEN not in answer.text, where
        case.validate_response(answer, checks=[CHECKS.get_one(name) for name in NAMES])

    run()
    return count


@pytest.mark.timeout(300 + 300 * CASES)
@pytest.mark.parametrize("role", Role)
def test_no_answer_surprises(database: Database, clock: Clock, role: Role) -> None:
    ids, app = peopled(database), make_app(database, clock)
    headers = {"Authorization": f"Bearer {token(database, role)}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    first = list(Role).index(role) % STRIDE
    found: list[Any] = [each.ok() for each in schema.get_all_operations()]  # type: ignore[union-attr]
    mine = found[first::STRIDE]
    assert len(mine) > 10
    cases = [fuzz(each, headers, ids, number) for number, each in enumerate(mine)]
    assert sum(cases) >= len(mine)
