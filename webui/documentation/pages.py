"""The documentation at /docs and the program's source at /source, which an installation offers
without internet access."""

import mimetypes
from importlib.metadata import version
from pathlib import Path

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue
from werkzeug.security import safe_join

from webui.feature import Pages

SITE = Path(__file__).with_name("site")
"""The documentation site that `./run docs` builds and every package contains."""
SOURCE_ARCHIVE = "loquet-source.tar.gz"
"""The source of this very program, which every package contains beside the documentation."""
KEPT_S = 300
"""How long a browser may keep a page, in seconds."""
pages = Pages("documentation", __name__)


@pages.get("/docs/", None)
def index() -> ResponseReturnValue:
    """Show the first page to everybody, signed in or not."""
    if not is_installed():
        return render_template("documentation/missing.html"), 404
    return show("index.html")


def is_installed() -> bool:
    """Return whether the documentation is installed."""
    return (SITE / "index.html").is_file()


@pages.get("/docs/<path:file>", None)
def show(file: str) -> Response:
    """Serve one of its pages or another file."""
    path = safe_join(str(SITE), file)
    if path is None or not Path(path).is_file():
        abort(404)
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    answer = Response(Path(path).read_bytes(), mimetype=kind)
    answer.headers["Cache-Control"] = f"public, max-age={KEPT_S}"
    return answer


@pages.get("/source", None)
def source() -> ResponseReturnValue:
    """Offer the source to every user of the program, as its licence asks (AGPL, section 13)."""
    archive = SITE / SOURCE_ARCHIVE
    megabytes = round(archive.stat().st_size / 1_000_000) or 1 if archive.is_file() else 0
    return render_template(
        "documentation/source.html", version=version("loquet"), file=archive.name, size=megabytes
    )
