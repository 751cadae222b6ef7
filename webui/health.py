"""Whether this process lives, and whether it can answer."""

from flask.typing import ResponseReturnValue

from webui.context import context
from webui.room import Pages

pages = Pages("health", __name__)


@pages.get("/health/live", None)
def live() -> ResponseReturnValue:
    """200 as long as the process answers at all."""
    return {"status": "ok"}


@pages.get("/health/ready", None)
def ready() -> ResponseReturnValue:
    """200 once the database answers; 503 with what does not."""
    if not context().database.answers():
        return {"status": "unavailable", "database": "does not answer"}, 503
    return {"status": "ok"}
