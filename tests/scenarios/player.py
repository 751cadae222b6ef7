"""Plays a scenario in simulated time, and says what did not hold."""

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import msgspec

from controller.domain.facts import Assurance
from controller.domain.ids import AccessPointId, CredentialId
from controller.domain.time import Utc
from controller.wire.codec import dec_hook
from controller.wire.commands import COMMANDS, CommandArgs
from controller.wire.ids import uuid7
from controller.wire.messages import CommandReply, PointState
from devices.ports import CredentialGone, CredentialRead, Fault, FaultCleared, FaultKind
from devices.sim.door import DoorAction
from tests.scenarios.hardware import SILENT_AFTER_S, Hardware
from tests.scenarios.local_agent import START, Hands, HubSide, LocalAgent
from tests.scenarios.phrases import Phrase
from tests.scenarios.script import Scenario, Step
from tests.scenarios.seen import Seen, problem

DAY_S = 24 * 3600
MAX_WORK = 10_000
"""Pieces of work at one moment: more, and something feeds itself."""
_DEEDS: dict[str, DoorAction] = {"open": "open", "hang": "hang", "force": "force", "close": "close"}


class SimulatedPlayer:
    """One scenario, from its first step to its last."""

    def __init__(self, scenario: Scenario, folder: Path) -> None:
        self.scenario, self.folder = scenario, folder
        self.hands = Hands()
        self.start_s = self.hands.mono_s
        self.hardware = Hardware(scenario, lambda: self.hands.mono_s)
        self.agent: LocalAgent | None = None
        self.hub = HubSide()
        self.replies: list[CommandReply] = []
        self._told = 0
        self.start_agent(first=True)

    def play(self) -> Iterator[str]:
        """Play it; what does not hold, one line each."""
        for number, step in enumerate(self.scenario.steps, 1):
            self.to(self.start_s + step.at)
            self._do(step)
            self.drain()
            yield from (
                f"{self.scenario.path.name}: step {number} (at {step.at:g} s): {complaint}"
                for complaint in self._check(step)
            )
        if self.agent is not None:
            self.agent.end()

    def start_agent(self, *, first: bool = False) -> None:
        """The process starts."""
        self.agent = LocalAgent(self.folder, self.scenario, self.hands, self.hardware, self.hub)
        if first:
            self.agent.learn_all()
        self.drain()

    def to(self, at_s: float) -> None:
        """Let time pass until then; whatever is due happens when it is due."""
        while True:
            self.drain()
            dues = [self.hardware.deadline(), at_s]
            if self.agent is not None:
                dues.append(self.hands.mono_s + self.agent.loop.wait_s())
            first = max(self.hands.mono_s, min(due for due in dues if due is not None))
            if first >= at_s and self.hands.mono_s >= at_s:
                return
            self.hands.mono_s = min(first, at_s)
            self.hardware.tick()

    def drain(self) -> None:
        """Let the agent do all that it has to do now."""
        for _ in range(MAX_WORK):
            if self.agent is None or not self.agent.loop.turn(0.0):
                return
        raise AssertionError("the agent's work does not end")

    def _do(self, step: Step) -> None:
        agent = self.agent
        if step.change and agent is not None:
            agent.learn(*(agent.fact(name, value) for name, value in step.change.items()))
        for phrase in step.do:
            act: Callable[[Phrase], None] = getattr(self, f"_{phrase.name}")
            act(phrase)
            self.drain()

    def _check(self, step: Step) -> Iterator[str]:
        states: dict[AccessPointId, PointState] = {}
        if self.agent is not None:
            self.agent.sync()
            states, self.replies = self.agent.states, self.agent.replies
        events = list(self.hub.events.values())
        self.hardware.tick()
        seen = Seen(
            events=events[self._told :],
            states=states,
            bench=self.hardware.state(),
            cooling={
                name: self.hardware.relays[f"{name}/cooling"].is_on for name in self.scenario.points
            },
            flashes=self.hardware.flashes,
            replies=self.replies,
            close_s=0.5,
        )
        self._told = len(events)
        yield from filter(None, (problem(phrase, seen) for phrase in step.expect))
        self.hardware.flashes.clear()

    def _emit(self, point: str, event: Any) -> None:
        self.hardware.emit(f"{point}/reader", event)

    def _tap(self, said: Phrase) -> None:
        credential = CredentialId(self.scenario.credential(said["who"]))
        device = f"{said['point']}/reader"
        read = CredentialRead(device, credential, Assurance.UID, self.hands.mono_s)
        self._emit(said["point"], read)

    _insert = _tap

    def _remove(self, said: Phrase) -> None:
        credential = CredentialId(self.scenario.credential(said["who"]))
        device = f"{said['point']}/reader"
        self._emit(said["point"], CredentialGone(device, credential, self.hands.mono_s))

    def _job(self, said: Phrase) -> None:
        self.hardware.machines[said["point"]].work(True, None, self.hands.mono_s)

    def _idle(self, said: Phrase) -> None:
        self.hardware.machines[said["point"]].work(False, None, self.hands.mono_s)

    def _stuck(self, said: Phrase) -> None:
        machine = self.hardware.machines[said["point"]]
        machine.set_meter("stuck", float(said["watts"]), self.hands.mono_s)

    def _silent(self, said: Phrase) -> None:
        self.hardware.machines[said["point"]].set_meter("silent", 0.0, self.hands.mono_s)
        self.hardware.silent_s[said["point"]] = self.hands.mono_s + SILENT_AFTER_S

    def _honest(self, said: Phrase) -> None:
        self.hardware.silent_s.pop(said["point"], None)
        self.hardware.machines[said["point"]].set_meter("true", 0.0, self.hands.mono_s)

    def _weld(self, said: Phrase) -> None:
        self.hardware.machines[said["point"]].weld(True, self.hands.mono_s)

    def _unweld(self, said: Phrase) -> None:
        self.hardware.machines[said["point"]].weld(False, self.hands.mono_s)

    def _press(self, said: Phrase, active: bool | None = True) -> None:
        self.hardware.input(f"{said['point']}/inputs.{said['input']}", active)

    def _let_go(self, said: Phrase) -> None:
        self._press(said, False)

    def _break(self, said: Phrase) -> None:
        self._press(said, None)

    def _door(self, said: Phrase) -> None:
        deed = _DEEDS[said.name]
        if why := self.hardware.doors[said["point"]].do(deed, self.hands.mono_s):
            raise AssertionError(f"'{said.text}': {why}")

    _open = _hang = _force = _close = _door

    def _unplug(self, said: Phrase) -> None:
        device = f"{said['point']}/reader"
        self._emit(said["point"], Fault(device, FaultKind.READER_UNPLUGGED, "no such device"))

    def _plug(self, said: Phrase) -> None:
        device = f"{said['point']}/reader"
        self._emit(said["point"], FaultCleared(device, FaultKind.READER_UNPLUGGED))

    def _fail(self, said: Phrase) -> None:
        self.hardware.relays[said["point"]].broken = True

    def _mend(self, said: Phrase) -> None:
        self.hardware.relays[said["point"]].broken = False

    def _restart_switch(self, said: Phrase) -> None:
        relay = self.hardware.relays[said["point"]]
        relay.mark += 1
        self.hardware.drive(relay, False)

    def _mute(self, said: Phrase) -> None:
        self.hardware.mute(said["point"])

    def _unmute(self, said: Phrase) -> None:
        self.hardware.unmute(said["point"])

    def _command(self, said: Phrase) -> None:
        assert self.agent is not None, "no agent runs"
        self.agent.command(command_args(said, self.hands.wall), said["point"])

    def _kill(self, _: Phrase) -> None:
        self._end(LocalAgent.end)

    def _stop(self, _: Phrase) -> None:
        self._end(LocalAgent.stop)

    def _end(self, end: Callable[[LocalAgent], None]) -> None:
        assert self.agent is not None, "no agent runs"
        agent, self.agent = self.agent, None
        end(agent)

    def _start(self, _: Phrase) -> None:
        assert self.agent is None, "an agent runs already"
        self.start_agent()

    def _hang_agent(self, said: Phrase) -> None:
        """The hardware goes on; the agent sees nothing of it until it wakes."""
        agent, self.agent = self.agent, None
        self.to(self.hands.mono_s + float(said["seconds"]))
        self.agent = agent

    def _reboot(self, _: Phrase) -> None:
        if self.agent is not None:
            self._end(LocalAgent.end)
        for relay in self.hardware.relays.values():
            if not relay.latching:
                self.hardware.drive(relay, False)
        self.hands.boot = uuid7()
        self.start_agent()

    def _damage(self, said: Phrase) -> None:
        for side in self.folder.glob(f"{said['file']}-*"):
            side.unlink()
        (self.folder / said["file"]).write_bytes(b"nothing of this is SQLite" * 400)

    def _fast(self, said: Phrase, sign: int = 1) -> None:
        self.hands.off_s += sign * DAY_S * float(said["days"])

    def _slow(self, said: Phrase) -> None:
        self._fast(said, -1)

    def _fill(self, _: Phrase) -> None:
        assert self.agent is not None, "no agent runs"
        self.agent.disk_takes(False)

    def _clear(self, _: Phrase) -> None:
        assert self.agent is not None, "no agent runs"
        self.agent.disk_takes(True)

    def _copy(self, _: Phrase) -> None:
        assert self.agent is None, "an agent runs"
        copytree(self.folder, self.folder.with_name("copy"))

    def _put_back(self, _: Phrase) -> None:
        assert self.agent is None, "an agent runs"
        rmtree(self.folder)
        copytree(self.folder.with_name("copy"), self.folder)

    def _distrust(self, _: Phrase) -> None:
        self.hands.synchronised = False

    def _trust(self, _: Phrase) -> None:
        self.hands.synchronised = True


def command_args(said: Phrase, wall: float) -> CommandArgs:
    """The arguments of a command, in words; `for_s` of a hold is told as a time of day."""
    fields: dict[str, Any] = dict(said.more)
    if "for_s" in fields:
        until = Utc.fromtimestamp(wall + float(fields.pop("for_s")), START.tzinfo)
        fields["until"] = Utc.of(until).text()
    kind = COMMANDS[said["command"]]
    args: CommandArgs = msgspec.convert(fields, kind, strict=False, dec_hook=dec_hook)
    return args
