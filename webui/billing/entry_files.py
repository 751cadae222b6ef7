"""The entries of a period as one archive."""

from pathlib import PurePath

from flask import Response

from controller.capabilities.billing.exports import Export

ZIP = "application/zip"


def as_zip(made: Export) -> Response:
    """The file and its description."""
    name = PurePath(next(iter(made.files))).with_suffix(".zip").name
    answer = Response(made.archive(), mimetype=ZIP)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer
