"""Whatever is sent, by whichever role: no error of ours, no answer outside its schema, no leak.

`LOQUET_SOAK` is the number of cases of each sort for each operation and role, then on PostgreSQL
too; `LOQUET_SEED` takes other ones. The cases that get through are counted: they must reach nearly
all operations. `-s` shows the numbers.
"""

import os
from collections import Counter
from dataclasses import dataclass, field
from random import Random

import pytest

from controller.kernel.actor import Role
from tests.webui.fuzz.fuzz_run import Run, operations
from tests.webui.fuzz.fuzz_world import World

pytestmark = pytest.mark.system

SOAK = int(os.environ.get("LOQUET_SOAK", "0"))
SEED = int(os.environ.get("LOQUET_SEED", "20261124"))
ROLES = (*(role.value for role in Role), "elsewhere", "nobody")
STRIDE = 1 if SOAK else len(ROLES)
NOT_REACHED = {
    "post /agents/claim",  # needs a key; tests/capabilities/agents/test_enrolment.py
    "get /agents/{id}/renew",  # the same
    "post /agents/{id}/renew",
    "post /clock/confirm",  # needs today's date; tests/capabilities/clock/test_checking.py
    "post /sites",  # needs an admin of every site; tests/webui/setup/test_network_pages.py
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


@pytest.mark.timeout(1800 + 900 * SOAK)
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
    names = [f"{route.method} {route.path.removeprefix('/api/v1')}" for route in found]
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
