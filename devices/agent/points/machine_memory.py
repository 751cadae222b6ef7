"""What an agent saves about a machine, and its state after a restart: never powered by itself."""

import msgspec

from controller.domain.facts import Assurance
from controller.domain.ids import HolderKey
from controller.domain.machine import machine
from controller.domain.machine.events import MachineEffect
from controller.domain.machine.machine import LastRecord
from controller.domain.machine.state import Latch, MachineState
from controller.domain.states import FaultKind
from controller.wire.codec import dec_hook, encode
from devices.agent.heartbeat import LastSeen


class SavedMachine(msgspec.Struct, frozen=True, kw_only=True):
    """A machine as it is saved on disk."""

    boot: str
    """Id of the boot that its monotonic times belong to."""
    state: MachineState
    key: HolderKey | None = None
    """Credential of the open session."""
    assurance: Assurance | None = None
    """How strongly the tap of that credential was proved."""
    switch_boot: str | None = None
    """Boot id of a switch that has a processor of its own."""


UNKNOWN_LATCH = Latch(kind=FaultKind.INTERLOCK)
"""Used if the saved latches can't be read: a maintainer checks the machine before it is used."""

_decoder = msgspec.json.Decoder(SavedMachine, dec_hook=dec_hook)


def to_bytes(machine: SavedMachine) -> bytes:
    """The bytes to save."""
    return encode(machine)


def load(data: bytes | None) -> SavedMachine | None:
    """Decode saved bytes. Unreadable bytes count as a latched fault, not as a free machine."""
    if data is None:
        return None
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return unreadable()


def unreadable() -> SavedMachine:
    """The machine that stands in for a damaged file: it has a latched fault."""
    return SavedMachine(
        boot="", state=MachineState(at_s=0.0, metered=False, latches=(UNKNOWN_LATCH,))
    )


def may_take_up(kept: SavedMachine | None, boot: str) -> bool:
    """Whether a machine that was left on may stay on. Ask before its switch driver is opened."""
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
    seen: LastRecord | None = None,
) -> tuple[MachineState, tuple[MachineEffect, ...], bool]:
    """The first state, the effects to carry out, and whether a running session goes on.

    `taken_up`: the switch driver was opened without switching, and the switch is on.
    `switch_boot`: the switch's boot id now. `seen`: until when the agent's previous run observed
    the machine, in this boot.
    """
    if taken_up and kept is not None:
        restarted = switch_boot is not None and switch_boot != kept.switch_boot
        state = machine.resume_session(
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
) -> LastRecord | None:
    """Until when the previous run observed the machine, and how long power stayed on after that.

    Power ends by the switch's own time limit `limit_s`, by `--outputs-off`, or at the latest now.
    None if nothing is known: another boot, or no sign of life was saved.
    """
    if kept is None or kept.boot != boot or last is None:
        return None
    until_s = max(last.alive_s, kept.state.at_s)
    lasted_s = max(0.0, (last.off_s or now_s) - until_s)
    return LastRecord(
        until_s=until_s, unseen_s=lasted_s if limit_s is None else min(lasted_s, limit_s)
    )
