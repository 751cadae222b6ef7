"""Texts go out compressed where the browser takes it: a page has much that is said again and again.

A page holds a form's token and may hold what its address says. So that no length tells of the
token, each answer gets a random number of bytes more (docs/decisions/0103-acts-and-weight.md).
"""

import gzip
import secrets
from io import BytesIO

from flask import Flask, Response, request

TYPES = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})
LEAST = 600
"""Bytes below which it would gain nothing."""
LEVEL = 6
MOST_PADDING = 64


def install(app: Flask) -> None:
    """Compress the answers of this application."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """The same answer, compressed if it is a whole text and the browser takes gzip."""
    if response.mimetype not in TYPES or response.status_code == 206:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip") or response.content_encoding:
        return response
    if response.status_code == 304 or request.method == "HEAD":
        return response
    response.direct_passthrough = False
    text = response.get_data()
    if len(text) >= LEAST:
        response.set_data(_packed(text))
        response.content_encoding = "gzip"
    return response


def _packed(text: bytes) -> bytes:
    """As gzip (RFC 1952), with a name of random length in its head."""
    out, name = BytesIO(), "x" * secrets.randbelow(MOST_PADDING)
    with gzip.GzipFile(name, "wb", LEVEL, out, mtime=0) as file:
        file.write(text)
    return out.getvalue()
