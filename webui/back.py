"""Where an act leads back to: to *Since* when its form stands there, else where it always does."""

from flask import request, url_for

SINCE = "since"


def back_to(address: str) -> str:
    """That address, unless the form says that it stands in *Since*."""
    if request.form.get("back") != SINCE:
        return address
    return url_for("since.show", since=request.form.get("since") or None)
