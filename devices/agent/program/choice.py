"""At its start an agent becomes the program that is chosen; one that did not do well is left."""

import logging
import os
import signal

import msgspec

from controller.settings import Settings
from devices.agent.program.program_store import Choice, ProgramStore, own_version

log = logging.getLogger(__name__)

RUNS = "LOQUET_PROGRAM"
"""In the environment of a chosen program: its serial."""
TRIES = 2
"""The power may go while one is on trial, which says nothing of it."""
ALARM_S = 60
"""A program on trial must say again and again that it is alive, or the kernel ends it."""


def become(settings: Settings) -> None:
    """Run the chosen program in place of this one; returns where this one is to run."""
    store = ProgramStore.of(settings.agent)
    if store is None or RUNS in os.environ:
        return
    while (choice := choose_program(store)) is not None:
        python = store.folder(choice.serial) / "bin" / "python3"
        words = [str(python), "-I", "-m", "controller.cli"]
        words += ["agent", "--config", settings.source]
        signal.alarm(ALARM_S if choice.on_trial else 0)  # outlasts the exec
        try:
            os.execve(python, words, {**os.environ, RUNS: str(choice.serial)})  # noqa: S606
        except OSError as error:
            log.error("%s cannot be run: %s", python, error)
            signal.alarm(0)
            store.go_back(choice, "not_well")


def choose_program(store: ProgramStore) -> Choice | None:
    """What is to run now; None: the program that asks. One on trial gets TRIES starts."""
    choice = store.choice()
    if choice is None:
        return None
    if choice.beside != own_version():
        store.forget_choice()
        return None
    if not choice.on_trial:
        return choice
    if choice.tries >= TRIES:
        log.error("program %d ended before it was well; back to the one before", choice.serial)
        store.go_back(choice, "not_well")
        return store.choice()
    store.note(msgspec.structs.replace(choice, tries=choice.tries + 1))
    return choice


def running_serial() -> int:
    """The serial of the program that this process is; 0: the computer's own."""
    text = os.environ.get(RUNS, "")
    return int(text) if text.isdecimal() else 0
