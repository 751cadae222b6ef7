"""Plays a scenario in real time: `loquet agent` in a process of its own, broker, pins and hub."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

from controller.domain.facts import Holder, Name, PointKind
from controller.domain.ids import AccessPointId, CredentialId
from controller.wire.base64url import b64encode
from controller.wire.keys import holder_key
from controller.wire.messages import PointState
from controller.wire.rows import HubKey, RowValue, SiteRow
from controller.wire.topics import Channel
from devices.sim.client import SimBench
from tests.scenarios.phrases import Phrase
from tests.scenarios.player import command_args
from tests.scenarios.script import Scenario, Step
from tests.scenarios.seen import Seen, problem
from tests.support.agent_place import AGENT, SECRET, SITE, WAIT_S, Place

LOOK_S = 0.05
CLOSE_S = 15.0
"""A loaded computer is late; what seconds are exactly is tried in simulated time."""
AGENT_TABLE = """
[agent]
id = "pi-1"
state_dir = "state"
pins = "sim:{folder}/pins.sock"
clock = "trusted"
"""
Fact = tuple[str, str, RowValue | None]


class RealPlayer:
    """One scenario, in a place of its own."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario = scenario
        config, bench = wired(scenario)
        self.place = Place(folder, config, bench)
        self.bench = SimBench(self.place.socket)
        self.place.hub.learn(*self._facts())
        self.agent = self.place.start_agent()
        self.place.in_step()
        self._told: set[str] = set()
        self._points_told = 0
        self.replies: list[Any] = []

    def play(self) -> Iterator[str]:
        """Play it; what does not hold, one line each."""
        began_s = time.monotonic()
        for number, step in enumerate(self.scenario.steps, 1):
            threading.Event().wait(max(0.0, began_s + step.at - time.monotonic()))
            self._do(step)
            for complaint in self._check(step):
                yield f"{self.scenario.path.name}: step {number} (at {step.at:g} s): {complaint}"

    def end(self) -> None:
        """End every process."""
        self.bench.close()
        self.place.end()

    def _do(self, step: Step) -> None:
        if step.change:
            self.place.hub.learn(*(self._fact(*change) for change in step.change.items()))
        for phrase in step.do:
            act: Callable[[Phrase], None] = getattr(self, f"_{phrase.name}")
            act(phrase)

    def _check(self, step: Step) -> list[str]:
        """What does not hold, however long one waits."""
        end_s = time.monotonic() + WAIT_S
        while (found := self._problems(step)) and time.monotonic() < end_s:
            threading.Event().wait(LOOK_S)
        self._told |= {event.event_id for event in self.place.hub.told()}
        self._points_told = len(self._points())
        return found

    def _problems(self, step: Step) -> list[str]:
        events = [e for e in self.place.hub.told() if e.event_id not in self._told]
        bench = self.bench.state()
        found = []
        for phrase in step.expect:
            if phrase.name == "flash":
                continue
            said = [
                problem(phrase, Seen(events, states, bench, {}, {}, self.replies, CLOSE_S))
                for states in self._states(phrase)
            ]
            if None not in said:
                found += [said[-1] or ""]
        return found

    def _states(self, phrase: Phrase) -> list[dict[AccessPointId, PointState]]:
        """What the agent has told of the phrase's point since the step before, the last at last:
        some states pass quickly."""
        mine = [
            (at, state) for at, (id, state) in enumerate(self._points()) if id == phrase["point"]
        ]
        fresh = [state for at, state in mine if at >= self._points_told]
        last = [state for _, state in mine[-1:]]
        found = [{AccessPointId(phrase["point"]): state} for state in (*fresh, *last)]
        return found or [{}]

    def _points(self) -> list[tuple[str, PointState]]:
        messages = list(self.place.hub.messages)
        return [(id, value) for channel, id, value in messages if channel is Channel.POINT]

    def _facts(self) -> list[Fact]:
        signer, scenario = self.place.hub.signer, self.scenario
        hub = HubKey(kid=signer.kid, public_key=b64encode(signer.public_key_bytes))
        site = SiteRow(
            id=SITE, name=Name(fr="La Fabrique"), time_zone="Europe/Paris", hub_keys=(hub,)
        )
        facts: list[Fact] = [("site", SITE, site)]
        facts += [("point", id, point) for id, point in scenario.points.items()]
        facts += [self._fact(who, holder) for who, holder in scenario.people.items()]
        return facts

    def _fact(self, name: str, value: Any) -> Fact:
        if isinstance(value, Holder):
            return "holder", holder_key(SECRET, CredentialId(self.scenario.credential(name))), value
        return "point", name, value

    def _tap(self, said: Phrase) -> None:
        credential = self.scenario.credential(said["who"])
        self.bench.do("tap", reader=said["point"], credential=credential)

    def _job(self, said: Phrase) -> None:
        self.bench.do("job", machine=said["point"], running=True)

    def _idle(self, said: Phrase) -> None:
        self.bench.do("job", machine=said["point"], running=False)

    def _press(self, said: Phrase, active: bool = True) -> None:
        self.bench.do("press", contact=f"{said['point']}-{said['input']}", active=active)

    def _let_go(self, said: Phrase) -> None:
        self._press(said, False)

    def _open(self, said: Phrase) -> None:
        """As people do: as soon as it lets them."""
        end_s = time.monotonic() + WAIT_S
        while not self.bench.state()["doors"][said["point"]]["released"]:
            assert time.monotonic() < end_s, f"{said['point']} stays locked"
            threading.Event().wait(LOOK_S)
        self.bench.do("door", door=said["point"], do="open")

    def _command(self, said: Phrase) -> None:
        boot = self.place.hub.wait(Channel.STATUS, lambda status: status.online).boot_id
        args = command_args(said, time.time())
        self.replies.append(self.place.hub.command(args, boot, said["point"]))

    def _kill(self, _: Phrase) -> None:
        self.agent.send_signal(signal.SIGKILL)
        self.agent.wait(timeout=WAIT_S)

    def _start(self, _: Phrase) -> None:
        """A start is over when its first state is told."""
        before = len(self._points())
        self.agent = self.place.start_agent()
        end_s = time.monotonic() + WAIT_S
        while len(self._points()) == before:
            assert time.monotonic() < end_s, "the agent does not start"
            threading.Event().wait(LOOK_S)


