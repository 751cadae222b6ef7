"""Keep the MQTT broker in step with agents: access lists, revocations, and open connections."""

import logging
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from controller.capabilities.agents import agents, broker, brokers, eviction, hub_keys
from controller.capabilities.agents.installation import HUB
from controller.capabilities.agents.pki import Authority
from controller.kernel.errors import Conflict
from webui.context import WebContext

_log = logging.getLogger(__name__)


def evict(context: WebContext, agent: str, site: str) -> Callable[[], None]:
    """Return a function that ends a revoked agent's connection to its site's broker."""

    def end_connection() -> None:
        certificate_authority, mqtt = authority(context), context.settings.mqtt
        with context.database.read() as db:
            broker = brokers.broker_of(db, site)
        if broker is not None:
            mqtt = replace(mqtt, host=broker.host, port=broker.port, bind=None)
        if not eviction.evict(mqtt, certificate_authority, agent, context.clock()):
            _log.warning("agent %s is revoked, but its connection could not be ended", agent)

    return end_connection


def authority(context: WebContext) -> Authority:
    """Return the certificate authority. Raises Conflict if this process can't enrol agents."""
    if context.authority is None:
        raise Conflict("this server enrols no agents: it has no certificate authority")
    return context.authority


def install(context: WebContext) -> Callable[[], None]:
    """Return a function that writes the broker's lists of enrolled and revoked agents."""

    def write_lists() -> None:
        with context.database.read() as db:
            enrolled, serials = agents.broker_lists(db)
            hubs = {HUB} | hub_keys.hub_names(db)
        lists = broker.access_list(hubs, enrolled)
        revoked = authority(context).revocation_list(serials, context.clock())
        if not context.settings.mqtt.sites:  # else the hub of each site writes them
            broker.install(Path(context.settings.mqtt.broker_dir), lists, revoked)
        with context.database.write() as db:
            brokers.keep_revocations(db, revoked, context.clock())

    return write_lists
