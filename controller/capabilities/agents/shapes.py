"""Agents in the form that the API and the pages use."""

from typing import Annotated

import msgspec

from controller.domain.time import Utc
from controller.kernel.shapes import Label, Shape, Slug


class AgentFields(Shape, frozen=True, kw_only=True):
    """The fields of an agent that can be changed."""

    name: Label


class NewAgent(AgentFields, frozen=True, kw_only=True):
    """An agent to create, together with a claim code."""

    id: Slug
    site_id: Slug | None = None
    valid_hours: Annotated[int, msgspec.Meta(ge=1, le=24)] | None = None
    """How long the claim code can be used; null: 10 minutes."""


class Agent(AgentFields, frozen=True, kw_only=True):
    """An agent with its last reported state; `online` is None when it is unknown."""

    id: Slug
    site_id: Slug
    kid: str | None
    enrolled_at: Utc | None
    revoked_at: Utc | None
    certificate_until: Utc | None
    online: bool | None
    seen_at: Utc | None
    program_version: str | None
    policy_version: int | None
    started_at: Utc | None
    telemetry: dict[str, object] | None
    version: int


class ClaimCode(Shape, frozen=True, kw_only=True):
    """A claim code, shown once; a Pi that redeems it becomes the agent `agent_id`."""

    agent_id: Slug
    claim_code: str
    expires_at: Utc
