"""The documentation at /docs, from this machine: whoever installs has no internet yet."""

import mimetypes
from pathlib import Path

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue
from werkzeug.security import safe_join

from webui.feature import Pages

SITE = Path(__file__).with_name("site")
"""The documentation site that `./run docs` builds and every package contains."""
KEPT_S = 300
"""For how long a browser need not ask again."""
pages = Pages("documentation", __name__)


@pages.get("/docs/", None)
def index() -> ResponseReturnValue:
    """For everybody, signed in or not."""
    if not is_installed():
        return render_template("documentation/missing.html"), 404
    return show("index.html")


def is_installed() -> bool:
    """Whether there is a site to show."""
    return (SITE / "index.html").is_file()


@pages.get("/docs/<path:file>", None)
def show(file: str) -> Response:
    """One of its pages, or what a page needs."""
    found = safe_join(str(SITE), file)
    if found is None or not Path(found).is_file():
        abort(404)
    kind = mimetypes.guess_type(found)[0] or "application/octet-stream"
    answer = Response(Path(found).read_bytes(), mimetype=kind)
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer
