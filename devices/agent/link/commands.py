"""Carries out commands from the hub: each is recorded first, carried out once, and always
answered."""

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta

import msgspec

from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.wire.codec import dec_hook, encode
from controller.wire.commands import CommandArgs, CommandResult, Renew, Upgrade, WirePlug
from controller.wire.errors import WireError
from controller.wire.events import CommandRun
from controller.wire.messages import Command, CommandReply
from controller.wire.values import decode_args
from devices.agent.clock import Clock
from devices.agent.journal.ledger import Recorder
from devices.agent.journal.thread import Journal
from devices.agent.link.outcome import Outcome, refusal
from devices.agent.points.point import Point

log = logging.getLogger(__name__)

RETENTION = timedelta(days=1)
"""How long a command's reply is kept: no hub sends a command again after its deadline."""
COMMAND_PREFIX = "command/"
"""Start of the names under which commands are saved; their id follows."""


class RecordedCommand(msgspec.Struct, frozen=True, kw_only=True):
    """A command on disk; without a reply, the agent stopped while carrying it out."""

    at: Utc
    reply: CommandReply | None = None


_decoder = msgspec.json.Decoder(RecordedCommand, dec_hook=dec_hook)


def _no_plugs(_args: WirePlug) -> Outcome:
    return refusal("not_found")


def _by_hand(_args: Upgrade) -> Outcome:
    return refusal("by_hand")


class Commands:
    """Carries out commands; to be used only on the loop's thread."""

    def __init__(
        self,
        points: Mapping[AccessPointId, Point],
        saved: Mapping[str, bytes],
        *,
        clock: Clock,
        recorder: Recorder,
        journal: Journal,
        reply: Callable[[CommandReply], None],
        renew_certificate: Callable[[], None],
        keep_alive: Callable[[], None],
        wire_plug: Callable[[WirePlug], Outcome] = _no_plugs,
        upgrade: Callable[[Upgrade], Outcome] = _by_hand,
    ) -> None:
        """`saved`: the commands that an earlier run recorded, by name."""
        self._points, self._clock, self._recorder = points, clock, recorder
        self._journal, self._reply = journal, reply
        self._renew_certificate = renew_certificate
        self._wire_plug, self._keep_alive, self._upgrade = wire_plug, keep_alive, upgrade
        self._recorded = dict(_decode_recorded(saved))

    def take(self, command: Command) -> None:
        """Carry out a command whose signature is valid, or repeat the reply to a known one."""
        self._clock.learn_signed_time(command.at, is_response=False)
        recorded = self._recorded.get(command.command_id)
        if recorded is not None:
            interrupted = CommandReply(
                command_id=command.command_id, result=CommandResult.REFUSED, reason="interrupted"
            )
            self._reply(recorded.reply or interrupted)
            return
        objection = self._objection(command)
        if objection is None:
            self._record(command)
            objection = self._run(command)
        if objection is not None:
            self.finish(command, objection)

    def finish(self, command: Command, outcome: Outcome) -> None:
        """Store the outcome of a command, add it to the journal, and reply to the hub."""
        reply = CommandReply(
            command_id=command.command_id,
            result=outcome.result,
            reason=outcome.reason,
            data=outcome.data,
        )
        recorded = RecordedCommand(at=self._clock.now(), reply=reply)
        self._recorded[command.command_id] = recorded
        event = self._recorder.event(
            CommandRun,
            command.access_point,
            command_id=command.command_id,
            command=command.type,
            result=outcome.result,
            reason=outcome.reason,
        )
        saved = {f"{COMMAND_PREFIX}{command.command_id}": encode(recorded), **self._drop_old()}
        self._journal.append(event, saved=saved)
        self._reply(reply)

    def _objection(self, command: Command) -> Outcome | None:
        """Return why this command must not be carried out; None: it may."""
        if command.boot_id != self._recorder.boot:
            return refusal("other_boot")
        if self._clock.latest() >= command.expires_at:
            return Outcome(CommandResult.EXPIRED)
        if command.access_point is not None and command.access_point not in self._points:
            return refusal("not_here")
        return None

    def _record(self, command: Command) -> None:
        recorded = RecordedCommand(at=self._clock.now())
        self._recorded[command.command_id] = recorded
        saved = {f"{COMMAND_PREFIX}{command.command_id}": encode(recorded)}
        if not self._journal.write(saved=saved, while_waiting=self._keep_alive):
            log.error("command %s could not be recorded on disk", command.command_id)

    def _run(self, command: Command) -> Outcome | None:
        """Carry out a command; None: its outcome comes later.

        A command for all access points is done if one of them has done it.
        """
        try:
            args: CommandArgs = decode_args(command)
        except WireError as error:
            log.warning("command %s: %s", command.command_id, error)
            return refusal("not_understood")
        if isinstance(args, Renew):
            self._renew_certificate()
            return Outcome(CommandResult.DONE)
        if isinstance(args, WirePlug):
            return self._wire_plug(args)
        if isinstance(args, Upgrade):
            return self._upgrade(args)
        point_id = command.access_point
        points = list(self._points.values()) if point_id is None else [self._points[point_id]]
        outcomes = [self._run_at(point, args, command) for point in points]
        if not outcomes:
            return refusal("not_here")
        immediate = [outcome for outcome in outcomes if outcome is not None]
        return min(
            immediate, key=lambda outcome: outcome.result != CommandResult.DONE, default=None
        )

    def _run_at(self, point: Point, args: CommandArgs, command: Command) -> Outcome | None:
        """Pass a command to a point; if that fails, cut the point's power and put it in fault."""
        try:
            return point.run_command(
                args, command.command_id, lambda done: self.finish(command, done)
            )
        except Exception:
            log.exception("%s failed at a command; its power is cut", point.id)
            point.panic()
            return refusal("failed")

    def _drop_old(self) -> dict[str, bytes | None]:
        """Forget commands that are too old; return their names with None, which deletes them from
        the disk."""
        limit = self._clock.now() - RETENTION
        old = [id for id, recorded in self._recorded.items() if recorded.at < limit]
        for id in old:
            del self._recorded[id]
        return {f"{COMMAND_PREFIX}{id}": None for id in old}


def _decode_recorded(saved: Mapping[str, bytes]) -> list[tuple[str, RecordedCommand]]:
    commands = []
    for name, data in saved.items():
        try:
            commands.append((name.removeprefix(COMMAND_PREFIX), _decoder.decode(data)))
        except (msgspec.MsgspecError, ValueError) as error:
            log.warning("the record of %s cannot be read: %s", name, error)
    return commands
