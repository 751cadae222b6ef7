"""Compress texts with gzip where the browser accepts it.

A page contains a form token and may contain values from its address. So that no length reveals the
token (the BREACH attack), each answer is padded by a random number of bytes
(docs/decisions/0103-acts-and-weight.md).
"""

import gzip
import secrets
from io import BytesIO

from flask import Flask, Response, request

TYPES = frozenset({"text/html", "text/css", "text/javascript", "image/svg+xml"})
MIN_BYTES = 600
"""Size in bytes below which compression gains nothing."""
LEVEL = 6
MAX_PADDING = 64
"""Largest random padding, in bytes."""


def install(app: Flask) -> None:
    """Compress the answers of this application."""
    app.after_request(compress)


def compress(response: Response) -> Response:
    """Compress the response if it is a complete text and the browser accepts gzip; return it."""
    if response.mimetype not in TYPES or response.status_code == 206:
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip") or response.content_encoding:
        return response
    if response.status_code == 304 or request.method == "HEAD":
        return response
    response.direct_passthrough = False
    text = response.get_data()
    if len(text) >= MIN_BYTES:
        response.set_data(_packed(text))
        response.content_encoding = "gzip"
    return response


def _packed(text: bytes) -> bytes:
    """Return the text as gzip (RFC 1952), with a file name of random length in its header."""
    out, name = BytesIO(), "x" * secrets.randbelow(MAX_PADDING)
    with gzip.GzipFile(name, "wb", LEVEL, out, mtime=0) as file:
        file.write(text)
    return out.getvalue()
