"""What an agent saves about a machine, and its state after a restart: never powered by itself."""

import msgspec

from controller.domain.facts import Assurance
from controller.domain.ids import HolderKey
from controller.domain.machine import machine
from controller.domain.machine.events import MachineEffect
from controller.domain.machine.machine import LastRecord
from controller.domain.machine.state import Latch, MachineState
from controller.domain.states import FaultKind
from controller.wire.codec import dec_hook
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


def load(data: bytes | None) -> SavedMachine | None:
    """Decode saved bytes. Unreadable bytes give a machine with a latched fault."""
    if data is None:
        return None
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError):
        return unreadable()


def unreadable() -> SavedMachine:
    """Return the machine for a damaged file: with a latched fault."""
    return SavedMachine(
        boot="", state=MachineState(at_s=0.0, metered=False, latches=(UNKNOWN_LATCH,))
    )


def may_take_up(saved: SavedMachine | None, boot: str) -> bool:
    """Return whether a machine that was left on may stay on; to be called before its switch is
    opened."""
    if saved is None or saved.boot != boot:
        return False
    return saved.state.session is not None and not saved.state.latches


def begin(
    saved: SavedMachine | None,
    mono_s: float,
    *,
    metered: bool,
    in_service: bool,
    taken_up: bool,
    switch_boot: str | None,
    last_record: LastRecord | None = None,
) -> tuple[MachineState, tuple[MachineEffect, ...], bool]:
    """Return the first state, the effects to carry out, and whether a running session continues.

    `taken_up`: the switch driver was opened without switching, and the switch is on. `switch_boot`:
    the switch's boot id now. `last_record`: what the agent's previous run in this boot observed
    last.
    """
    if taken_up and saved is not None:
        restarted = switch_boot is not None and switch_boot != saved.switch_boot
        state = machine.resume_session(
            saved.state,
            mono_s,
            same_boot=True,
            switch_restarted=restarted,
            in_service=in_service,
            seen_until_s=None if last_record is None else last_record.until_s,
        )
        if state is not None:
            return state, (), True
    before = None if saved is None else saved.state
    state, effects = machine.restore(
        before, mono_s, metered=metered, in_service=in_service, last_record=last_record
    )
    return state, effects, False


def observed_until(
    saved: SavedMachine | None,
    boot: str,
    last: LastSeen | None,
    now_s: float,
    limit_s: float | None,
) -> LastRecord | None:
    """Return until when the previous run observed the machine, and how long power stayed on
    afterwards.

    Power ends by the switch's own time limit `limit_s`, by `--outputs-off`, or at the latest now.
    None if nothing is known: another boot, or no sign of life was saved.
    """
    if saved is None or saved.boot != boot or last is None:
        return None
    until_s = max(last.alive_s, saved.state.at_s)
    lasted_s = max(0.0, (last.off_s or now_s) - until_s)
    return LastRecord(
        until_s=until_s, unseen_s=lasted_s if limit_s is None else min(lasted_s, limit_s)
    )
