"""A thousand agents and 50,000 holders at one controller, and what issue 13 asks of them.

`LOQUET_PROOF_AGENTS` and `LOQUET_PROOF_HOLDERS` make it smaller, `LOQUET_PROOF_MINUTES` the outages
longer.
"""

import os

import pytest

from controller.cli.bench.fleet import FIRST_LOST, measure, open_fleet
from controller.cli.bench.fleet.outages import count_lost, simulate_visitors

pytestmark = [pytest.mark.long, pytest.mark.needs("mosquitto"), pytest.mark.timeout(3600)]
AGENTS = int(os.environ.get("LOQUET_PROOF_AGENTS", "1000"))
HOLDERS = int(os.environ.get("LOQUET_PROOF_HOLDERS", "50000"))
MINUTES = float(os.environ.get("LOQUET_PROOF_MINUTES", "3"))
PROCESSES = 4
STORM_S = 30.0
BLOCK_P99_MS = 1000.0
REVOKE_S = 5.0
RATIO = 0.5


def test_a_thousand_agents_at_one_controller() -> None:
    """A lost badge is refused at every agent within a second, events are taken at half the rate of
    a bare subscriber, all are in step 30 s after a restart storm with a thousand versions behind,
    a revoked agent's connection ends, and nothing of what was told is lost."""
    with open_fleet(AGENTS, HOLDERS, PROCESSES, print) as (place, fleet):
        found = [
            measure.block(place, fleet, FIRST_LOST),
            measure.events(place, fleet),
            *measure.restart_all(place, fleet, FIRST_LOST + measure.ROUNDS),
        ]
        gone = count_lost(place, fleet)
        found.append(measure.revoke(place, fleet))
    by_name = {figure.name: figure for figure in found}
    for figure in found:
        print(figure)
    assert gone == 0
    assert (by_name["fleet_block"].p99 or 1e9) <= BLOCK_P99_MS
    assert (by_name["fleet_events_per_s"].ratio or 0.0) >= RATIO
    assert (by_name["fleet_storm_in_step"].value or 1e9) <= STORM_S
    assert (by_name["fleet_revoke"].value or 1e9) <= REVOKE_S


@pytest.mark.parametrize("seed", [1, 2])
def test_outages_lose_nothing(seed: int) -> None:
    """Broker, controller and network fail while people come and go."""
    with open_fleet(min(AGENTS, 200), min(HOLDERS, 2_000), PROCESSES, print) as (place, fleet):
        told: list[str] = []
        gone = simulate_visitors(
            place, fleet, every_s=5.0, minutes=MINUTES, seed=seed, say=told.append
        )
    print("\n".join(told))
    assert told
    assert gone == 0
