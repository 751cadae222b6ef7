"""Whether this process lives, and whether it can answer."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webui.context import context

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """200 as long as the process answers at all."""
    return {"status": "ok"}


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """200 once the database answers; 503 with what does not."""
    if not context().database.answers():
        return {"status": "unavailable", "database": "does not answer"}, 503
    return {"status": "ok"}
