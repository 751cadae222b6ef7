"""API of access points (machines and doors) and of commands to them."""

from collections.abc import Callable
from typing import Any

import msgspec

from controller.capabilities.machines import access_points, commands
from controller.capabilities.machines import device_commands as point_actions
from controller.capabilities.machines.shapes import AccessPoint, AccessPointFields
from controller.kernel.actor import Permission
from controller.kernel.shapes import Note
from webui.api.crud import Nothing, read_routes, service_route, with_etag, write_routes
from webui.api.route import Call, Reply, Route

_READ, _WRITE = Permission.RULES_READ, Permission.RULES_WRITE


class Service(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Take an access point out of service, with the reason shown there, or put it back."""

    in_service: bool
    reason: Note | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """The command is on its way; `GET commands/{id}` returns its result."""

    command_id: str


def _service(call: Call) -> Reply:
    return with_etag(
        access_points.set_service(
            call.db,
            call.path["id"],
            in_service=call.body.in_service,
            reason=call.body.reason,
            actor=call.actor,
            now=call.now,
        )
    )


def command_route(
    path: str, action: Callable[..., Any], summary: str, permission: Permission
) -> Route:
    """Return a route that sends a command and answers 202 with its id."""

    def handle(call: Call) -> Reply:
        sent = action(call.db, call.path["id"], actor=call.actor, now=call.now)
        return Reply(Accepted(command_id=sent.id))

    return Route(
        method="POST",
        path=path,
        handler=handle,
        body=Nothing,
        answers=Accepted,
        status=202,
        permission=permission,
        summary=summary,
    )


_POINT = "/access-points/{id}"


_COMMAND = Permission.COMMAND

ROUTES = [
    *read_routes("/access-points", access_points, _READ, what="access points"),
    *write_routes(
        "/access-points", access_points, _WRITE, fields=AccessPointFields, what="access points"
    ),
    Route(
        method="POST",
        path=f"{_POINT}/service",
        handler=_service,
        body=Service,
        answers=AccessPoint,
        permission=_COMMAND,
        summary="Take an access point out of service, or put it back",
    ),
    command_route(f"{_POINT}/release", point_actions.release, "Release a door once", _COMMAND),
    command_route(
        f"{_POINT}/end-session", point_actions.end_session, "End a session at idle", _COMMAND
    ),
    command_route(
        f"{_POINT}/cut-power", point_actions.cut_power, "Cut a machine's power now", _COMMAND
    ),
    command_route(
        f"{_POINT}/reset-fault", point_actions.reset_fault, "Reset latched faults", _COMMAND
    ),
    command_route(
        f"{_POINT}/read-credential",
        point_actions.read_credential,
        "Have the agent report the next badge at its reader instead of deciding on it",
        Permission.CREDENTIALS_WRITE,
    ),
    service_route(
        "GET", "/commands/{id}", commands.get, _COMMAND, "Get a command and its agent's answer"
    ),
]
