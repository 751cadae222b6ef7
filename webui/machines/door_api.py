"""API of commands to doors other than opening one once."""

import msgspec

from controller.capabilities.machines import device_commands
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.shapes import Note
from webui.api.route import Call, Reply, Route
from webui.machines.api import Accepted, command_route

_POINT, _COMMAND = "/access-points/{id}", Permission.COMMAND


class Hold(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Until when the door stays released, within 24 hours; then its hours apply."""

    until: Utc


class LockDown(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why the door is closed to all but maintainers, until `follow-hours`."""

    reason: Note


def _keep_open(call: Call) -> Reply:
    sent = device_commands.keep_open(
        call.db, call.path["id"], call.body.until, actor=call.actor, now=call.now
    )
    return Reply(Accepted(command_id=sent.id))


def _lock_down(call: Call) -> Reply:
    sent = device_commands.lock_down(
        call.db, call.path["id"], call.body.reason, actor=call.actor, now=call.now
    )
    return Reply(Accepted(command_id=sent.id))


ROUTES = [
    Route(
        method="POST",
        path=f"{_POINT}/keep-open",
        handler=_keep_open,
        body=Hold,
        answers=Accepted,
        status=202,
        permission=_COMMAND,
        summary="Keep a door released until a time",
    ),
    command_route(
        f"{_POINT}/follow-hours",
        device_commands.follow_hours,
        "Leave a door to its hours",
        _COMMAND,
    ),
    Route(
        method="POST",
        path=f"{_POINT}/lock-down",
        handler=_lock_down,
        body=LockDown,
        answers=Accepted,
        status=202,
        permission=_COMMAND,
        summary="Lock a door down, with a reason",
    ),
]
