"""How full the site is, for its own web site: a fragment to embed in a frame, and JSON."""

from zoneinfo import ZoneInfo

from flask import Response, abort, make_response, render_template, request
from flask.typing import ResponseReturnValue
from msgspec import json

from controller.capabilities.screen import rules
from controller.capabilities.screen.figures import Figures, figures
from controller.capabilities.screen.rules import Shown
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
    shown, found = _public()
    view = screen_view(found, context().clock())
    answer = make_response(render_template("embed/occupancy.html", view=view))
    ancestors = " ".join(shown.framed_by) or "'none'"
    policy = CONTENT_SECURITY_POLICY.replace(
        "frame-ancestors 'none'", f"frame-ancestors {ancestors}"
    )
    answer.headers["Content-Security-Policy"] = policy
    return _for_others(answer)


@pages.get("/embed/occupancy.json", None)
def figures_as_json() -> ResponseReturnValue:
    """Return the same as JSON, for any web page: bands of occupancy, without a count of people."""
    _shown, found = _public()
    zone = ZoneInfo(found.site.time_zone)
    machines = [machine for machine in found.machines if machine.busy is None]
    body = {
        "site": found.site.id,
        "name": found.site.name.read(current()),
        "open": found.is_open,
        "closes": clock(found.closes_at, zone) if found.closes_at else None,
        "closes_at": found.closes_at.text() if found.closes_at else None,
        "rooms": [
            {"id": room.id, "name": room.name.read(current()), "band": room.band}
            for room in found.rooms
        ],
        "machines": {"free": len(machines), "all": len(found.machines)},
        "at": context().clock().text(),
    }
    answer = Response(json.encode(body), content_type="application/json")
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return _for_others(answer)


def _public() -> tuple[Shown, Figures]:
    given = context()
    at = request.args.get("site", given.settings.site.id)
    with given.database.read() as db:
        shown = rules.screen_rules(db, at)
        if not shown.is_public:
            abort(404)
        return shown, figures(db, at, given.clock())


def _for_others(answer: Response) -> Response:
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer
