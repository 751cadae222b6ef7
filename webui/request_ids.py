"""Gives each request an id, which appears in log lines and error responses."""

from uuid import uuid4

from flask import Flask, Response

from controller.kernel.log_lines import REQUEST

HEADER = "X-Request-Id"
"""The header of error responses with the request's id."""


def install(app: Flask) -> None:
    """Install the ids in the application; to be called before anything may write to the log."""

    def set_request_id() -> None:
        REQUEST.set(uuid4().hex)

    def add_request_id(response: Response) -> Response:
        """Add the request id to error responses, for users to report."""
        if response.status_code >= 500:
            response.headers[HEADER] = REQUEST.get() or ""
        return response

    app.before_request(set_request_id)
    app.after_request(add_request_id)
