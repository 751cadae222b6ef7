"""Unsubscribing by the link in a message, without signing in; mail programs can too (RFC 8058)."""

from flask import abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.messages import stops
from controller.kernel.translation import translator
from webui.context import context
from webui.feature import Pages
from webui.i18n import current

pages = Pages("stopping", __name__)


@pages.get("/stop/<what>/<who>/<mac>", None)
def show(what: str, who: str, mac: str) -> ResponseReturnValue:
    """Show what the link unsubscribes from; following the link alone changes nothing."""
    title = _title(what, who, mac)
    with context().database.read() as db:
        is_over = stops.is_unsubscribed(db, what, who)
        text = translator(db, current()).say(title)
    return render_template(
        "stopping/stop.html", title=text, is_over=is_over, what=what, who=who, mac=mac
    )


@pages.post("/stop/<what>/<who>/<mac>", None)
def change(what: str, who: str, mac: str) -> ResponseReturnValue:
    """Unsubscribe from this kind of message, or subscribe again."""
    _title(what, who, mac)
    with context().database.write() as db:
        if request.form.get("wanted") == "yes":
            stops.subscribe(db, what, who, now=context().clock())
        else:
            stops.unsubscribe(db, what, who, now=context().clock())
    return redirect(url_for("stopping.show", what=what, who=who, mac=mac), 303)


@pages.get("/stop/<what>/<who>/<mac>/now", None)
def to_page(what: str, who: str, mac: str) -> ResponseReturnValue:
    """Redirect somebody who opens the mail program's address in a browser."""
    return redirect(url_for("stopping.show", what=what, who=who, mac=mac), 303)


@pages.post_by_program("/stop/<what>/<who>/<mac>/now")
def at_once(what: str, who: str, mac: str) -> ResponseReturnValue:
    """Unsubscribe at once, as a mail program requests it when its *Unsubscribe* is pressed."""
    if request.form.get("List-Unsubscribe") != "One-Click":
        abort(400)
    title = _title(what, who, mac, wrong=400)
    with context().database.write() as db:
        stops.unsubscribe(db, what, who, now=context().clock())
        text = translator(db, current()).say(title)
    return text, 200, {"Content-Type": "text/plain; charset=utf-8"}


def _title(what: str, who: str, mac: str, *, wrong: int = 404) -> str:
    """Return the title of these messages; the request is aborted if the link was not made here."""
    title = context().database.house.messages.stoppable.get(what)
    if title is None or not stops.is_valid_code(context().secret, what, who, mac):
        abort(wrong)
    return title
