"""API of agents: create, claim, renew and revoke them; the broker's access list follows."""

from pathlib import Path
from typing import Annotated

import msgspec

from controller.capabilities.agents import agents, claims, renewals, web_authority
from controller.capabilities.agents.shapes import Agent, AgentFields, ClaimCode, NewAgent
from controller.capabilities.machines import device_commands, plugs
from controller.capabilities.machines.shapes import AccessPoint
from controller.capabilities.training.shapes import Reason
from controller.domain.time import Utc
from controller.kernel.actor import Permission
from controller.kernel.shapes import Label, Slug
from webui.agents.broker_side import authority, evict, install
from webui.api.crud import Paged, patch_route, service_route, with_etag
from webui.api.route import Call, Reply, Route
from webui.machines.api import Accepted, command_route

CLAIMS_PER_MINUTE = 30
"""Limit for one address, counting right and wrong claims.

Each claim needs the database's writer and a signature.
"""

_READ, _WRITE = Permission.AGENTS_READ, Permission.AGENTS_WRITE


class AgentMade(msgspec.Struct, frozen=True, kw_only=True):
    """A new agent and the code that a Pi needs to enrol as it; the code is shown once."""

    id: str
    site_id: str
    name: Label
    claim_code: str
    expires_at: Utc


class CodeFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the code can be used; null: 10 minutes."""

    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] | None = None


class AtReader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of the agent's access points is meant; null if it has only one."""

    access_point: Slug | None = None


def _read_credential(call: Call) -> Reply:
    sent = device_commands.read_at_agent(
        call.db, call.path["id"], call.body.access_point, actor=call.actor, now=call.now
    )
    return Reply(Accepted(command_id=sent.id))


class Plugs(msgspec.Struct, frozen=True, kw_only=True):
    """The plugs that are on the plugs' broker now; empty for an agent that is offline."""

    items: list[plugs.Plug]


def _plugs(call: Call) -> Reply:
    found_plugs = plugs.list_plugs(call.db, call.path["id"], actor=call.actor, now=call.now)
    return Reply(Plugs(items=found_plugs))


def _wire_plug(call: Call) -> Reply:
    new: plugs.NewPlug = call.body
    wired = plugs.wire_plug(
        call.db,
        call.path["id"],
        new.topic,
        name=new.name,
        access_point=new.access_point,
        actor=call.actor,
        now=call.now,
    )
    return Reply(wired)


def _create(call: Call) -> Reply:
    agent, code = agents.create(
        call.db,
        call.body,
        fingerprint16=authority(call.context).fingerprint16,
        actor=call.actor,
        now=call.now,
    )
    new_agent = AgentMade(
        id=agent.id,
        site_id=agent.site_id,
        name=agent.name,
        claim_code=code.claim_code,
        expires_at=code.expires_at,
    )
    return Reply(new_agent)


def _code(call: Call) -> Reply:
    code = agents.claim_code(
        call.db,
        call.path["id"],
        valid_hours=call.body.valid_hours,
        fingerprint16=authority(call.context).fingerprint16,
        actor=call.actor,
        now=call.now,
    )
    return Reply(code)


def _claim(call: Call) -> Reply:
    enrolment = claims.redeem(
        call.db,
        call.body,
        authority=authority(call.context),
        vault=call.context.vault,
        own_broker=_broker(call),
        now=call.now,
    )
    call.after.append(install(call.context))
    return Reply(msgspec.structs.replace(enrolment, web_ca=_web_ca(call)))


def _renew(call: Call) -> Reply:
    renewed = renewals.renew(
        call.db,
        call.path["id"],
        call.body,
        authority=authority(call.context),
        vault=call.context.vault,
        own_broker=_broker(call),
        now=call.now,
    )
    return Reply(msgspec.structs.replace(renewed, web_ca=_web_ca(call)))


def _web_ca(call: Call) -> str | None:
    return web_authority.pem_of(Path(call.context.settings.site.keys))


def _broker(call: Call) -> claims.Broker:
    mqtt = call.context.settings.mqtt
    return claims.Broker(host=mqtt.host, port=mqtt.port)


def _nonce(call: Call) -> Reply:
    return Reply(renewals.nonce(call.db, call.path["id"], now=call.now))


def _revoke(call: Call) -> Reply:
    revoked = agents.revoke(
        call.db, call.path["id"], call.body.reason, actor=call.actor, now=call.now
    )
    call.after.extend((install(call.context), evict(call.context, revoked.id, revoked.site_id)))
    return with_etag(revoked)


ROUTES = [
    service_route("GET", "/agents", agents.page, _READ, "List agents", query=Paged),
    service_route(
        "GET", "/agents/{id}", agents.get, _READ, "Get one agent, with its last telemetry"
    ),
    Route(
        method="POST",
        path="/agents",
        handler=_create,
        body=NewAgent,
        answers=AgentMade,
        status=201,
        permission=_WRITE,
        summary="Create an agent and its claim code",
    ),
    patch_route("/agents/{id}", agents.change, AgentFields, _WRITE, "Change an agent's name"),
    Route(
        method="POST",
        path="/agents/{id}/claim-code",
        handler=_code,
        body=CodeFor,
        answers=ClaimCode,
        status=201,
        permission=_WRITE,
        summary="Create a claim code, to replace a dead Pi under the same id",
    ),
    Route(
        method="POST",
        path="/agents/claim",
        handler=_claim,
        body=claims.Claim,
        answers=claims.Enrolment,
        status=201,
        summary="Exchange a claim code and a CSR for a certificate (no token)",
        per_address=CLAIMS_PER_MINUTE,
    ),
    Route(
        method="GET",
        path="/agents/{id}/renew",
        handler=_nonce,
        answers=renewals.RenewalNonce,
        summary="Get the nonce that the next renewal has to sign (no token)",
        per_address=CLAIMS_PER_MINUTE,
    ),
    Route(
        method="POST",
        path="/agents/{id}/renew",
        handler=_renew,
        body=renewals.Renewal,
        answers=renewals.Renewed,
        status=201,
        summary="Renew a certificate for another 90 days (signed, no token)",
        per_address=CLAIMS_PER_MINUTE,
    ),
    Route(
        method="POST",
        path="/agents/{id}/revoke",
        handler=_revoke,
        body=Reason,
        answers=Agent,
        permission=_WRITE,
        summary="Revoke an agent",
    ),
    Route(
        method="POST",
        path="/agents/{id}/read-credential",
        handler=_read_credential,
        body=AtReader,
        answers=Accepted,
        status=202,
        permission=Permission.CREDENTIALS_WRITE,
        summary="Have an agent report the next badge at its reader instead of deciding on it",
    ),
    Route(
        method="GET",
        path="/agents/{id}/plugs",
        handler=_plugs,
        answers=Plugs,
        permission=_READ,
        summary="List the plugs that an agent has found, and the machine that each powers",
    ),
    Route(
        method="POST",
        path="/agents/{id}/plugs",
        handler=_wire_plug,
        body=plugs.NewPlug,
        answers=AccessPoint,
        status=201,
        permission=_WRITE,
        summary="Make a found plug the power switch of a machine, new or not wired yet",
    ),
    command_route(
        "/agents/{id}/identify",
        device_commands.identify,
        "Blink an agent's indicators",
        Permission.COMMAND,
    ),
]
