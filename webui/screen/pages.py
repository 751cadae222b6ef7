"""The public screen: at a secret address, or for everybody if the site allows that."""

from collections.abc import Iterator
from time import monotonic

from flask import Response, abort, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.screen import addresses, rules
from controller.capabilities.screen.figures import figures
from controller.capabilities.screen.models import AddressKind
from controller.domain.facts import Language
from controller.kernel.database import Session
from controller.kernel.translation import languages
from webui import i18n
from webui.context import context
from webui.feature import Pages
from webui.guard import is_htmx_request
from webui.language import FOLDERS
from webui.limits import counted_address, seconds_to_wait
from webui.live.broadcast import Broadcast, Right, Stream, TooManyOfAccount, TooManyStreams
from webui.live.plan import public_picture
from webui.live.plan_view import PlanPicture
from webui.live.stream import LONGEST_S, RETRY_MS
from webui.qr_codes import qr
from webui.screen.views import ScreenView, band_words, screen_view
from webui.statics import fingerprint, static, styles

PER_MINUTE = 120
"""Requests per minute and address: a screen reloads at each change, at most every two seconds."""
PLAN = "plan"
"""Value of `view` in the address of a screen that shows the plan instead of the list."""
pages = Pages("screen", __name__)


@pages.get("/screen", None)
def show() -> ResponseReturnValue:
    """Show the screen of a site that allows it to everybody.

    It polls instead of using a stream, so that strangers can't occupy server threads.
    """
    at = request.args.get("site", context().settings.site.id)
    with context().database.read() as db:
        if not rules.screen_rules(db, at).is_public:
            abort(404)
        return _answer(db, at, stream="")


@pages.get("/screen/<key>", None)
def by_address(key: str) -> ResponseReturnValue:
    """The screen at a secret address, with live updates."""
    with context().database.read() as db:
        screen = addresses.find_by_secret(db, key, AddressKind.SCREEN) or abort(404)
        return _answer(db, screen.site_id, stream=url_for("screen.follow", key=key))


@pages.get("/screen/<key>/live", None)
def follow(key: str) -> ResponseReturnValue:
    """Return a stream of changes without content; at each change the screen reloads its part."""
    with context().database.read() as db:
        screen = addresses.find_by_secret(db, key, AddressKind.SCREEN) or abort(404)

    def is_valid(db: Session) -> bool:
        return addresses.find_by_secret(db, key, AddressKind.SCREEN) is not None

    broadcast: Broadcast = current_app.extensions["broadcast"]
    try:
        stream = broadcast.listen(Right(f"screen:{screen.id}", is_valid))
    except (TooManyOfAccount, TooManyStreams):
        return Response("try again soon\n", 503, {"Retry-After": "5"}, mimetype="text/plain")
    changes = Changes(stream, screen.site_id, monotonic() + LONGEST_S)
    return Response(changes, mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})


class Changes:
    """The changes at a site as server-sent events without content; ends after some minutes."""

    def __init__(self, stream: Stream, site_id: str, until_mono_s: float) -> None:
        self._stream = stream
        self._site = site_id
        self._until = until_mono_s

    def __iter__(self) -> Iterator[str]:
        yield f"retry: {RETRY_MS}\n\nevent: change\ndata: {{}}\n\n"
        for change in self._stream:
            if change is None:
                yield ":\n\n"
            elif change.site == self._site:
                if not change.text:
                    return
                yield "event: change\ndata: {}\n\n"
            if monotonic() > self._until:
                return

    def close(self) -> None:
        """Free the stream's seat; the server calls this however the response ends."""
        self._stream.close()


def _answer(db: Session, site_id: str, stream: str) -> ResponseReturnValue:
    """Return the whole page, or for htmx only its content."""
    web = context()
    who = f"screen:{counted_address(request.remote_addr)}"
    if seconds := seconds_to_wait(web.live, who, PER_MINUTE, web.clock()):
        return Response("slower\n", 429, {"Retry-After": str(seconds)}, mimetype="text/plain")
    # a screen without a fixed language alternates, and sends the one that it is to show now
    fixed, shown_now = request.args.get("lang", ""), request.args.get("now", "")
    language = next((code for code in (fixed, shown_now) if code in languages()), i18n.current())
    i18n.use(Language(language), current_app.extensions[FOLDERS])
    now = web.clock()
    data = figures(db, site_id, now)
    plan = None
    if request.args.get("view") == PLAN:
        words = band_words()
        plan = public_picture(db, site_id, now, {room.id: words[room.band] for room in data.rooms})
    view = screen_view(data, now)
    answer = make_response(
        _render(view, plan, site_id, stream, alternates=fixed not in languages())
    )
    answer.headers["Content-Language"] = i18n.current()
    answer.headers["X-Loquet-Release"] = _release()
    return answer


def _render(
    view: ScreenView, plan: PlanPicture | None, site_id: str, stream: str, *, alternates: bool
) -> str:
    book = f"{context().settings.web.public_url.rstrip('/')}/mine"
    values = {"view": view, "plan": plan, "book": book.partition("://")[2], "qr": qr(book)}
    if is_htmx_request():
        return render_template("screen/board.html", **values)
    other = next(language for language in languages() if language is not i18n.current())
    return render_template(
        "screen/screen.html",
        stream=stream,
        release=_release(),
        languages=",".join(languages()) if alternates else "",
        other=other if alternates else i18n.current(),
        theme="light" if request.args.get("theme") == "light" else "dark",
        site_id=site_id,
        **values,
    )


def _release() -> str:
    """Return a fingerprint of the page's static files.

    A screen with an older one reloads itself.
    """
    files = (
        styles(),
        static("screen/screen.css"),
        static("screen/screen.js"),
        static("live/plan.css"),
    )
    return fingerprint(" ".join(files).encode())
