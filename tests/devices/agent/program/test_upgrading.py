"""A program on trial, and one that waits: what is done when, by a clock that the test moves."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from controller.wire.commands import Upgrade
from controller.wire.programs import sign_program
from controller.wire.signatures import Signer
from devices.agent.enrolment.identity import Identity
from devices.agent.program.program_store import Choice, Failure, ProgramStore, own_version
from devices.agent.program.upgrader import (
    ALARM_S,
    SERIAL_VARIABLE,
    TRIAL_S,
    TRIES,
    UNPACK_S,
    WAIT_S,
    Upgrader,
    architecture,
    choose_program,
)
from tests.contract.agent_only import enrol
from tests.support.broker import Authority
from tests.support.program_archive import Store, contents, order_of, pack
from tests.support.until import until


@dataclass
class Rig:
    """An agent's side of it, without an agent."""

    program_store: ProgramStore
    identity: Identity
    authority: Signer
    now: float = 0.0
    busy: bool = False
    silent: int = 0
    alarms: list[int] = field(default_factory=list)
    restarts: int = 0

    def upgrading(self) -> Upgrader:
        """As after a start."""
        return Upgrader(
            self.program_store,
            self.identity,
            mono=lambda: self.now,
            in_use=lambda: self.busy,
            silent=lambda: self.silent,
            restart=self._restarted,
            tell=lambda: None,
            alarm=self.alarms.append,
        )

    def _restarted(self) -> None:
        self.restarts += 1

    def order(self, serial: int) -> Upgrade:
        unsigned = Upgrade(
            serial=serial,
            version="9",
            architecture=architecture(),
            sha256="ab" * 32,
            size=1,
            sig="A" * 86,
        )
        return sign_program(unsigned, self.authority)

    def unpacked(self, serial: int) -> None:
        self.program_store.folder(serial).mkdir()


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    enrol(tmp_path, 9)
    authority = Authority(tmp_path)
    (tmp_path / "state/ca.crt").write_bytes(authority.ca.read_bytes())
    (tmp_path / "programs").mkdir()
    program_store = ProgramStore(tmp_path / "programs", tmp_path / "state/program")
    return Rig(program_store, Identity.load(tmp_path / "state"), authority.signer)


def on_trial(rig: Rig, monkeypatch: pytest.MonkeyPatch, before: int = 0) -> Upgrader:
    rig.unpacked(7)
    rig.program_store.note(Choice(serial=7, own_version=own_version(), before=before, tries=1))
    monkeypatch.setenv(SERIAL_VARIABLE, "7")
    return rig.upgrading()


def test_it_stays_once_a_hub_has_spoken_and_no_more_is_silent(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = on_trial(rig, monkeypatch)
    made.step()
    rig.silent = 1
    made.hub_seen()
    made.step()
    choice = rig.program_store.choice()
    assert choice is not None
    assert choice.on_trial, "a device has fallen silent"
    rig.silent = 0
    made.step()
    choice = rig.program_store.choice()
    assert choice is not None
    assert not choice.on_trial
    assert rig.alarms == [ALARM_S, ALARM_S, 0]
    assert rig.restarts == 0


def test_it_is_left_when_no_hub_speaks_but_never_while_somebody_works(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = on_trial(rig, monkeypatch)
    rig.busy, rig.now = True, TRIAL_S + 1
    made.step()
    assert (rig.restarts, rig.alarms) == (0, [ALARM_S])
    rig.busy = False
    made.step()
    made.step()
    assert rig.restarts == 1
    assert rig.program_store.choice() is None
    assert rig.program_store.failure() == Failure(serial=7, reason="not_well")


def test_two_starts_that_end_and_it_is_left_for_the_one_before(rig: Rig) -> None:
    rig.unpacked(6)
    rig.unpacked(7)
    rig.program_store.note(Choice(serial=7, own_version=own_version(), before=6))
    for tries in range(1, TRIES + 1):
        choice = choose_program(rig.program_store)
        assert choice is not None
        assert (choice.serial, choice.on_trial) == (7, True)
        noted = rig.program_store.choice()
        assert noted is not None
        assert noted.tries == tries
    last = choose_program(rig.program_store)
    assert last is not None
    assert (last.serial, last.on_trial) == (6, False)
    assert rig.program_store.failure() == Failure(serial=7, reason="not_well")


def test_what_apt_has_brought_meanwhile_counts_again(rig: Rig) -> None:
    rig.unpacked(7)
    rig.program_store.note(Choice(serial=7, own_version="0.0.1", on_trial=False))
    assert choose_program(rig.program_store) is None
    assert rig.program_store.choice() is None


def test_it_waits_an_hour_for_rest_and_may_be_asked_again(rig: Rig) -> None:
    rig.unpacked(7)
    made = rig.upgrading()
    rig.busy = True
    assert made.begin(rig.order(7)).reason is None
    made.step()
    rig.now = WAIT_S - 1
    made.step()
    told = made.telemetry()
    assert told is not None
    assert (told.state, told.coming) == ("waiting", 7)
    rig.now += 2
    made.step()
    assert rig.program_store.failure() == Failure(serial=7, reason="in_use")
    assert made.begin(rig.order(7)).reason is None
    rig.busy = False
    made.step()
    made.step()
    choice = rig.program_store.choice()
    assert choice is not None
    assert (choice.serial, choice.before, rig.restarts) == (7, 0, 1)


def test_an_order_outlasts_a_power_cut_and_root_that_does_not_unpack(
    rig: Rig, tmp_path: Path
) -> None:
    store = Store(tmp_path / "store")
    pack(contents("9"), store.archive(7))
    order = order_of(store.archive(7), 7, "9", rig.authority)
    enrolment = replace(rig.identity.enrolment, url=store.url)
    rig.identity = dataclasses.replace(rig.identity, enrolment=enrolment)
    rig.program_store.programs.rmdir()  # not the agent's to write
    rig.program_store.note(order)
    made = rig.upgrading()
    made.step()

    def is_unpacking() -> bool:
        made.step()
        told = made.telemetry()
        return told is not None and told.state == "unpacking"

    until(is_unpacking, "it does not come")
    store.end()
    assert rig.program_store.ready.exists(), "root is told"
    rig.now = UNPACK_S + 1
    made.step()
    assert rig.program_store.failure() == Failure(serial=7, reason="not_unpacked")
    assert made.begin(order).reason == "failed_before"
    assert not rig.program_store.ready.exists()


def test_older_or_of_nobody_it_is_refused(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SERIAL_VARIABLE, "7")
    made = rig.upgrading()
    assert made.begin(rig.order(6)).reason == "older"
    assert made.begin(rig.order(7)).reason == "already"
    assert made.begin(replace(rig.order(8), size=2)).reason == "not_signed"