def wired(scenario: Scenario) -> tuple[str, str]:
    """A configuration and a bench for a scenario's wiring: real drivers on simulated pins."""
    pins, config, bench = count(2), [AGENT_TABLE], []
    for id, point in scenario.points.items():
        machine, wiring, pin = point.kind is PointKind.MACHINE, scenario.wiring[id], next(pins)
        table = [f'[[agent.access_point]]\nid = "{id}"\nkind = "{point.kind.value}"']
        table += [f'reader = {{{{ driver = "em4100_serial", port = "{{folder}}/{id}" }}}}']
        bench += [f'[[reader]]\nname = "{id}"\nlink = "{{folder}}/{id}"']
        inputs = []
        if machine:
            driver, drive = ("gpio_pulse", "pump") if wiring.limit_s else ("gpio", "level")
            table += [f'power = {{{{ driver = "{driver}", pin = {pin} }}}}']
            bench += [_thing("machine", id, pin) + f'drive = "{drive}"\n']
        else:
            table += [f'strike = {{{{ driver = "gpio", pin = {pin}, fail = "{wiring.fail}" }}}}']
            contact = next(pins)
            bench += [_thing("door", id, pin) + f'fail = "{wiring.fail}"\ncontact_pin = {contact}']
            inputs += [_input("contact", contact)]
        if wiring.meter:
            table += [f'meter = {{{{ driver = "sim", machine = "{id}" }}}}']
        for name in wiring.inputs:
            at = next(pins)
            inputs += [_input(name, at)]
            bench += [_thing("contact", f"{id}-{name}", at) + "rest = 0"]
        config += [*table, f"inputs = {{{{ {', '.join(inputs)} }}}}"]
    return "\n".join(config), "\n".join(bench)


def _thing(kind: str, name: str, pin: int) -> str:
    return f'[[{kind}]]\nname = "{name}"\nboard = "{AGENT}"\npin = {pin}\n'


def _input(name: str, pin: int) -> str:
    return f'{name} = {{{{ driver = "gpio", pin = {pin}, active = "high" }}}}'
