"""Create the Flask application: pages and API, language, sign-in, headers and errors."""

from collections.abc import Sequence

from flask import Flask
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from controller.kernel.outbox_follower import FollowerThread
from webui import (
    compression,
    errors,
    language,
    request_ids,
    same_origin,
    security,
    sessions,
    static_cache,
    template_context,
)
from webui.activity.views import ACTIONS_KEY as ACTIVITY_ACTIONS
from webui.addresses import add_site
from webui.api import bearer, dispatch
from webui.api.table import table
from webui.context import WebContext, install
from webui.feature import Feature
from webui.features import FEATURES
from webui.integrations import pages as integrations
from webui.live.broadcast import Broadcast, HubCheck, OutboxSource, RightsCheck
from webui.self_service import visitor

SPARE_THREADS = 8
"""Threads that open streams never occupy, so that pages are always answered."""


def create_app(context: WebContext, features: Sequence[Feature] = FEATURES) -> Flask:
    """Return the application for one process; it opens nothing and starts no thread by itself."""
    app = Flask("webui", template_folder="templates", static_folder="static")
    app.secret_key = context.secret
    _see_through_proxies(app, context.settings.web.proxies)
    install(app, context)
    request_ids.install(app)
    static_cache.install(app)
    compression.install(app)
    security.configure(app, context.settings)
    of_pages = filter(None, (feature.catalogues for feature in features))
    language.install(app, (*context.database.house.locale, *of_pages))
    sessions.install(app)
    visitor.install(app)
    same_origin.install(app, context.settings)
    csrf = CSRFProtect(app)
    offered = [feature for feature in features if feature.offered(context)]
    template_context.install(app, context, offered)
    app.extensions["pages"] = [
        page for feature in offered for pages in feature.pages for page in pages
    ]
    app.extensions[ACTIVITY_ACTIONS] = {
        code: action for feature in features for code, action in feature.actions.items()
    }
    errors.install(app)
    max_streams = max(1, context.settings.web.threads - SPARE_THREADS)
    broadcast = Broadcast([_from_outbox(context)], max_streams)
    broadcast.follow(RightsCheck(context.database, broadcast))
    broadcast.follow(HubCheck(context.database))
    app.extensions["broadcast"] = broadcast
    app.extensions[integrations.EXTENSION] = [
        feature.integration for feature in offered if feature.integration
    ]
    app.url_defaults(add_site)
    for pages in (pages for feature in offered for pages in feature.pages):
        app.register_blueprint(pages.blueprint)
        for view in pages.without_token:
            csrf.exempt(view)
    bearer.install(app, context.live)
    api = dispatch.blueprint(table(offered))
    csrf.exempt(api)  # its token is in a header, which another site can't make a browser send
    app.register_blueprint(api)
    return app


def _from_outbox(context: WebContext) -> OutboxSource:
    if context.follower is not None:
        return OutboxSource(context.follower)
    return OutboxSource(FollowerThread(context.database, context.live), is_own=True)


def _see_through_proxies(app: Flask, proxies: int) -> None:
    """Take the client's address from the configured number of proxies.

    So limits count clients rather than the last proxy; further addresses that a client claims are
    ignored.
    """
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=1, x_host=0, x_port=0, x_prefix=0
        )
