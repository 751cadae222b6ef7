"""Each request has an id, which the log's lines bear, and an answer that is an error of ours."""

from uuid import uuid4

from flask import Flask, Response

from controller.kernel.log_lines import REQUEST

HEADER = "X-Request-Id"


def install(app: Flask) -> None:
    """To be called before whatever may write to the log."""

    def begin() -> None:
        REQUEST.set(uuid4().hex)

    def told(response: Response) -> Response:
        """Add the request id to error responses, for users to report."""
        if response.status_code >= 500:
            response.headers[HEADER] = REQUEST.get() or ""
        return response

    app.before_request(begin)
    app.after_request(told)
