"""What a machine keeps through a restart, and how it begins again: never powered by itself."""

import msgspec

from controller.domain.facts import Assurance
from controller.domain.ids import HolderKey
from controller.domain.machine import machine
from controller.domain.machine.events import MachineEffect
from controller.domain.machine.machine import SeenMachine
from controller.domain.machine.state import Latch, MachineState
from controller.domain.states import FaultKind
from controller.wire.codec import dec_hook, encode
from devices.agent.heartbeat import LastSeen


class SavedMachine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine on disk."""

    boot: str
    """The boot in which its monotonic times count."""
    state: MachineState
    key: HolderKey | None = None
    assurance: Assurance | None = None
    """Credential of the open session, and what its tap proved."""
    switch_boot: str | None = None


UNKNOWN_LATCH = Latch(kind=FaultKind.INTERLOCK)
"""Stands for latches that could not be read: a maintainer looks before anyone uses the machine."""

_decoder = msgspec.json.Decoder(SavedMachine, dec_hook=dec_hook)


def to_bytes(machine: SavedMachine) -> bytes:
    """As bytes, for the keeper."""
    return encode(machine)


def load(data: bytes | None) -> SavedMachine | None:
    """From bytes; what cannot be read is taken for a latched fault, not for a free machine."""
    if data is None:
        return None
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return unreadable()


def unreadable() -> SavedMachine:
    """Stands for what a damaged file had kept."""
    return SavedMachine(
        boot="", state=MachineState(at_s=0.0, metered=False, latches=(UNKNOWN_LATCH,))
    )


def may_take_up(kept: SavedMachine | None, boot: str) -> bool:
    """Whether a held machine may be found on: asked before its switch is opened."""
    if kept is None or kept.boot != boot:
        return False
    return kept.state.session is not None and not kept.state.latches


def begin(
    kept: SavedMachine | None,
    mono_s: float,
    *,
    metered: bool,
    in_service: bool,
    taken_up: bool,
    switch_boot: str | None,
    seen: SeenMachine | None = None,
) -> tuple[MachineState, tuple[MachineEffect, ...], bool]:
    """The state to begin with, what is to be done, and whether a session was taken up.

    `taken_up`: its switch was opened without moving it, and found on. `switch_boot`: the switch's
    own mark now. `seen`: how far the agent before had seen the machine, in this boot.
    """
    if taken_up and kept is not None:
        restarted = switch_boot is not None and switch_boot != kept.switch_boot
        state = machine.take_up(
            kept.state,
            mono_s,
            same_boot=True,
            switch_restarted=restarted,
            in_service=in_service,
            seen_until_s=None if seen is None else seen.until_s,
        )
        if state is not None:
            return state, (), True
    before = None if kept is None else kept.state
    state, effects = machine.restore(
        before, mono_s, metered=metered, in_service=in_service, seen=seen
    )
    return state, effects, False


def seen_of(
    kept: SavedMachine | None, boot: str, last: LastSeen | None, now_s: float, limit_s: float | None
) -> SeenMachine | None:
    """How far the agent before had seen this machine, and how long power outlasted it.

    Off by the switch's own time limit, by `--outputs-off`, or at the latest by opening it now.
    None when nothing is known of it: another boot, or no mark of its life.
    """
    if kept is None or kept.boot != boot or last is None:
        return None
    until_s = max(last.alive_s, kept.state.at_s)
    lasted_s = max(0.0, (last.off_s or now_s) - until_s)
    return SeenMachine(
        until_s=until_s, unseen_s=lasted_s if limit_s is None else min(lasted_s, limit_s)
    )
