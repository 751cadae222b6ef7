"""Documents as tagged PDF, made from a template below `paper/sheet.html` in another process."""

import logging
from functools import cache

from flask import Response, abort, render_template

from controller.kernel.pdf.printer import NotPrinted, Printer
from webui.guard import current_site
from webui.i18n import current
from webui.naming import read_label
from webui.statics import STATIC

PDF = "application/pdf"
_log = logging.getLogger(__name__)


def pdf_response(
    template: str, name: str, *, place: str | None = None, **values: object
) -> Response:
    """Return the template as a PDF of that name, in the language of the request; 503 on failure.

    `place` is who issues the document; without it, the current site.
    """
    html = render_template(
        template, language=current().value, place=place or _site_name(), **values
    )
    try:
        data = _printer().pdf(html)
    except NotPrinted as problem:
        _log.error("%s was not printed: %s", name, problem)
        abort(503)
    answer = Response(data, mimetype=PDF)
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _site_name() -> str:
    at = current_site()
    return read_label(at.name) if at else ""


@cache
def _printer() -> Printer:
    return Printer(STATIC)
