"""The site's occupancy for its own web site: a fragment to embed in a frame, and JSON."""

from zoneinfo import ZoneInfo

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from msgspec import json

from controller.capabilities.screen import rules
from controller.capabilities.screen.figures import Figures, figures
from controller.capabilities.screen.rules import ScreenRules
from webui.context import context
from webui.feature import Pages
from webui.i18n import current
from webui.i18n.dates import clock
from webui.screen.views import screen_view
from webui.security import CONTENT_SECURITY_POLICY

KEPT_S = 60
"""For how many seconds a client may cache the answer."""
pages = Pages("embed", __name__)


@pages.get("/embed/occupancy", None)
def fragment() -> ResponseReturnValue:
    """Return a small page which the web sites that the site has named may embed in a frame."""
    shown, figures = _read_public()
    view = screen_view(figures, context().clock())
    answer = make_response(render_template("embed/occupancy.html", view=view))
    ancestors = " ".join(shown.framed_by) or "'none'"
    policy = CONTENT_SECURITY_POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {ancestors}"
    )
    answer.headers["Content-Security-Policy"] = policy
    return _allow_any_origin(answer)


@pages.get("/embed/occupancy.json", None)
def figures_as_json() -> ResponseReturnValue:
    """Return the bands of occupancy as JSON, for any web page, without a count of people."""
    _shown, figures = _read_public()
    zone = ZoneInfo(figures.site.time_zone)
    machines = [machine for machine in figures.machines if machine.busy_reason is None]
    body = {
        "site": figures.site.id,
        "name": figures.site.name.read(current()),
        "open": figures.is_open,
        "closes": clock(figures.closes_at, zone) if figures.closes_at else None,
        "closes_at": figures.closes_at.text() if figures.closes_at else None,
        "rooms": [
            {"id": room.id, "name": room.name.read(current()), "band": room.band}
            for room in figures.rooms
        ],
        "machines": {"free": len(machines), "all": len(figures.machines)},
        "at": context().clock().text(),
    }
    answer = Response(json.encode(body), content_type="application/json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return _allow_any_origin(answer)


def _read_public() -> tuple[ScreenRules, Figures]:
    web = context()
    at = request.args.get("site", web.settings.site.id)
    with web.database.read() as db:
        screen_settings = rules.screen_rules(db, at)
        if not screen_settings.is_public:
            abort(404)
        return screen_settings, figures(db, at, web.clock())


def _allow_any_origin(answer: Response) -> Response:
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer
