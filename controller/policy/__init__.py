"""A site's facts as numbered rows for its agents: updated at each commit, and read by the hub."""

from controller.kernel.facts import PolicyHooks
from controller.policy.check import Difference, check_policy
from controller.policy.flush import flush_policy
from controller.policy.invalidation import collect, guard_bulk, invalidate
from controller.policy.policy_reader import (
    DeltaRows,
    Head,
    RowPage,
    head,
    heads,
    rows_since,
    steps_between,
)
from controller.policy.refresh import raise_epoch, refresh_due

__all__ = [
    "POLICY",
    "DeltaRows",
    "Difference",
    "Head",
    "RowPage",
    "check_policy",
    "flush_policy",
    "head",
    "heads",
    "invalidate",
    "raise_epoch",
    "refresh_due",
    "rows_since",
    "steps_between",
]

POLICY = PolicyHooks(collect=collect, guard_bulk=guard_bulk, flush=flush_policy)
