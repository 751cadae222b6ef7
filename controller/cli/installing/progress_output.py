"""Report what the set-up did, as lines or as JSON."""

import argparse
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from controller.cli.installing.layout import Layout
from controller.cli.installing.manifest import Manifest
from controller.cli.installing.steps import DONE, THERE, TO_DO, Outcome, Step, carry_out

_MARKS = {THERE: "=", DONE: "+", TO_DO: "?"}
_TEXTS = {THERE: "was there", DONE: "made", TO_DO: "would be made"}


def run_steps(
    args: argparse.Namespace,
    layout: Layout,
    manifest: Manifest,
    component: str,
    steps: Iterable[Step],
) -> list[Outcome]:
    """Run the steps; the manifest is saved even if one fails."""

    def report(outcome: Outcome) -> None:
        if not args.json:
            print(f"{_MARKS[outcome.state]} {outcome.what}: {_TEXTS[outcome.state]}", flush=True)

    try:
        outcomes = carry_out(steps, dry=args.dry_run, report=report)
        manifest.components = sorted({*manifest.components, component})
    finally:
        if not args.dry_run and layout.of_root.is_dir():
            manifest.save(layout.manifest)
    return outcomes


def print_result(
    args: argparse.Namespace,
    outcomes: Sequence[Outcome],
    fields: Mapping[str, Any],
    lines: Iterable[str],
) -> int:
    """Print what to do next, or everything as JSON with additional `fields`; return the exit
    code."""
    if args.json:
        steps = [outcome._asdict() for outcome in outcomes]
        print(json.dumps({"dry_run": args.dry_run, "steps": steps} | dict(fields), indent=1))
        return 0
    if all(outcome.state == THERE for outcome in outcomes):
        print("Everything was there already.")
    if not args.dry_run:
        print("\n".join(["", *map(strip_controls, lines)]))
    return 0


def strip_controls(line: str) -> str:
    """Replace characters that could control a terminal: parts of a line come from the services."""
    return "".join(char if char.isprintable() else "?" for char in line)
