"""A machine on a bench: events at times, and what came of them."""

from dataclasses import dataclass, field
from typing import TypeVar

from controller.domain.facts import SessionRules
from controller.domain.ids import MemberRef
from controller.domain.machine.events import Granted, MachineEffect, MachineEvent, Tick
from controller.domain.machine.machine import MachineState, initial, next_deadline, step
from controller.domain.states import MachinePhase
from tests.domain.domain_builders import ANA

E = TypeVar("E")


@dataclass
class Bench:
    """Times are seconds since the start; without a meter, it is idle unless a job is seen."""

    rules: SessionRules = field(default_factory=SessionRules)
    state: MachineState = field(default_factory=lambda: initial(0.0, metered=False))
    effects: tuple[MachineEffect, ...] = ()

    def at(self, mono_s: float, event: MachineEvent | None = None) -> tuple[MachineEffect, ...]:
        """What the machine asks for when that happens; ticks come when they are due."""
        seen: tuple[MachineEffect, ...] = ()
        while (due := next_deadline(self.state, self.rules)) is not None and due < mono_s:
            self.state, effects = step(self.state, Tick(), due, self.rules)
            seen += effects
        self.state, effects = step(self.state, event or Tick(), mono_s, self.rules)
        self.effects = seen + effects
        return self.effects

    def grant(
        self,
        mono_s: float,
        member: MemberRef = ANA,
        *,
        more_time: bool = False,
        maintainer: bool = False,
        until_closing_s: float | None = None,
        right_left_s: float | None = None,
    ) -> tuple[MachineEffect, ...]:
        """A granted tap."""
        event = Granted(
            member=member,
            session_id=f"session-{mono_s:g}",
            more_time=more_time,
            maintainer=maintainer,
            until_closing_s=until_closing_s,
            right_left_s=right_left_s,
        )
        return self.at(mono_s, event)

    @property
    def phase(self) -> MachinePhase:
        return self.state.phase

    def of(self, kind: type[E]) -> list[E]:
        """The effects of that kind of the last event."""
        return [e for e in self.effects if isinstance(e, kind)]
