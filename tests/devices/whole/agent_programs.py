"""What tests of agent programs share with others."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from controller.wire.commands import Upgrade
from devices.agent.enrolment.identity import IdentityFiles
from tests.support import program_archive
from tests.support.agent_place import CONFIG, Place

NEW = "9.0.0"


class Kept:
    """Starts the agent again whenever it ends, as systemd does."""

    def __init__(self, place: Place) -> None:
        self.place, self.boot = place, ""
        self._over = threading.Event()
        self.agent = self._start()
        self._thread = threading.Thread(target=self._keep)
        self._thread.start()

    def _start(self) -> subprocess.Popen[str]:
        return self.place.start_agent()

    def _keep(self) -> None:
        while True:
            self.agent.wait()
            if self._over.is_set():
                return
            self.agent = self._start()

    def end(self) -> None:
        self._over.set()
        self.agent.terminate()
        self._thread.join()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    folder = tmp_path / "a"
    (folder / "programs").mkdir(parents=True)
    text = CONFIG.replace('id = "pi-1"', 'id = "pi-1"\nprograms = "{folder}/programs"', 1)
    place = Place(folder, text)
    yield place
    place.end()


@pytest.fixture
def store(place: Place) -> Iterator[program_archive.Store]:
    """The controller's, at the address that the agent was enrolled at."""
    store = program_archive.Store(place.folder / "store")
    enrolment = IdentityFiles(place.folder / "state").enrolment
    enrolment.write_text(json.dumps(json.loads(enrolment.read_text()) | {"url": store.url}))
    yield store
    store.end()


def made(place: Place, store: program_archive.Store, serial: int, files: dict[str, str]) -> Upgrade:
    program_archive.pack(files, store.archive(serial))
    signer = place.authority.signer
    return program_archive.order_of(store.archive(serial), serial, NEW, signer)
