"""Security headers and cookie settings for every response."""

from datetime import timedelta

from flask import Flask, Response, request

from controller.settings import Settings

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""The policy of every page, which loads only our own files."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers that every response gets, unless the view has set them."""
YEAR_S = 31_536_000
"""A year in seconds."""


def configure(app: Flask, settings: Settings) -> None:
    """Set limits of cookies and requests, and add the headers; cookies are `Secure` with https."""
    secure = settings.web.public_url.startswith("https:")
    app.config.update(
        SESSION_COOKIE_NAME="__Host-loquet" if secure else "loquet",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=12),
        # An answer still on its way at sign-out would otherwise bring the session back.
        SESSION_REFRESH_EACH_REQUEST=False,
        MAX_CONTENT_LENGTH=1_048_576,
        MAX_FORM_PARTS=200,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; an open page must not go stale
        WTF_CSRF_SSL_STRICT=secure,
        SEND_FILE_MAX_AGE_DEFAULT=timedelta(seconds=YEAR_S),
    )

    def add_headers(response: Response) -> Response:
        # the view has set who may embed it
        may_be_framed = "Content-Security-Policy" in response.headers
        for name, value in HEADERS.items():
            if not (may_be_framed and name == "X-Frame-Options"):
                response.headers.setdefault(name, value)
        if secure:
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
        if request.endpoint != "static":
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    app.after_request(add_headers)
