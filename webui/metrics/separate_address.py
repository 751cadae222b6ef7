"""The figures at an address of their own, for a monitoring system that has no token."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import start_http_server

from controller.kernel.actor import Actor
from webui.context import WebContext
from webui.listener import BindError
from webui.metrics.exposition import registry_of


@contextmanager
def served_apart(context: WebContext) -> Iterator[int | None]:
    """Serve them at `[metrics] bind` until the block ends; the port. Raises BindError."""
    bind = context.settings.metrics.bind
    if bind is None:
        yield None
        return
    host, _, port = bind.rpartition(":")
    registry = registry_of(context.database.read, Actor.system("metrics"), context.clock)
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BindError(
            f"[metrics] bind: can't listen on {bind}: {reason}; free it, or choose another port"
        ) from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
