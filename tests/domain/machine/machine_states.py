"""Machines in a given state, for the tests of machine sessions."""

from dataclasses import replace

from controller.domain.access.decision import DenyReason
from controller.domain.facts import SessionRules
from controller.domain.machine.events import JobReading, Revoked, ServiceChanged, SessionEnded
from controller.domain.states import MachinePhase
from tests.domain.machine.machine_bench import Bench

OFF, ARMED, RUNNING, COOLING, FAULT, OUT = MachinePhase
RULES = SessionRules(idle_timeout_s=600, idle_warn_s=60, hold_s=30)
ON, IDLE, UNKNOWN = JobReading(running=True), JobReading(running=False), JobReading(running=None)


def bench(**rules: object) -> Bench:
    return Bench(rules=replace(RULES, **rules))  # type: ignore[arg-type]


def armed(**rules: object) -> Bench:
    """Held by Ana since 0 s."""
    b = bench(**rules)
    b.grant(0)
    return b


def running(**rules: object) -> Bench:
    """Held by Ana since 0 s, with a job since 10 s."""
    b = armed(**rules)
    b.at(10, ON)
    return b


def ended(b: Bench) -> SessionEnded:
    [effect] = b.of(SessionEnded)
    return effect


REVOKED = Revoked(reason=DenyReason.CERTIFICATION_SUSPENDED)
NO_SERVICE = ServiceChanged(in_service=False)
