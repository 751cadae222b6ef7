"""What tests of agent only share with others."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from controller.capabilities.agents.pki import Authority, certificate_pem
from controller.domain.time import Utc
from controller.wire.base64url import b64encode
from controller.wire.rows import HubKey
from controller.wire.signatures import Signer
from devices.agent.enrolment.identity import Enrolment, IdentityFiles, MqttAddress

RED, GREEN, POWER = 5, 6, 17
BENCH = f"""
[[machine]]
name = "laser"
board = "atelier"
pin = {POWER}
drive = "pump"
[[reader]]
name = "laser"
link = "{{folder}}/reader"
"""
CONFIG = f"""
[agent]
id = "atelier"
state_dir = "state"
pins = "sim:{{folder}}/pins"
[[agent.access_point]]
id = "laser"
kind = "machine"
reader = {{{{ driver = "em4100_serial", port = "{{folder}}/reader" }}}}
power = {{{{ driver = "gpio_pulse", pin = {POWER} }}}}
indicator = {{{{ driver = "gpio", red = {RED}, green = {GREEN} }}}}
"""


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An enrolled agent's folder: configuration, identity, and what stands on its bench."""
    folder = tmp_path_factory.mktemp("a")
    (folder / "config.toml").write_text(CONFIG.format(folder=folder))
    (folder / "bench.toml").write_text(BENCH.format(folder=folder))
    return folder


def enrol(folder: Path, broker_port: int) -> None:
    """Leave in the state folder what enrolment leaves."""
    files = IdentityFiles(folder / "state")
    files.folder.mkdir()
    now, signer, hub = Utc.parse("2026-01-01T00:00:00.000Z"), Signer.generate(), Signer.generate()
    authority = Authority.create("test", now)
    until = now + timedelta(days=36500)
    certificate = authority.issue("atelier", signer.private_key.public_key(), until)
    signer.save(files.key)
    files.certificate.write_text(certificate_pem(certificate))
    files.ca.write_text(authority.ca_pem)
    files.credential_key.write_text(b64encode(bytes(32)))
    enrolment = Enrolment(
        agent_id="atelier",
        site_id="site",
        url="http://127.0.0.1:9",
        mqtt=MqttAddress("127.0.0.1", broker_port),
        hub_keys=(HubKey(kid=hub.kid, public_key=b64encode(hub.public_key_bytes)),),
    )
    files.enrolment.write_bytes(msgspec.json.encode(enrolment))
