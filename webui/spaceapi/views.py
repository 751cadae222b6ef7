"""The site's SpaceAPI document, which anybody and any page may read."""

from flask import Response, request
from flask.typing import ResponseReturnValue
from msgspec import json

from controller.capabilities.screen import rules
from controller.domain.time import Utc
from controller.integrations.spaceapi.space import space
from controller.kernel.database import Session
from webui.context import context
from webui.feature import Pages
from webui.i18n import _
from webui.integration import Health

pages = Pages("spaceapi", __name__)
KEPT_S = 60
"""For how many seconds a client may cache the answer."""


@pages.get("/spaceapi.json", None)
def spaceapi() -> ResponseReturnValue:
    """Return the installation's own site, or the one that `?site=` names if its screen is public.

    404 with the reason if there is no such site, or the settings lack `url` or `logo`.
    """
    web = context()
    settings = web.settings.spaceapi
    if settings.url is None or settings.logo is None:
        return _answer({"error": "[spaceapi] url and logo are not set in config.toml"}, 404)
    with web.database.read() as db:
        key = request.args.get("site", web.settings.site.id)
        is_shown = key == web.settings.site.id or rules.screen_rules(db, key).is_public
        document = (
            space(db, key, settings.url, settings.logo, settings, web.clock()) if is_shown else None
        )
    if document is None:
        return _answer({"error": "no such site"}, 404)
    return _answer(document, 200)


def health(_db: Session, _site: str, _now: Utc) -> Health:
    """Return whether the document is published."""
    settings = context().settings.spaceapi
    if settings.url is None or settings.logo is None:
        return Health(look="off", word=_("Not used"))
    return Health(look="running", word=_("Published"))


def _answer(value: object, status: int) -> Response:
    response = Response(json.encode(value), status, content_type="application/json")
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return response
