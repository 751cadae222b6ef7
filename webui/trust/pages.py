"""The pages on trusting the certificate authority; also served without TLS, for new browsers."""

from pathlib import Path

from flask import Response, abort, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from controller.capabilities.agents.pki import PkiError
from controller.capabilities.agents.web_authority import (
    certificate_der,
    has_authority,
    shown_fingerprint,
)
from controller.kernel.actor import Permission
from webui.agents.packages import ARCHITECTURES, package_file
from webui.context import context
from webui.feature import Pages
from webui.qr_codes import qr

pages = Pages("trust", __name__)
_PAIRS = 4
"""How many pairs of the fingerprint form a group."""


@pages.get("/trust", None)
def show() -> ResponseReturnValue:
    """Show what to do, and the fingerprint to compare with the one that setup printed."""
    site = context().settings.site.name
    return render_template(
        "trust/trust.html", groups=_groups(), place=site, url=context().settings.web.public_url
    )


@pages.get("/trust/poster", Permission.LIVE_READ)
def poster() -> ResponseReturnValue:
    """Show a poster with a QR code of that page, and the fingerprint."""
    address = f"{context().settings.web.public_url.rstrip('/')}{url_for('trust.show')}"
    groups = _groups() if has_authority(Path(context().settings.site.keys)) else []
    return render_template("trust/poster.html", groups=groups, address=address, qr=qr(address))


@pages.get("/trust/loquet.crt", None)
def certificate() -> ResponseReturnValue:
    """Return the authority's certificate as phones and computers take it."""
    return Response(_authority(), mimetype="application/x-x509-ca-cert")


@pages.get("/trust/loquet-agent_<architecture>.deb", None)
def agent_package(architecture: str) -> ResponseReturnValue:
    """Return the agent's newest package; whoever installs it knows its checksum."""
    web = context().settings.web
    file = package_file(web, architecture) if architecture in ARCHITECTURES else None
    if file is None:
        abort(404)
    return send_file(file.resolve(), mimetype="application/vnd.debian.binary-package")


def _groups() -> list[str]:
    """Return the fingerprint, in groups that are easy to compare."""
    pairs = shown_fingerprint(_authority()).split(":")
    return [" ".join(pairs[at : at + _PAIRS]) for at in range(0, len(pairs), _PAIRS)]


def _authority() -> bytes:
    try:
        return certificate_der(Path(context().settings.site.keys))
    except PkiError:
        abort(404)
