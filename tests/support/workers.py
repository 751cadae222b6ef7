"""Who runs what, where several workers share the tests (`pytest -n 4`).

A file's tests stay together and in order, since they may share what a module's fixture started;
so does a folder whose tests share one place. Half of the workers begin with the tests that start
processes, which mostly wait, the others with those that only compute: so neither starves the
other. Who has nothing left of its own kind helps with the other.
"""

from collections.abc import Sequence

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = (
    "tests/contract/test_",
    "tests/scenarios/week/",
    "tests/capabilities/privacy/",
    "tests/webui/fuzz/",
    "tests/browser/test_every_page.py",
    "tests/browser/test_every_role.py",
    "tests/browser/",
    "tests/flows/",
)
"""Beginnings of names: what the first of them names shares one place, and is run by one worker."""
LONGEST = (
    "tests/browser/",
    "tests/flows/",
    "tests/scenarios/week/",
    "tests/faults/",
    "tests/contract/drivers/field/",
    "tests/webui/fuzz/",
    "tests/capabilities/privacy/",
    "tests/security/web/",
    "tests/webui/test_",
    "tests/docs/",
)
"""These begin first, for else a worker would be at them when all others are done."""
WHOLE = (
    "tests/browser/",
    "tests/capabilities/privacy/",
    "tests/contract/",
    "tests/devices/whole/",
    "tests/faults/",
    "tests/firmware/",
    "tests/flows/",
    "tests/hub/",
    "tests/scenarios/",
)
"""What they name starts processes, or sets up a whole place; all else is a unit test."""


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """Ours, whatever `--dist` says."""
    return _Sharing(config, log)


def group_of(nodeid: str) -> str:
    """What a test is run together with."""
    return next((name for name in TOGETHER if nodeid.startswith(name)), nodeid.split("::")[0])


def is_unit(nodeid: str) -> bool:
    """Whether a test, or a group of them, looks at one thing in its own process."""
    return not nodeid.startswith(WHOLE)


def in_order(groups: Sequence[str]) -> list[str]:
    """The longest first, then as they were collected."""

    def place(group: str) -> int:
        return next((i for i, name in enumerate(LONGEST) if group.startswith(name)), len(LONGEST))

    return sorted(groups, key=place)


class _Sharing(LoadScopeScheduling):  # type: ignore[misc]  # xdist has no types
    """xdist's own scheduler of groups; which group, and which next, is said here."""

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        nodes = sorted(self.assigned_work, key=lambda item: item.gateway.id)
        computes = nodes.index(node) % 2 == 1
        first = next(
            (name for name in in_order(list(self.workqueue)) if is_unit(name) is computes),
            next(iter(self.workqueue)),
        )
        self.workqueue.move_to_end(first, last=False)
        super()._assign_work_unit(node)
