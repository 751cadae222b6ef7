"""Makes the events of a tap: granted, denied, or read for a command."""

from dataclasses import fields
from typing import Any

from controller.domain.access.decision import Decision, DenyReason, Detail
from controller.domain.facts import CredentialKind
from controller.wire.events import AccessDenied, AccessGranted, CredentialRead
from devices.agent.judge import Tap
from devices.agent.tools import Tools


def granted_event(tools: Tools, tap: Tap, decision: Decision) -> AccessGranted:
    """Return the event of a granted tap."""
    holder = tap.holder
    return tools.recorder.event(
        AccessGranted,
        tap.point.id,
        credential_kind=CredentialKind.MEMBER if holder is None else holder.kind,
        headcount=1 if holder is None else max(1, holder.headcount or 1),
        notices=decision.notices,
        **_common(tools, tap),
    )


def denied_event(tools: Tools, tap: Tap, decision: Decision) -> AccessDenied:
    """Return the event of a denied tap."""
    return tools.recorder.event(
        AccessDenied,
        tap.point.id,
        reason=decision.reason or DenyReason.CREDENTIAL_UNKNOWN,
        detail=detail_fields(decision.detail) or None,
        **_common(tools, tap),
    )


def read_event(tools: Tools, tap: Tap, command_id: str) -> CredentialRead:
    """Return the event of a badge that was read for a command, without a decision."""
    return tools.recorder.event(
        CredentialRead, tap.point.id, command_id=command_id, **_common(tools, tap)
    )


def detail_fields(detail: Detail) -> dict[str, Any]:
    """Return the fields of a detail that differ from their defaults."""
    values = ((field.name, getattr(detail, field.name), field.default) for field in fields(detail))
    return {name: value for name, value, default in values if value != default}


def _common(tools: Tools, tap: Tap) -> dict[str, Any]:
    return {
        "credential": tap.key,
        "member": None if tap.holder is None else tap.holder.member,
        "assurance": tap.assurance,
        "policy_version": tools.judge.facts.version,
    }
