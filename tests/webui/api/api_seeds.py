"""What agents have told before the first request, and an agent that enrols as agents do."""

from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from controller.capabilities.agents import eviction
from controller.capabilities.agents.models import AgentRow, AgentState
from controller.capabilities.agents.pki import Authority
from controller.capabilities.alarms.models import Alarm
from controller.capabilities.machines.models import PointStateRow
from controller.capabilities.programs.models import ProgramRow
from controller.capabilities.usage.models import SessionRow
from controller.domain.ids import AccessPointId
from controller.domain.time import Utc
from controller.kernel.database import Database
from controller.kernel.journal import Quarantine
from controller.live import Live
from controller.settings import MqttSettings, Settings, SiteSettings, WebSettings
from controller.wire.events import DoorForced
from controller.wire.ids import uuid7
from controller.wire.journal_bytes import GENESIS, event_hash, seal
from controller.wire.signatures import Signer
from tests.support.applications import an_application
from tests.support.clock import Clock
from tests.support.event_rows import add_event
from tests.webui.api.api_tape import Tape
from tests.webui.conftest import NOW, SITE
from webui.context import WebContext

BOOT = "00000000-0000-4000-8000-000000000001"


def application(database: Database, folder: Path) -> FlaskClient:
    """An application that enrols agents."""
    settings = Settings(
        site=SiteSettings(id=SITE, name="La Fabrique", keys=str(folder / "keys")),
        web=WebSettings(public_url="http://127.0.0.1:8000"),
        mqtt=MqttSettings(port=9, broker_dir=str(folder)),
    )
    context = WebContext(
        settings=settings,
        database=database,
        live=Live("embedded"),
        secret="s" * 40,
        credential_keys={SITE: b"k" * 32},
        own_key=b"w" * 32,
        clock=Clock(NOW),
        authority=Authority.create("Example", NOW),
    )
    return an_application(context).test_client()


def told_by_agents(database: Database) -> str:
    """An agent that is there, an event, an alarm, a session, one event put aside; the session."""
    power = {"driver": "gpio_pulse", "pin": 17}
    drill = {"id": "drill", "reader": {"driver": "rc522"}, "power": power}
    wired = {"access_points": [drill, {"id": "press"}]}
    session = uuid7()
    with database.write() as db:
        db.add(
            AgentRow(
                id="wood-pi", site_id=SITE, name={"en": "Woodshop"}, wiring=wired, created_at=NOW
            )
        )
        db.flush()
        db.add(
            AgentState(
                agent_id="wood-pi",
                online=True,
                boot_id=BOOT,
                connection=1,
                version="1.0",
                protocols=["1"],
                epoch=1,
                policy_version=1,
                stream=uuid7(),
                started_at=NOW,
                seen_at=NOW,
            )
        )
        _event(db)
        db.add(
            Alarm(
                id=uuid7(),
                key="event:1",
                site_id=SITE,
                agent_id="wood-pi",
                access_point_id="front-door",
                kind="door_forced",
                detail={},
                raised_at=NOW,
            )
        )
        db.add(
            SessionRow(
                id=session,
                site_id=SITE,
                agent_id="wood-pi",
                access_point_id="laser-1",
                started_at=Utc.parse("2026-10-20T09:00:00.000Z"),
                ended_at=Utc.parse("2026-10-20T10:00:00.000Z"),
                active_s=3000.0,
                idle_s=600.0,
                powered_s=3600.0,
                gap_s=0.0,
                cause="badge_out",
            )
        )
        db.add(
            Quarantine(
                id=uuid7(),
                site_id=SITE,
                agent_id="wood-pi",
                stream=uuid7(),
                seq=9,
                received_at=NOW,
                reason="unknown type",
                raw=b"{}",
                hash=event_hash(b"{}"),
            )
        )
    return session


def granted(access_point: str, session: str) -> PointStateRow:
    """Its agent has granted somebody there."""
    return PointStateRow(
        access_point_id=access_point,
        agent_id="wood-pi",
        state="armed",
        since=NOW,
        session_id=session,
        available=True,
        warning=False,
        faults=[],
        received_at=NOW,
    )


def _event(db: Session) -> None:
    event = DoorForced(
        event_id=uuid7(),
        boot_id=BOOT,
        mono_ms=1,
        at=NOW,
        clock_trusted=True,
        access_point=AccessPointId("front-door"),
    )
    add_event(
        db,
        agent="wood-pi",
        stream=uuid7(),
        seq=1,
        event_id=event.event_id,
        site=SITE,
        point="front-door",
        type="door_forced",
        at=NOW,
        received_at=NOW,
        raw=seal(event, 1, GENESIS),
    )


def enrol(tape: Tape, database: Database, folder: Path) -> None:
    """An agent is made, claims its certificate, renews it, fetches a program, and is revoked."""

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = tape.call("POST", f"/api/v1{path}", body)
        assert answer.status_code < 300, (path, answer.get_data(as_text=True))
        return answer.get_json()

    signer, other = Signer.generate(), Signer.generate()
    post("/agents", {"id": "metal-pi", "name": {"en": "Metal shop"}})
    code = post("/agents/metal-pi/claim-code", {"valid_hours": 2})["claim_code"]
    post("/agents/claim", {"claim_code": code, "csr": request(signer)})
    new = request(other)
    nonce = tape.call("GET", "/api/v1/agents/metal-pi/renew").get_json()["nonce"]
    proof = signer.sign("agents/metal-pi/renew", f"{new}\n{nonce}".encode())
    renewal = {"csr": new, "kid": proof.kid, "sig": proof.sig, "nonce": nonce}
    post("/agents/metal-pi/renew", renewal)
    serial = _program(database, folder)
    proof = other.sign("agents/metal-pi/program", str(serial).encode())
    asked = {"serial": serial, "kid": proof.kid, "sig": proof.sig}
    answer = tape.call("POST", "/api/v1/agents/metal-pi/program", asked)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    answer.close()
    with patch.object(eviction, "WAIT_S", 0.0):  # there is no broker to wait for
        post("/agents/metal-pi/revoke", {"reason": "stolen"})


def _program(database: Database, folder: Path) -> int:
    """One that is kept for agents."""
    (folder / "programs").mkdir()
    (folder / "programs/1795512600000.tar.gz").write_bytes(b"a program")
    with database.write() as db:
        row = ProgramRow(
            serial=1_795_512_600_000,
            version="0.3.0",
            architecture="arm64",
            sha256="7c" * 32,
            size=9,
            sig="A" * 86,
        )
        db.add(row)
        return row.serial


def request(signer: Signer) -> str:
    """A certificate request in PEM."""
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "agent")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    signed = builder.sign(signer.private_key, None)
    return signed.public_bytes(serialization.Encoding.PEM).decode()
