"""Build the controller from the settings, for `serve`, `web` and `hub`."""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from socket import socket
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine

from controller.assembly import HOUSE
from controller.capabilities.agents.installation import credential_key, hub_name, own_key
from controller.capabilities.agents.pki import Authority
from controller.cli.disk_wait import WaitStopped, wait_for_disk_space
from controller.cli.numbers import vault_here
from controller.cli.process_tuning import limit_memory, tune_for_latency
from controller.domain.time import Utc
from controller.kernel.database import Database, wall_clock
from controller.kernel.health import Cause, DatabaseOutage, DatabaseUnavailable
from controller.kernel.outbox_follower import FollowerThread
from controller.live import EMBEDDED, Live
from controller.settings import Settings, SettingsError
from controller.settings.reading import read_secret
from controller.store.engine import open_database
from controller.store.migrate import mark_file, require_current
from controller.systemd import Watchdog

if TYPE_CHECKING:
    from controller.hub.runtime import Hub
    from controller.wire.link import PahoLink
    from controller.wire.signatures import Signer
    from webui.bench.hardware import Hardware
    from webui.context import WebContext


@dataclass(frozen=True, slots=True)
class Clocks:
    """The wall clock and the monotonic clock that the controller uses.

    By default this computer's.
    """

    now: Callable[[], Utc] = wall_clock
    monotonic: Callable[[], float] = time.monotonic


@dataclass(frozen=True, slots=True)
class Controller:
    """The parts that every process of the controller needs."""

    settings: Settings
    database: Database
    live: Live
    follower: FollowerThread
    """Follows the outbox for all parts of this process."""
    clocks: Clocks = field(default_factory=Clocks)


@contextmanager
def open_controller(
    settings: Settings,
    *,
    single_process: bool,
    clocks: Clocks | None = None,
    outage: DatabaseOutage | None = None,
) -> Iterator[Controller]:
    """Open the database, which must be of this version, and Redis.

    `single_process`: hub and web run in this one process; only then may Redis be embedded.
    `clocks` None: this computer's. `outage`: an earlier outage that the database's health should
    still show. Raises SettingsError, DatabaseError.
    """
    clocks = clocks or Clocks()
    if not single_process and settings.redis.url == EMBEDDED:
        raise SettingsError(
            f"{settings.source}: redis.url: separate hub and web processes need Redis, such as"
            " redis://localhost:6379/0; or run loquet serve"
        )
    engine = open_database(settings.database.url)
    try:
        require_current(engine, HOUSE.migrations)
        # if the file can't be written now, the path identifies it in reports
        with suppress(sqlite3.Error):
            mark_file(engine)
        live = Live(settings.redis.url)
        database = Database(
            engine,
            live,
            clocks.now,
            house=HOUSE,
            vault=vault_here(settings),
            mail_is_on=settings.mail.is_on,
        )
        if outage is not None:
            database.health.record_past(outage)
        follower = FollowerThread(database, live)
        try:
            yield Controller(settings, database, live, follower, clocks)
        finally:
            follower.stop()
    finally:
        engine.dispose()


@contextmanager
def running_hub(controller: Controller, watchdog: Watchdog | None = None) -> Iterator["Hub"]:
    """Run a hub until the block ends; its loops report to `watchdog`."""
    from controller.hub.runtime import Hub
    from controller.wire.signatures import Signer

    signer = Signer.load(Path(controller.settings.mqtt.key))
    hub = Hub(
        controller.database,
        _link(controller.settings, signer),
        signer,
        controller.live,
        name=hub_name(controller.settings),
        clock=controller.clocks.now,
        monotonic=controller.clocks.monotonic,
        settings=controller.settings,
        watchdog=watchdog,
        follower=controller.follower,
    )
    hub.start()
    try:
        with _other_brokers(controller, hub.leases.holds):
            yield hub
    finally:
        hub.stop()


def _link(settings: Settings, signer: "Signer") -> "PahoLink":
    from controller.wire.link import PahoLink

    mqtt = settings.mqtt
    return PahoLink(
        host=mqtt.hub_host,
        port=mqtt.port,
        ca=Path(mqtt.ca),
        cert=Path(mqtt.cert),
        key=Path(mqtt.key),
        client_id=hub_name(settings),
        signer=signer,
    )


@contextmanager
def _other_brokers(controller: Controller, holds: Callable[[str], bool]) -> Iterator[None]:
    """Connect to the brokers of Home Assistant and FabOMatic while this hub serves the site.

    `holds`: whether this hub has the lease of a site.
    """
    from controller.integrations.fabomatic.runtime import running_fabomatic
    from controller.integrations.home_assistant.runtime import running_home_assistant

    settings, clocks = controller.settings, controller.clocks
    with (
        running_home_assistant(
            controller.database,
            controller.follower,
            settings.home_assistant,
            settings.site.id,
            holds,
            clock=clocks.now,
            monotonic=clocks.monotonic,
        ),
        running_fabomatic(
            controller.database,
            settings.fabomatic,
            settings.site.id,
            credential_key(settings),
            holds,
            clock=clocks.now,
        ),
    ):
        yield


def serve_web(settings: Settings, *, with_hub: bool, clocks: Clocks | None = None) -> None:
    """Serve pages and API, and a hub with them if wanted, until SIGTERM or SIGINT.

    `clocks` None: this computer's.
    """
    from controller.kernel.log_lines import log_to_stderr
    from webui.app import create_app
    from webui.listener import listen
    from webui.metrics.exposition import serve_metrics
    from webui.server import serve

    limit_memory()
    log_to_stderr()
    clocks = clocks or Clocks()
    listener, watchdog = listen(settings.web.bind), Watchdog()
    # before the hub's loops, or READY=1 would be sent without the web server
    round_done = watchdog.loop("web")
    try:
        outage = wait_for_disk_space(
            settings, clocks.now, partial(_serve_outage, settings, listener, clocks)
        )
    except WaitStopped:
        return
    with ExitStack() as stack:
        controller = stack.enter_context(
            open_controller(settings, single_process=with_hub, clocks=clocks, outage=outage)
        )
        context = web_context(controller)
        app = create_app(context)
        if with_hub:  # only now, so that its threads need not wait for modules to be imported
            stack.enter_context(running_hub(controller, watchdog))
        stack.enter_context(serve_metrics(context))
        stack.enter_context(_senders(controller, context.secret))
        tune_for_latency()
        _print_line(f"Loquet is up at {settings.web.public_url} (listening on {settings.web.bind})")
        serve(app, listener, settings.web.threads, round_done)


@contextmanager
def _serve_outage(
    settings: Settings, listener: socket, clocks: Clocks, engine: Engine
) -> Iterator[None]:
    """Serve pages and API that only report the problem while the controller can't start."""
    from webui.app import create_app
    from webui.server import serve_while

    live = Live(settings.redis.url)
    database = Database(engine, live, clocks.now, house=HOUSE, vault=vault_here(settings))
    database.health.failed(DatabaseUnavailable(Cause.FULL))
    follower = FollowerThread(database, live)
    app = create_app(web_context(Controller(settings, database, live, follower, clocks)))
    try:
        with serve_while(app, listener.dup(), settings.web.threads):
            yield
    finally:
        follower.stop()


def _print_line(text: str) -> None:
    """Print a line; if the log's disk is full, print nothing from now on."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = None  # the cleanup at the end must not fail


@contextmanager
def _senders(controller: Controller, secret: str) -> Iterator[None]:
    """Run the senders of webhooks, chat messages and mail until the block ends."""
    from controller.integrations.chat.sender import running_chat
    from controller.integrations.mail.sender import running_mail
    from controller.integrations.webhooks.sender import running_webhooks

    database, follower, settings = controller.database, controller.follower, controller.settings
    clock, allow_private = controller.clocks.now, settings.webhooks.allow_private
    with (
        running_webhooks(database, follower, secret, allow_private=allow_private, clock=clock),
        running_chat(database, follower, settings, secret, clock=clock),
        running_mail(database, settings, secret, clock=clock),
    ):
        yield


def web_context(controller: Controller) -> "WebContext":
    """Return the context that pages and API need."""
    from webui.context import WebContext

    settings = controller.settings
    return WebContext(
        settings=settings,
        database=controller.database.interactive(),
        live=controller.live,
        follower=controller.follower,
        secret=read_secret(settings.web.secret),
        authority=Authority.load(Path(settings.site.keys)),
        credential_keys={settings.site.id: credential_key(settings)},
        own_key=own_key(settings),
        hardware=None if settings.web.bench_socket is None else hardware(settings.web.bench_socket),
        clock=controller.clocks.now,
    )


def hardware(socket: str) -> "Hardware":
    """Return a client for the control socket of the simulated hardware, for the Bench page."""
    from devices.sim.client import BenchError, SimBench
    from webui.bench.hardware import HardwareError

    def ask(op: str, **fields: Any) -> dict[str, Any]:
        try:
            with SimBench(socket) as bench:
                return bench.do(op, **fields)
        except BenchError as error:
            raise HardwareError(str(error)) from error

    return ask
