"""Downloads a program that the controller orders, and restarts into it once no session is open."""

import logging
import os
import platform
import signal
import threading
from collections.abc import Callable

import msgspec

from controller.settings import Settings
from controller.wire.commands import Upgrade
from controller.wire.messages import RunsProgram
from controller.wire.programs import is_signed, stops_others
from devices.agent.enrolment.controller_api import EnrolError
from devices.agent.enrolment.identity import Identity
from devices.agent.link.outcome import DONE, Outcome, refusal
from devices.agent.program.program_store import Choice, Failure, ProgramStore, own_version
from devices.agent.program.unpack import (
    DamagedProgram,
    NoDiskSpace,
    NotUnpacked,
    authority_key,
    fetch,
    pin,
    unpack,
)

log = logging.getLogger(__name__)

STEP_INTERVAL_S = 1.0
TRIAL_S = 180.0
"""Time limit for the trial of a new program; a hub sends something every minute."""
UNPACK_S = 300.0
"""Time limit for root to unpack the archive."""
WAIT_S = 3600.0
"""Time limit for the wait until nobody uses a machine; the upgrade is then given up, so that the
controller can upgrade other agents first."""
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Upgrader:
    """Carries out upgrades; only the loop's thread uses it, and the download has its own thread."""

    def __init__(
        self,
        store: ProgramStore | None,
        identity: Identity,
        *,
        mono: Callable[[], float],
        in_use: Callable[[], bool],
        silent: Callable[[], int],
        restart: Callable[[], None],
        tell: Callable[[], None],
        alarm: Callable[[int], object] = signal.alarm,
    ) -> None:
        """`in_use`: whether a restart would interrupt somebody; `silent`: how many devices don't
        respond; `restart`: ends the agent cleanly; `tell`: sends telemetry; `alarm`: makes the
        kernel end this process after a number of seconds (0: cancels it)."""
        self._store, self._identity, self._mono = store, identity, mono
        self._in_use, self._silent, self._restart, self._tell = in_use, silent, restart, tell
        self._alarm = alarm
        self._state, self._since = "rest", mono()
        self._order: Upgrade | None = None
        self._thread: threading.Thread | None = None
        self._trouble: str | None = None
        self._hub_seen = self._is_restarting = False
        if store is not None:
            self._resume(store)

    def begin(self, order: Upgrade) -> Outcome:
        """Start an upgrade, or return why not. A later order replaces an earlier one."""
        store, current = self._store, self._order
        if current is not None and current.serial == order.serial:
            return DONE
        objection = "by_hand" if store is None else self._objection(store, order)
        if store is None or objection is not None:
            return refusal(objection or "by_hand")
        try:
            store.forget_order()
            store.note(order)
        except OSError as error:
            log.warning("the order for program %d cannot be saved: %s", order.serial, error)
            return refusal("not_written")
        self._order, self._thread = order, None
        self._set_state("fetching")
        return DONE

    def hub_seen(self) -> None:
        """Note that a hub has sent something since the start."""
        self._hub_seen = True

    def telemetry(self) -> RunsProgram | None:
        """Return the state for telemetry; None if programs are not managed."""
        if self._store is None:
            return None
        failure = self._store.failure()
        return RunsProgram(
            architecture=architecture(),
            serial=running_serial(),
            state=self._state,
            coming=0 if self._order is None else self._order.serial,
            failed=0 if failure is None else failure.serial,
            reason=None if failure is None else failure.reason,
        )

    def step(self) -> None:
        """Continue what is in progress; to be called every second."""
        if self._store is None or self._is_restarting:
            return
        if self._state == "trial":
            self._check_trial(self._store)
        elif self._order is not None:
            self._check_order(self._store, self._order)

    def _resume(self, store: ProgramStore) -> None:
        """Continue what an earlier run of the agent has started."""
        choice, order = store.choice(), store.order()
        if choice is not None and choice.serial == running_serial() and choice.on_trial:
            self._state = "trial"
        failure = store.failure()
        has_failed = order is not None and failure is not None and _is_final(failure, order.serial)
        if order is not None and (has_failed or order.serial == running_serial()):
            # The power failed between choosing (or rolling back) and forgetting the order.
            store.forget_order()
        elif order is not None:
            self._order = order
            if self._state != "trial":
                self._state = "fetching"

    def _objection(self, store: ProgramStore, order: Upgrade) -> str | None:
        """Return the code of the first reason to refuse the order; None: it is accepted."""
        failure = store.failure()
        checks = {
            "not_signed": not is_signed(order, authority_key(self._identity.files.ca.read_bytes())),
            "architecture": order.architecture != architecture(),
            "already": order.serial == running_serial(),
            "older": order.serial < running_serial(),
            "failed_before": failure is not None and _is_final(failure, order.serial),
            "busy": self._state == "trial" or self._is_working(),
        }
        return next((reason for reason, holds in checks.items() if holds), None)

    def _check_trial(self, store: ProgramStore) -> None:
        """End the trial once a hub has sent something and no more devices are silent than before.

        After TRIAL_S, roll back as soon as nobody uses a machine; until then, renew the alarm.
        """
        choice = store.choice()
        if choice is None:
            return
        if self._hub_seen and self._silent() <= choice.silent:
            store.note(msgspec.structs.replace(choice, on_trial=False))
            self._alarm(0)
            log.info("program %d has passed its trial", choice.serial)
            self._set_state("rest" if self._order is None else "fetching")
        elif self._mono() - self._since > TRIAL_S and not self._in_use():
            log.error("program %d has failed its trial and is rolled back", choice.serial)
            store.go_back(choice, "not_well")
            self._restart_agent()
        else:
            self._alarm(ALARM_S)

    def _check_order(self, store: ProgramStore, order: Upgrade) -> None:
        waited_s = self._mono() - self._since
        if store.folder(order.serial).is_dir() and not self._is_working():
            if self._state != "waiting":
                self._set_state("waiting")
            elif not self._in_use():
                self._choose(store, order)
            elif waited_s > WAIT_S:
                self._give_up(store, order, "in_use")
        elif self._state == "fetching" and self._thread is None:
            self._thread = threading.Thread(
                target=self._download, args=(store, order), name="program", daemon=True
            )
            self._thread.start()
        elif self._state == "unpacking" and waited_s > UNPACK_S:
            self._give_up(store, order, "not_unpacked")
        elif self._state == "fetching" and not self._is_working():
            self._end_download(store, order)

    def _is_working(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def _download(self, store: ProgramStore, order: Upgrade) -> None:
        """Download the archive (on its own thread), and unpack it unless root must do that."""
        self._trouble = None
        try:
            fetch(self._identity, order, store.archive)
            if _may_write(store):
                pin(store)
                unpack(store)
            else:
                store.ready.write_text(str(order.serial))
        except (EnrolError, NoDiskSpace, DamagedProgram, NotUnpacked, OSError) as error:
            log.warning("program %d cannot be installed: %s", order.serial, error)
            self._trouble = _REASONS.get(type(error), "unreachable")

    def _end_download(self, store: ProgramStore, order: Upgrade) -> None:
        self._thread = None
        if self._trouble is None:
            self._set_state("unpacking")
        else:
            self._give_up(store, order, self._trouble)

    def _choose(self, store: ProgramStore, order: Upgrade) -> None:
        log.info("program %d takes over", order.serial)
        choice = store.choice()
        own = own_version() if choice is None else choice.own_version
        store.note(
            Choice(
                serial=order.serial, own_version=own, before=running_serial(), silent=self._silent()
            )
        )
        store.forget_order()
        self._restart_agent()

    def _give_up(self, store: ProgramStore, order: Upgrade, reason: str) -> None:
        store.note(Failure(serial=order.serial, reason=reason))
        store.forget_order()
        self._order = self._thread = None
        self._set_state("rest")

    def _restart_agent(self) -> None:
        self._is_restarting = True
        self._restart()

    def _set_state(self, state: str) -> None:
        self._state, self._since = state, self._mono()
        self._tell()


_REASONS: dict[type[Exception], str] = {
    EnrolError: "unreachable",
    NoDiskSpace: "no_room",
    DamagedProgram: "damaged",
    NotUnpacked: "not_unpacked",
    OSError: "no_room",
}


def _is_final(failure: Failure, serial: int) -> bool:
    """Return whether this program failed for a reason for which no agent tries it again."""
    return failure.serial == serial and stops_others(failure.reason)


def architecture() -> str:
    """Return this computer's architecture in Debian's spelling."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def _may_write(store: ProgramStore) -> bool:
    """Return whether the agent may unpack by itself, as it does without systemd units."""
    return os.access(store.programs, os.W_OK)


# At its start, an agent runs the chosen program in its place; one that fails is rolled back.

SERIAL_VARIABLE = "LOQUET_PROGRAM"
"""Environment variable with the serial of the chosen program."""
TRIES = 2
"""How often a program on trial may be started: more than once, as a power cut can end a trial."""
ALARM_S = 60
"""Seconds after which the kernel ends a program on trial that does not renew the alarm."""


def run_chosen(settings: Settings) -> None:
    """Run the chosen program in place of this process; returns if this program itself is to run."""
    store = ProgramStore.of(settings.agent)
    if store is None or SERIAL_VARIABLE in os.environ:
        return
    while (choice := choose_program(store)) is not None:
        python = store.folder(choice.serial) / "bin" / "python3"
        words = [str(python), "-I", "-m", "controller.cli"]
        words += ["agent", "--config", settings.source]
        signal.alarm(ALARM_S if choice.on_trial else 0)  # outlasts the exec
        try:
            os.execve(python, words, {**os.environ, SERIAL_VARIABLE: str(choice.serial)})  # noqa: S606
        except OSError as error:
            log.error("%s cannot be run: %s", python, error)
            signal.alarm(0)
            store.go_back(choice, "not_well")


def choose_program(store: ProgramStore) -> Choice | None:
    """Return the program to run; None: this one. A program on trial is rolled back after TRIES
    starts."""
    choice = store.choice()
    if choice is None:
        return None
    if choice.own_version != own_version():
        store.forget_choice()
        return None
    if not choice.on_trial:
        return choice
    if choice.tries >= TRIES:
        log.error("program %d ended during its trial and is rolled back", choice.serial)
        store.go_back(choice, "not_well")
        return store.choice()
    store.note(msgspec.structs.replace(choice, tries=choice.tries + 1))
    return choice


def running_serial() -> int:
    """Return the serial of the running program; 0: the computer's own."""
    text = os.environ.get(SERIAL_VARIABLE, "")
    return int(text) if text.isdecimal() else 0
