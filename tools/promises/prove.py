"""Breaks each promise in a copy of the tree and looks whether its test fails; keeps what it saw."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from tools.promises import results
from tools.promises.copy_of_tree import Copy, a_copy
from tools.promises.results import Result
from tools.promises.rows import ROOT, Row, lacks, rows


def prove(words: Sequence[str]) -> int:
    """Of every row, or of those that have one of these words in them; 1 unless all are red."""
    if wrong := list(lacks()):
        for lack in wrong:
            print(f"{lack.what}: {lack.why}", file=sys.stderr)
        return 1
    wanted = [row for row in rows() if row.mutation is not None and _is_wanted(row, words)]
    with a_copy() as copy:
        before = copy.outcomes(sorted({row.mutation.red for row in wanted if row.mutation}))
        seen = [_proven(copy, row, before) for row in wanted]
    print(f"{sum(seen)} of {len(seen)} promises: their test passes, and fails when they are broken")
    return 0 if all(seen) and seen else 1


def _is_wanted(row: Row, words: Sequence[str]) -> bool:
    texts = f"{row.what} {row.promise} {' '.join(row.tests)}".lower()
    return not words or any(word.lower() in texts for word in words)


def _proven(copy: Copy, row: Row, before: Mapping[str, str]) -> bool:
    """Whether the test passes as it is, and fails by the mutation; it is written down."""
    change = row.mutation
    if change is None:
        return False
    passes = before.get(change.test) == "passed"
    with copy.broken(change):
        after = copy.outcomes([change.red], "-x").get(change.test, "not run")
    red = after == "failed"
    results.add({row.what: Result(day=_today(), commit=_commit(), passes=passes, red=red)})
    print(f"{row.what}: {before.get(change.test)}; broken: {after}", flush=True)
    if not red:
        print(copy.said, flush=True)
    return passes and red


def _today() -> str:
    return datetime.now(UTC).date().isoformat()


def _commit() -> str:
    said = subprocess.run(
        ["git", "rev-parse", "--short=9", "HEAD"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "no git"
