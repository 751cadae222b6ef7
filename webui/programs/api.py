"""API that hands the archive of a program to the agent that is to run it."""

from flask import Response, send_file

from controller.capabilities.programs import programs
from controller.kernel.errors import NotFound
from webui.api.route import Call, Route

MEDIA = "application/gzip"
"""Media type of an archive."""
PER_MINUTE = 30
"""How many requests one address may send per minute: each costs the check of a signature and the
transfer of a whole program."""


def _fetch(call: Call) -> Response:
    serial = programs.check_fetch(call.db, call.path["id"], call.body)
    file = programs.archive_path(call.context.settings, serial)
    if not file.exists():
        raise NotFound("archive of program", str(serial))
    return send_file(file, mimetype=MEDIA)


ROUTES = [
    Route(
        method="POST",
        path="/agents/{id}/program",
        handler=_fetch,
        body=programs.Fetch,
        media=MEDIA,
        summary="Fetch a program that an agent was told to run (signed, no token)",
        per_address=PER_MINUTE,
    )
]
