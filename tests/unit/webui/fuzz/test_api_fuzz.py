"""Whatever is sent, by whichever role: no error of ours, no answer outside its schema, no leak.

`LOQUET_SOAK` is the number of cases of each sort for each operation and role, then on PostgreSQL
too; `LOQUET_SEED` takes other ones. The cases that get through are counted: they must reach nearly
all operations. `-s` shows the numbers.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import schemathesis

from controller.services.actor import Role
from controller.services.database import Database
from controller.store.engine import open_database
from tests.databases import copied, postgres_url, sqlite_template
from tests.unit.webui.conftest import Clock
from tests.unit.webui.fuzz.fuzz_run import Run
from tests.unit.webui.fuzz.fuzz_world import World, build, fuzz_app

__all__ = ["postgres_url", "sqlite_template"]

SOAK = int(os.environ.get("LOQUET_SOAK", "0"))
SEED = int(os.environ.get("LOQUET_SEED", "20261124"))
KINDS = ("sqlite", "postgresql") if SOAK else ("sqlite",)
ROLES = (*(role.value for role in Role), "elsewhere", "nobody")
STRIDE = 1 if SOAK else len(ROLES)
NOT_REACHED = {
    "post /agents/claim",  # needs a key; tests/unit/services/test_enrolment.py
    "post /agents/{id}/renew",  # the same
    "post /agents/{id}/revoke",  # waits for a broker; tests/contract/test_revocation.py
}


@dataclass
class Total:
    """All runs of this session."""

    sent: Counter[str] = field(default_factory=Counter)
    done: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def total() -> Total:
    return Total()


@pytest.fixture(scope="module", params=KINDS)
def furnished(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, World]:
    """A database with two furnished sites, to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), folder / "loquet.db")
        url = f"sqlite:///{folder / 'loquet.db'}"
    else:
        url = copied(request.getfixturevalue("postgres_url"))
    engine = open_database(url)
    database = Database(engine)
    world = build(database, fuzz_app(database, Clock(), folder))
    engine.dispose()
    return url, world


@pytest.fixture
def world(furnished: tuple[str, World], tmp_path: Path) -> Iterator[World]:
    url, made = furnished
    if url.startswith("sqlite"):
        shutil.copy(url.removeprefix("sqlite:///"), tmp_path / "loquet.db")
        url = f"sqlite:///{tmp_path / 'loquet.db'}"
    else:
        url = copied(url)
    engine = open_database(url)
    app = fuzz_app(Database(engine), Clock(), tmp_path)
    yield replace(made, app=app, here=deepcopy(made.here), there=deepcopy(made.there))
    engine.dispose()


def operations(world: World) -> tuple[dict[str, Any], list[Any]]:
    """The OpenAPI document as it is served, and its operations."""
    load: Callable[..., Any] = schemathesis.openapi.from_wsgi
    schema = load("/api/v1/openapi.json", world.app)
    return schema.raw_schema, [each.ok() for each in schema.get_all_operations()]


@pytest.mark.timeout(300 + 900 * SOAK)
@pytest.mark.parametrize("role", ROLES)
def test_no_answer_surprises(world: World, role: str, total: Total) -> None:
    document, found = operations(world)
    run = Run(world, role, document, Random(f"{SEED} {role}"))
    for number, operation in enumerate(found):
        for _ in range(SOAK or 1):
            run.built(operation, spoil=0)
            if SOAK or (number + ROLES.index(role)) % 2:
                run.built(operation, spoil=0.1)
        if number % STRIDE == ROLES.index(role) % STRIDE:
            run.random(operation, SOAK or 1)
    total.sent.update(run.sent)
    total.done.update(run.done)
    print(f"{role}: {run.sent.total()} cases, {run.done.total()} done")
    assert not run.failures, "\n".join(run.failures[:20])


def test_the_cases_reach_nearly_everything(world: World, total: Total) -> None:
    """By each operation: how many cases, and how many of them were done, over all roles."""
    _, found = operations(world)
    names = [f"{each.method} {each.path.removeprefix('/api/v1')}" for each in found]
    admin = Run(world, "admin", operations(world)[0], Random(SEED))
    for name, operation in zip(names, found, strict=True):
        for _ in range(20):
            if not total.done[name] and not admin.done[name] and name not in NOT_REACHED:
                admin.built(operation, spoil=0)
    total.sent.update(admin.sent)
    total.done.update(admin.done)
    for name in names:
        print(f"{total.done[name]:6} of {total.sent[name]:6}  {name}")
    print(f"{total.sent.total()} cases, {total.done.total()} done")
    missed = [name for name in names if not total.done[name] and name not in NOT_REACHED]
    print(f"not reached: {missed}")
    assert len(missed) < 0.1 * len(names), missed
