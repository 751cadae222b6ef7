"""Mosquitto's hardened configuration, and its access list of the enrolled agents."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

from controller.capabilities.agents.pki import write_private
from controller.kernel.user_name import user_name
from controller.settings import EVERYWHERE, MqttSettings
from controller.wire.topics import Topics

SECOND_SIGNAL_S = 1.0
"""Seconds until the second signal; the broker reads its files faster than this."""
CONFIGURATION = """\
# Made by `loquet init`. MQTT 5 over TLS 1.3 with client certificates; nobody is anonymous.
per_listener_settings false
# When started as root, Mosquitto becomes this user, who must be able to read its keys.
user {user}
# Nothing is stored: agents and hubs publish retained messages again whenever they connect, and
# sessions end with their connections. With persistence, Mosquitto rewrote its whole store at every
# change (docs/decisions/0184).
persistence false
pid_file {folder}/mosquitto.pid
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
# 44 to 88 ms a round trip without it.
set_tcp_nodelay true
allow_anonymous false
acl_file {folder}/acl
max_packet_size 300000
max_queued_messages 20000
max_queued_bytes 67108864
max_inflight_messages 100

listener {listener}
max_connections 4096
cafile {ca}
certfile {folder}/server.crt
keyfile {folder}/server.key
crlfile {folder}/crl.pem
tls_version tlsv1.3
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""


@dataclass(frozen=True, slots=True)
class BrokerAgent:
    """An agent of the access list; a revoked one is denied everything."""

    site: str
    agent: str
    revoked: bool = False


def configuration(folder: Path, ca: Path, mqtt: MqttSettings) -> str:
    """Return the text of mosquitto.conf; `folder` has the ACL, the CRL and the server
    certificate."""
    bind = mqtt.bind or mqtt.host
    listener = str(mqtt.port) if bind == EVERYWHERE else f"{mqtt.port} {bind}"
    return CONFIGURATION.format(folder=folder, ca=ca, listener=listener, user=user_name())


def access_list(hubs: Iterable[str], agents: Iterable[BrokerAgent]) -> str:
    """Return the text of the ACL: a block for each hub, and one for each agent with its site."""
    blocks = [f"user {hub}\ntopic readwrite loquet/#\n" for hub in sorted(hubs)]
    blocks += [_agent_block(agent) for agent in sorted(agents, key=lambda agent: agent.agent)]
    return "\n".join(blocks)


def _agent_block(agent: BrokerAgent) -> str:
    if agent.revoked:
        return f"user {agent.agent}\ntopic deny loquet/#\n"
    topics = Topics(agent.site)
    lines = [f"topic write {topic}" for topic in topics.agent_writes(agent.agent)]
    lines += [f"topic read {topic}" for topic in topics.agent_reads(agent.agent)]
    return "\n".join([f"user {agent.agent}", *lines, ""])


def install(folder: Path, access: str, revocations: str) -> None:
    """Replace the ACL and the CRL, then have a running broker reload them (SIGHUP)."""
    write_private(folder / "acl", access.encode())
    write_private(folder / "crl.pem", revocations.encode())
    reload(folder)


def reload(folder: Path) -> None:
    """Have a running broker reload its files, and again a moment later.

    While Mosquitto reloads, it may miss another signal (docs/decisions/0195); without the second
    one it could overlook a box that was enrolled or revoked at that moment.
    """
    if _signal_broker(folder):
        Timer(SECOND_SIGNAL_S, _signal_again, (folder,)).start()


def _signal_again(folder: Path) -> None:
    with suppress(OSError):
        _signal_broker(folder)


def _signal_broker(folder: Path) -> bool:
    """Signal the broker; return False if none is running."""
    with suppress(FileNotFoundError, ValueError, ProcessLookupError):
        os.kill(int((folder / "mosquitto.pid").read_text()), signal.SIGHUP)
        return True
    return False
