"""Some hundred simulated agents in one process, told what to do by lines of JSON.

Each line is a list: what to do, then its arguments. Each answer is a line of JSON, in order.
"""

import json
import logging
import resource
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

from controller.cli.bench.fleet.rows import SharedRows
from controller.cli.bench.fleet.simulated import Simulated
from controller.domain.ids import CredentialId
from devices.agent.enrolment.identity import Identity

TICK_S = 0.1
STACK_BYTES = 512 << 10


class Crew:
    """The agents of this process."""

    def __init__(self, folders: list[Path]) -> None:
        self._identities = [Identity.load(folder) for folder in folders]
        self._shared = SharedRows()
        self._random = Random()  # noqa: S311  of no secret
        self.agents: list[Simulated] = []
        self._watched: CredentialId | None = None
        self._refused: dict[str, float] = {}
        self._starts = 0
        self._badges: list[CredentialId] = []
        self._every_s = 0.0
        self._ending = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)

    def fetch(self) -> int:
        """The first agent fetches everything, for all; how many rows that is."""
        one = self._make(self._identities[0])
        one.start()
        while one.in_step_at is None:
            one.tick(time.monotonic())
            self._ending.wait(TICK_S)
        one.stop()
        self._shared.take(one.policy)
        return len(self._shared.rows)

    def start(self) -> int:
        """Make all of them, and have all connect at once."""
        self.agents = [self._make(each) for each in self._identities]
        if not self._ticking.is_alive():
            self._ticking.start()
        for agent in self.agents:
            agent.start()
        return len(self.agents)

    def stop(self, kill: bool = False) -> int:
        """End all of them; `kill`: without a word."""
        going, self.agents = self.agents, []
        with ThreadPoolExecutor(50) as pool:
            list(pool.map(lambda each: each.stop(kill=kill), going))
        return len(going)

    def cut(self, names: list[str]) -> int:
        """These lose their connections."""
        chosen = [agent for agent in self.agents if agent.id in set(names)]
        for agent in chosen:
            agent.cut()
        return len(chosen)

    def state(self) -> list[tuple[str, bool, float | None, int, int, int]]:
        """Of each: name, whether connected, since when in step, policy's version, backlog, told."""
        return [
            (
                agent.id,
                agent.link.connected,
                agent.in_step_at,
                agent.policy.position.version,
                agent.backlog,
                agent.told,
            )
            for agent in self.agents
        ]

    def watch(self, credential: str) -> int:
        """From now on note when each refuses this badge first; how many grant it now."""
        self._refused = {}
        self._watched = CredentialId(credential)
        return sum(agent.tap(self._watched)[1].granted for agent in self.agents)

    def refused(self) -> dict[str, float]:
        """When (monotonic) each agent that does so first refused the watched badge."""
        return dict(self._refused)

    def visits(self, badges: list[str], number: int) -> int:
        """So many people at each agent, one after the other; how many were granted."""
        granted = 0
        for turn in range(number):
            for at, agent in enumerate(self.agents):
                badge = CredentialId(badges[(at + turn) % len(badges)])
                granted += agent.visit(badge)
        return granted

    def live(self, badges: list[str], every_s: float) -> int:
        """From now on somebody comes to each agent about every so many seconds; 0: no more."""
        self._badges, self._every_s = [CredentialId(badge) for badge in badges], every_s
        return len(self.agents)

    def _make(self, identity: Identity) -> Simulated:
        self._starts += 1
        return Simulated(
            identity,
            identity.enrolment.agent_id,
            self._shared,
            started=self._starts,
            moved=self._moved,
        )

    def _moved(self, agent: Simulated) -> None:
        badge = self._watched
        if badge is not None and agent.id not in self._refused and not agent.tap(badge)[1].granted:
            self._refused[agent.id] = time.monotonic()

    def _tick(self) -> None:
        while not self._ending.wait(TICK_S):
            chance = TICK_S / self._every_s if self._every_s else 0.0
            for agent in list(self.agents):
                try:
                    agent.tick(time.monotonic())
                    if self._random.random() < chance:
                        agent.visit(self._random.choice(self._badges))
                except Exception:  # the loop of a thousand: one that fails must not stop the others
                    logging.getLogger(__name__).exception("%s", agent.id)


def main(folder: str) -> None:
    """Serve until standard input ends. `folder` has one folder for each agent."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    threading.stack_size(STACK_BYTES)
    crew = Crew(sorted(each for each in Path(folder).iterdir() if each.is_dir()))
    acts: dict[str, Callable[..., Any]] = {
        "fetch": crew.fetch,
        "start": crew.start,
        "stop": crew.stop,
        "cut": crew.cut,
        "state": crew.state,
        "watch": crew.watch,
        "refused": crew.refused,
        "visits": crew.visits,
        "live": crew.live,
    }
    for line in sys.stdin:
        act, *words = json.loads(line)
        print(json.dumps(acts[act](*words)), flush=True)
    crew.stop()


if __name__ == "__main__":
    main(sys.argv[1])
