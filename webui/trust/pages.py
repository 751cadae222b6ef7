"""For whoever's browser does not know this place yet; also read without TLS, before it does."""

from pathlib import Path

from flask import Response, abort, render_template
from flask.typing import ResponseReturnValue

from controller.capabilities.agents.pki import PkiError
from controller.capabilities.agents.web_authority import in_der, shown_fingerprint
from webui.context import context
from webui.room import Pages

pages = Pages("trust", __name__)
_PAIRS = 4
"""Of the fingerprint in a group."""


@pages.get("/trust", None)
def show() -> ResponseReturnValue:
    """What to do, and the fingerprint to compare with what setting up has printed."""
    pairs = shown_fingerprint(_authority()).split(":")
    groups = [" ".join(pairs[at : at + _PAIRS]) for at in range(0, len(pairs), _PAIRS)]
    site = context().settings.site.name
    return render_template(
        "trust/trust.html", groups=groups, place=site, url=context().settings.web.public_url
    )


@pages.get("/trust/loquet.crt", None)
def certificate() -> ResponseReturnValue:
    """The authority, as telephones and computers take it."""
    return Response(_authority(), mimetype="application/x-x509-ca-cert")


def _authority() -> bytes:
    try:
        return in_der(Path(context().settings.site.keys))
    except PkiError:
        abort(404)
