"""Use one of the place's readers for the desk: its next badge opens the member, and no door.

The reader gets the request over MQTT.
"""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.desk import reading
from controller.capabilities.desk.reading import Reading, Stage
from controller.kernel.actor import Permission
from controller.kernel.errors import Conflict, NotFound, ServiceError
from webui.context import context
from webui.desk import readers
from webui.desk.desk_action import open_member
from webui.desk.pages import open_by_badge, read_desk
from webui.desk.views import WaitingReader
from webui.feature import Pages
from webui.guard import actor, is_htmx_request, site
from webui.i18n import _, current
from webui.members.member_action import refuse

pages = Pages("desk_reader", __name__)


@pages.post("/desk/read", Permission.CREDENTIALS_WRITE)
def read() -> ResponseReturnValue:
    """Wait for the next badge at a reader; with `stays`, also for all later ones."""
    point, web = request.form.get("point", ""), context()
    readers.use_reader(point, stays=request.form.get("stays") == "yes")
    try:
        with web.database.write() as db:
            reading_request = reading.begin(db, site().id, point, actor=actor(), now=web.clock())
    except ServiceError:
        readers.release_reader()
        return _reader_refused()
    if is_htmx_request():
        return _render_part(reading_request)
    return redirect(_poll_address(reading_request), 303)


@pages.post("/desk/read/stop", Permission.CREDENTIALS_WRITE)
def stop() -> ResponseReturnValue:
    """Stop waiting; the reader opens doors again once its request has expired."""
    readers.release_reader()
    return redirect(url_for("desk.show", person=open_member() or None), 303)


@pages.get("/desk/read/<read>", Permission.CREDENTIALS_WRITE)
def follow(read: str) -> ResponseReturnValue:
    """Show how far the reader is; once it has read a badge, open the member who has it."""
    web = context()
    try:
        with web.database.read() as db:
            reader_request = reading.get(db, site().id, read, actor=actor(), now=web.clock())
    except (NotFound, Conflict):
        abort(404)
    if is_htmx_request():
        if reader_request.stage is Stage.READ:
            return "", 200, {"HX-Redirect": _poll_address(reader_request)}
        return _render_part(reader_request)
    if reader_request.stage is Stage.READ:
        return open_by_badge(reader_request.credential, open_member())
    page = read_desk(person=open_member(), waiting=_waiting_reader(reader_request))
    return render_template("desk/desk.html", page=page)


def _render_part(reading: Reading) -> str:
    return render_template(
        "desk/reading.html", waiting=_waiting_reader(reading), person=open_member()
    )


def _reader_refused() -> ResponseReturnValue:
    text = _("This reader does not answer.")
    if is_htmx_request():
        return render_template("desk/reading.html", waiting=None, wrong=text, person=open_member())
    refuse(text)
    return redirect(url_for("desk.show", person=open_member() or None), 303)


def _waiting_reader(read_request: Reading) -> WaitingReader:
    with context().database.read() as db:
        names = reading.readers(db, site().id, actor=actor())
    name = names.get(read_request.access_point)
    return WaitingReader(
        id=read_request.id,
        point=read_request.access_point,
        name=name.read(current()) if name else read_request.access_point,
        stage=read_request.stage,
        again=readers.has_dedicated_reader(),
    )


def _poll_address(reading: Reading) -> str:
    return url_for("desk_reader.follow", read=reading.id, person=open_member() or None)
