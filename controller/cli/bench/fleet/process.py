"""Hundreds of simulated agents in one process, controlled by lines of JSON on standard input.

Each line is a list: a command and its arguments. Each answer is a line of JSON, in the same order.
"""

import json
import logging
import os
import resource
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from functools import partial
from pathlib import Path
from random import Random
from selectors import EVENT_READ
from typing import Any

from controller.cli.bench.fleet.loop import SLICE_S, Loop, Operation
from controller.cli.bench.fleet.rows import SharedRows
from controller.cli.bench.fleet.simulated_agent import SimulatedAgent
from controller.domain.ids import CredentialId
from devices.agent.enrolment.identity import Identity

TICK_S = 0.1
"""Seconds between two ticks of all agents."""
_STOPPED_S = 5.0
_WAIT_S = 1.0
_READ_BYTES = 1 << 16


class Crew:
    """The agents of this process. Its public methods are the commands."""

    def __init__(self, folders: list[Path], loop: Loop) -> None:
        self._identities = [Identity.load(folder) for folder in folders]
        self._loop = loop
        self._shared = SharedRows()
        self._random = Random()  # noqa: S311  no secret
        self.agents: list[SimulatedAgent] = []
        self._watched: CredentialId | None = None
        self._refused: dict[str, float] = {}
        self._starts = 0
        self._badges: list[CredentialId] = []
        self._every_s = 0.0
        self._loop.later(TICK_S, self._tick)

    def fetch(self) -> Operation:
        """Fetch the whole policy with the first agent, on behalf of all.

        Returns the number of rows.
        """
        self.agents = [self._make(self._identities[0])]
        self.agents[0].start()
        while self.agents[0].in_step_at is None:
            yield _WAIT_S
        self._shared.take(self.agents[0].policy)
        yield from self.stop()
        return len(self._shared.rows)

    def start(self) -> Operation:
        """Create all agents and have them connect at once; returns their number."""
        for identity in self._identities:
            self.agents.append(self._make(identity))
            self.agents[-1].start()
            yield 0.0
        return len(self.agents)

    def stop(self, kill: bool = False) -> Operation:
        """Stop all agents; `kill`: without disconnecting properly. Returns their number."""
        going, self.agents = self.agents, []
        for agent in going:
            agent.stop(kill=kill)
            yield 0.0
        end = time.monotonic() + _STOPPED_S
        while not all(agent.link.is_over for agent in going) and time.monotonic() < end:
            yield _WAIT_S
        return len(going)

    def cut(self, names: list[str]) -> int:
        """Cut the connections of these agents; returns their number."""
        chosen = [agent for agent in self.agents if agent.id in set(names)]
        for agent in chosen:
            agent.cut()
        return len(chosen)

    def state(self) -> list[tuple[str, bool, float | None, int, int, int]]:
        """Return for each agent: id, connected, in step since, policy version, backlog, journalled
        events."""
        return [
            (
                agent.id,
                agent.link.connected,
                agent.in_step_at,
                agent.policy.position.version,
                agent.backlog,
                agent.journalled,
            )
            for agent in self.agents
        ]

    def watch(self, credential: str) -> int:
        """Watch when each agent first refuses this badge; returns how many grant it now."""
        self._refused = {}
        self._watched = CredentialId(credential)
        return sum(agent.tap(self._watched)[1].granted for agent in self.agents)

    def refused(self) -> dict[str, float]:
        """Return when (monotonic seconds) each agent first refused the watched badge, if it did."""
        return dict(self._refused)

    def visits(self, badges: list[str], number: int) -> Operation:
        """Simulate this number of visits at each agent, in turn; returns how many were granted."""
        granted = 0
        for turn in range(number):
            for at, agent in enumerate(self.agents):
                badge = CredentialId(badges[(at + turn) % len(badges)])
                granted += agent.visit(badge)
                yield 0.0
        return granted

    def live(self, badges: list[str], every_s: float) -> int:
        """From now on simulate a visit at each agent about every `every_s` seconds; 0 stops it."""
        self._badges, self._every_s = [CredentialId(badge) for badge in badges], every_s
        return len(self.agents)

    def _make(self, identity: Identity) -> SimulatedAgent:
        self._starts += 1
        return SimulatedAgent(
            identity,
            identity.enrolment.agent_id,
            self._shared,
            self._loop,
            started=self._starts,
            moved=self._check_watched,
        )

    def _check_watched(self, agent: SimulatedAgent) -> None:
        badge = self._watched
        if badge is not None and agent.id not in self._refused and not agent.tap(badge)[1].granted:
            self._refused[agent.id] = time.monotonic()

    def _tick(self) -> None:
        chance = TICK_S / self._every_s if self._every_s else 0.0
        self._tick_some(iter(list(self.agents)), chance)

    def _tick_some(self, agents: Iterator[SimulatedAgent], chance: float) -> None:
        """Tick a few agents, then let other work run before the rest."""
        end = time.monotonic() + SLICE_S
        for agent in agents:
            try:
                agent.tick(time.monotonic())
                if self._random.random() < chance:
                    agent.visit(self._random.choice(self._badges))
            except Exception:  # one failing agent must not stop a thousand others
                logging.getLogger(__name__).exception("%s", agent.id)
            if time.monotonic() > end:
                self._loop.soon(partial(self._tick_some, agents, chance))
                return
        self._loop.later(TICK_S, self._tick)


class InputLines:
    """Lines of standard input, read as they arrive."""

    def __init__(self, loop: Loop) -> None:
        self._loop, self._file = loop, sys.stdin.fileno()
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._is_over = False
        loop.watch(self._file, EVENT_READ, self._read)

    def next(self) -> Operation:
        """Wait for the next line and return it; None at the end of the input."""
        while not self._lines:
            if self._is_over:
                return None
            yield _WAIT_S
        return self._lines.popleft()

    def _read(self, _: int) -> None:
        data = os.read(self._file, _READ_BYTES)
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._lines.extend(whole)
        if not data:
            self._is_over = True
            self._loop.watch(self._file, 0, self._read)


def main(folder: str) -> None:
    """Serve until standard input ends. `folder` has one folder for each agent."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s: %(message)s")
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    loop = Loop()
    orders = InputLines(loop)
    crew = Crew(sorted(path for path in Path(folder).iterdir() if path.is_dir()), loop)
    commands: dict[str, Callable[..., Any]] = {
        name: getattr(crew, name)
        for name in ("fetch", "start", "stop", "cut", "state", "watch", "refused", "visits", "live")
    }
    while (line := loop.run(orders.next())) is not None:
        command, *arguments = json.loads(line)
        result = commands[command](*arguments)
        print(json.dumps(loop.run(result) if isinstance(result, Generator) else result), flush=True)
    loop.run(crew.stop())
    loop.close()


if __name__ == "__main__":
    main(sys.argv[1])
