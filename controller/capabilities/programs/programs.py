"""Programs for agents, which are signed here and fetched by agents."""

from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from controller.capabilities.agents.models import AgentRow
from controller.capabilities.programs.models import ProgramRow
from controller.domain.time import Utc
from controller.kernel import audit
from controller.kernel.actor import Actor
from controller.kernel.errors import Forbidden, NotFound
from controller.kernel.mapping import to_shape
from controller.kernel.shapes import Shape
from controller.settings import Settings
from controller.wire.base64url import b64decode
from controller.wire.commands import Upgrade
from controller.wire.programs import sign_program
from controller.wire.signatures import Signature, Signer, verify

UNSIGNED = "A" * 86
"""Placeholder for the signature of a program that is about to be signed."""


class Fetch(Shape, frozen=True, kw_only=True):
    """An agent's request for a program, signed as if sent to the topic agents/ID/program."""

    serial: int
    kid: str
    sig: str


def archive_path(settings: Settings, serial: int) -> Path:
    """Return the path of a program's archive."""
    return Path(settings.site.keys).with_name("programs") / f"{serial}.tar.gz"


def offer(
    db: Session, program: Upgrade, authority: Signer, *, actor: Actor, now: Utc
) -> ProgramRow:
    """Sign and store a program, which every agent of its architecture should run."""
    signed = sign_program(program, authority)
    row = ProgramRow(
        serial=signed.serial,
        version=signed.version,
        architecture=signed.architecture,
        sha256=signed.sha256,
        size=signed.size,
        sig=signed.sig,
        withdrawn_at=None,
    )
    db.add(row)
    audit.record(db, actor, now, "program_offered", f"program:{row.serial}", version=row.version)
    db.flush()
    return row


def withdraw(db: Session, serial: int, *, actor: Actor, now: Utc) -> ProgramRow:
    """Stop offering a program; agents that run it keep it. Raises NotFound."""
    row = db.get(ProgramRow, serial)
    if row is None:
        raise NotFound("program", str(serial))
    if row.withdrawn_at is None:
        row.withdrawn_at = now
        audit.record(db, actor, now, "program_withdrawn", f"program:{serial}")
        db.flush()
    return row


def all_programs(db: Session) -> list[ProgramRow]:
    """Return all programs that were ever offered, newest first."""
    return list(db.scalars(select(ProgramRow).order_by(ProgramRow.serial.desc())))


def target_programs(db: Session) -> dict[str, Upgrade]:
    """Return the program that agents should run, by architecture."""
    newest: dict[str, Upgrade] = {}
    for row in all_programs(db):
        if row.withdrawn_at is None:
            newest.setdefault(row.architecture, to_shape(row, Upgrade, version=row.version))
    return newest


def check_fetch(db: Session, agent_id: str, fetch: Fetch) -> int:
    """Check an agent's request and return the program's serial. Raises NotFound, Forbidden."""
    agent = db.get(AgentRow, agent_id)
    if agent is None or agent.public_key is None:
        raise NotFound("agent", agent_id)
    signature = Signature(kid=fetch.kid, sig=fetch.sig)
    topic, payload = f"agents/{agent_id}/program", str(fetch.serial).encode()
    if not verify(b64decode(agent.public_key), topic, payload, signature):
        raise Forbidden("the request is not signed with this agent's current key")
    if agent.revoked_at is not None:
        raise Forbidden("this agent is revoked; enrol it with a new claim code")
    if db.get(ProgramRow, fetch.serial) is None:
        raise NotFound("program", str(fetch.serial))
    return fetch.serial
