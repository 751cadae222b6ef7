"""`loquet bench fleet`: thousands of simulated agents with the real protocol."""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from controller.cli.bench.figure import Figure, as_list, heading, row

if TYPE_CHECKING:
    from controller.cli.bench.fleet.fleet import Fleet
    from controller.cli.bench.fleet.place import FleetPlace

AGENTS, HOLDERS, PROCESSES, EVERY_S = 1_000, 50_000, 4, 60.0
FIRST_LOST = 1_000
"""Number of the first holder whose badge is reported lost.

Badges below it are tapped and must work.
"""


def arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the size of the fleet, and whether it simulates visitors."""
    group = parser.add_argument_group("fleet", "for `loquet bench fleet`")
    group.add_argument("--agents", type=int, default=AGENTS, help=f"number of agents ({AGENTS})")
    group.add_argument(
        "--holders", type=int, default=HOLDERS, help=f"number of people with badges ({HOLDERS})"
    )
    group.add_argument(
        "--processes", type=int, default=PROCESSES, help=f"processes for the agents ({PROCESSES})"
    )
    group.add_argument(
        "--live",
        type=float,
        metavar="MINUTES",
        help="simulate visitors for this many minutes and measure nothing; 0: until Ctrl-C",
    )
    group.add_argument(
        "--every",
        type=float,
        default=EVERY_S,
        metavar="S",
        help="seconds between visitors at each agent",
    )
    group.add_argument(
        "--outages",
        type=int,
        metavar="SEED",
        nargs="?",
        const=0,
        help="simulate visitors while broker, controller and network sometimes fail",
    )
    group.add_argument(
        "--ready-file", type=Path, metavar="F", help="write address and token to F as JSON"
    )


def run(args: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Measure the fleet or simulate visitors; returns 1 if events were lost.

    Raises BenchFailed and other errors with a one-line text.
    """
    with open_fleet(args.agents, args.holders, args.processes, say) as (place, fleet):
        if args.ready_file:
            from controller.capabilities.agents.pki import write_private

            write_private(args.ready_file, json.dumps(place.ready()).encode())
        if args.live is None and args.outages is None:
            return _measure(place, fleet, args.json)
        from controller.cli.bench.fleet.outages import simulate_visitors

        seed = args.outages
        lost = simulate_visitors(
            place, fleet, every_s=args.every, minutes=args.live or 0.0, seed=seed, say=_print
        )
    print(f"{lost} events lost")
    return int(lost > 0)


@contextmanager
def open_fleet(
    agents: int, holders: int, processes: int, say: Callable[[str], None]
) -> "Iterator[tuple[FleetPlace, Fleet]]":
    """Start an installation of its own with a connected fleet, and stop it after the block.

    Raises BenchFailed and other errors with a one-line text.
    """
    from controller.cli.bench.fleet.fleet import open_fleet
    from controller.cli.bench.fleet.place import open_place

    with (
        tempfile.TemporaryDirectory(prefix="loquet-fleet-") as folder,
        open_place(
            Path(folder), fleet=agents, holders=holders, processes=processes, say=say
        ) as place,
        open_fleet(place.folders, place.layout.state / "logs") as fleet,
    ):
        say("each process fetches the policy")
        fleet.ask("fetch")
        say("all connect")
        fleet.ask("start")
        fleet.settle(300.0)
        yield place, fleet


def figures(place: "FleetPlace", fleet: "Fleet") -> Iterator[Figure]:
    """Yield each figure as it is measured; the last one revokes an agent. Raises BenchFailed."""
    from controller.cli.bench.fleet import measure

    yield measure.block(place, fleet, FIRST_LOST)
    yield measure.events(place, fleet)
    yield from measure.restart_all(place, fleet, FIRST_LOST + measure.ROUNDS)
    yield measure.revoke(place, fleet)


def _measure(place: "FleetPlace", fleet: "Fleet", json_file: Path | None) -> int:
    measured: list[Figure] = []
    print(heading(), flush=True)
    for figure in figures(place, fleet):
        print(row(figure), flush=True)
        measured.append(figure)
        if json_file:
            json_file.write_text(json.dumps(as_list(measured), indent=1) + "\n")
    return 0


def _print(line: str) -> None:
    print(line, flush=True)
