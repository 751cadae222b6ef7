"""Commands: recorded, carried out once, answered always."""

from datetime import timedelta
from pathlib import Path

import pytest

from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire import events as wire
from controller.wire.codec import raw
from controller.wire.commands import (
    CommandArgs,
    CommandResult,
    CutPower,
    Identify,
    ReadCredential,
    Renew,
    command_type,
)
from controller.wire.ids import uuid7
from controller.wire.messages import Command, CommandReply
from devices.agent.link.commands import COMMAND_PREFIX, RETENTION, Commands
from tests.devices.agent.agent_rig import AMINA, LASER, Lamp, Rig, Switch, machine_facts, member
from tests.devices.agent.agent_time import BOOT, Hands


class Desk:
    """An agent's commands, and what it answered."""

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.replies: list[CommandReply] = []
        self.renewals = 0
        rig.person(AMINA, member("amina", "laser"))
        self.switch, self.lamp = Switch(), Lamp()
        self.laser = rig.machine(machine_facts(), switch=self.switch, lamp=self.lamp)
        self.commands = Commands(
            {LASER: self.laser},
            rig.state_store.read(COMMAND_PREFIX),
            clock=rig.clock,
            recorder=rig.recorder,
            journal=rig.journal,
            reply=self.replies.append,
            renew_certificate=self._renew,
            keep_alive=lambda: None,
        )

    def _renew(self) -> None:
        self.renewals += 1

    def command(self, asked: CommandArgs, **changes: object) -> Command:
        now = self.rig.clock.now()
        fields: dict[str, object] = {
            "at": now,
            "command_id": uuid7(),
            "boot_id": BOOT,
            "access_point": LASER,
            "type": command_type(asked),
            "expires_at": Utc.of(now + timedelta(seconds=10)),
            "args": raw(asked),
            **changes,
        }
        return Command(**fields)  # type: ignore[arg-type]


@pytest.fixture
def desk(rig: Rig) -> Desk:
    return Desk(rig)


def test_a_command_is_done_once_and_its_reply_is_sent_again(desk: Desk) -> None:
    desk.rig.tap(desk.laser, AMINA)
    cut = desk.command(CutPower())
    desk.commands.take(cut)
    desk.rig.tap(desk.laser, AMINA)
    desk.commands.take(cut)
    assert desk.replies[0] == desk.replies[1]
    assert desk.replies[0].result is CommandResult.DONE
    assert desk.laser.state().state.value == "armed"
    (run,) = desk.rig.events(wire.CommandRun)
    assert (run.command, run.result) == ("cut_power", CommandResult.DONE)


@pytest.mark.parametrize(
    ("changes", "result", "reason"),
    [
        ({"boot_id": "1b5c0f6e-7f5e-4c51-9d0e-3a4a3c1d2e3f"}, "refused", "other_boot"),
        ({"expires_at": Utc.parse("2026-03-02T11:59:59.000Z")}, "expired", None),
        ({"access_point": AccessPointId("elsewhere")}, "refused", "not_here"),
        ({"type": "dance"}, "refused", "not_understood"),
        ({"type": "hold_door", "args": raw({"until": 7})}, "refused", "not_understood"),
        ({}, "refused", "no_session"),
    ],
)
def test_what_is_not_done(
    desk: Desk, changes: dict[str, object], result: str, reason: str | None
) -> None:
    desk.commands.take(desk.command(CutPower(), **changes))
    (reply,) = desk.replies
    assert (reply.result.value, reply.reason) == (result, reason)


def test_all_points_and_none(desk: Desk) -> None:
    desk.rig.tap(desk.laser, AMINA)
    desk.commands.take(desk.command(CutPower(), access_point=None))
    desk.commands.take(desk.command(Renew(), access_point=None))
    assert [reply.result.value for reply in desk.replies] == ["done", "done"]
    assert desk.renewals == 1


def test_a_late_answer(desk: Desk) -> None:
    command = desk.command(ReadCredential(timeout_s=5))
    desk.commands.take(command)
    assert desk.replies == []
    desk.commands.take(command)
    assert desk.replies.pop().reason == "interrupted"
    desk.rig.tap(desk.laser, AMINA)
    (reply,) = desk.replies
    assert reply.data is not None
    assert reply.data.credential == AMINA


def test_replies_outlast_a_restart_and_an_interrupted_one_is_told(
    desk: Desk, folder: Path, hands: Hands
) -> None:
    done, open_ = desk.command(CutPower()), desk.command(ReadCredential(timeout_s=5))
    desk.commands.take(done)
    desk.commands.take(open_)
    desk.rig.stop()
    again = Desk(Rig(folder, hands, BOOT))
    again.commands.take(done)
    again.commands.take(open_)
    assert [reply.reason for reply in again.replies] == ["no_session", "interrupted"]
    again.rig.stop()


def test_old_records_are_forgotten(desk: Desk, rig: Rig) -> None:
    old = desk.command(CutPower())
    desk.commands.take(old)
    rig.hands.pass_(RETENTION.total_seconds() + 60)
    desk.commands.take(desk.command(CutPower()))
    rig.journal.write()
    assert list(rig.state_store.read(COMMAND_PREFIX)) != []
    assert f"{COMMAND_PREFIX}{old.command_id}" not in rig.state_store.read(COMMAND_PREFIX)


def test_a_record_that_cannot_be_read_is_left_alone(desk: Desk, rig: Rig) -> None:
    commands = Commands(
        {},
        {f"{COMMAND_PREFIX}x": b"no json"},
        clock=rig.clock,
        recorder=rig.recorder,
        journal=rig.journal,
        reply=desk.replies.append,
        renew_certificate=lambda: None,
        keep_alive=lambda: None,
    )
    commands.take(desk.command(CutPower(), access_point=None))
    assert desk.replies[-1].reason == "not_here"


def test_a_full_disk_does_not_stop_a_command(desk: Desk, rig: Rig) -> None:
    rig.tap(desk.laser, AMINA)
    assert rig.journal.write()
    rig.state_store._db.execute("PRAGMA max_page_count = 1")
    rig.ledger.current.file._db.execute("PRAGMA max_page_count = 1")
    for _ in range(60):
        desk.commands.take(desk.command(CutPower()))
    assert desk.replies[0].result is CommandResult.DONE


def test_a_point_that_fails_at_a_command_is_put_off(desk: Desk) -> None:
    """Its machine may be in any state: the power goes off, and the asker is told."""
    desk.rig.tap(desk.laser, AMINA)
    desk.lamp.burnt_out = True
    desk.commands.take(desk.command(Identify()))
    assert (desk.replies[-1].result, desk.replies[-1].reason) == ("refused", "failed")
    assert desk.laser.state().state.value == "fault"
    assert not desk.switch.powered()
