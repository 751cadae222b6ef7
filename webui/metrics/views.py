"""The page of figures for Prometheus, for a token that may read them."""

from flask import Response, request
from flask.typing import ResponseReturnValue

from controller.capabilities.metrics.figures import READ_METRICS
from controller.kernel.errors import Forbidden
from webui.api.bearer import RequestRefused, bearer
from webui.context import context
from webui.feature import Pages

pages = Pages("metrics", __name__)


@pages.get("/metrics", None)
def metrics() -> ResponseReturnValue:
    """Return all figures of the sites of the token's account; 401, 403 or 429 with the reason."""
    try:
        actor = bearer()
        actor.require_anywhere(READ_METRICS)
    except RequestRefused as error:
        return _plain_response(str(error), error.status, error.headers)
    except Forbidden as error:
        return _plain_response(str(error), 403, {})
    # imported only when somebody asks, as it costs memory
    from webui.metrics.exposition import exposition, figures_registry

    web = context()
    registry = figures_registry(web.database.read, actor, web.clock)
    body, kind = exposition(registry, request.headers.get("Accept", ""))
    return Response(body, content_type=kind)


def _plain_response(text: str, status: int, headers: dict[str, str]) -> Response:
    return Response(f"{text}\n", status, headers, mimetype="text/plain")
