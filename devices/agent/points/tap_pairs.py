"""Actions of two taps in a row at an access point: supervision windows, certifying, admitting
guests."""

from collections.abc import Callable
from typing import Any

from controller.domain.access.decision import Decision, DenyReason
from controller.domain.access.supervision import certify_tap, guest_tap, window_tap
from controller.domain.facts import CredentialKind, Supervisor
from controller.domain.ids import AccessPointId
from controller.wire import events as wire
from controller.wire.events import Event
from controller.wire.ids import uuid7
from devices.agent.judge import Tap
from devices.agent.tools import Tools

_CERTIFIABLE = frozenset(
    {
        DenyReason.CERTIFICATION_MISSING,
        DenyReason.CERTIFICATION_EXPIRED,
        DenyReason.SUPERVISOR_REQUIRED,
    }
)
"""A trainer can certify a member on the spot if the tap was denied for one of these reasons."""


class Pairs:
    """Handles pairs of taps; only the loop's thread uses it.

    The result counts on this agent at once.
    """

    def __init__(self, point: AccessPointId, tools: Tools, note: Callable[[Event], None]) -> None:
        self._id, self._tools, self._note = point, tools, note

    def window(self, tap: Tap) -> bool:
        """Open or close a supervision window by a supervisor's tap; False: the tap is not for
        that."""
        if tap.point.requirement.supervisor is not Supervisor.WINDOW:
            return False
        judge, recorder = self._tools.judge, self._tools.recorder
        change = window_tap(tap.holder, tap.point, judge.facts.site, tap.now, tap.context)
        if change is None:
            return False
        window = change.window
        id = uuid7() if change.opened else judge.window_id(window) or uuid7()
        judge.note_window_change(id, change)
        what: dict[str, Any] = {
            "window_id": id,
            "zone": window.zone,
            "supervisor": window.supervisor,
        }
        if change.opened:
            self._note(recorder.event(wire.WindowOpened, self._id, until=window.until, **what))
        else:
            self._note(recorder.event(wire.WindowClosed, self._id, cause="tap", **what))
        self._tools.recheck()
        return True

    def certify(self, tap: Tap, decision: Decision) -> bool:
        """Certify a member at the machine, by a trainer's badge followed by the member's; False:
        not such a pair."""
        if decision.reason not in _CERTIFIABLE or tap.context.recent is None:
            return False
        judge = self._tools.judge
        certifying = certify_tap(tap.holder, tap.point, judge.facts.site, tap.now, tap.context)
        if certifying is None:
            return False
        judge.note_certification(certifying.trainee, certifying.certifications, tap.now)
        for certification in certifying.certifications:
            self._note(
                self._tools.recorder.event(
                    wire.CertifiedAtMachine,
                    self._id,
                    certification=certification,
                    trainer=certifying.trainer,
                    trainee=certifying.trainee,
                )
            )
        return True

    def admit(self, tap: Tap) -> None:
        """Admit a guest until closing time, if a host has tapped just before."""
        if tap.holder is None or tap.holder.kind is not CredentialKind.GUEST:
            return
        if tap.context.recent is None or tap.context.admitted_until is not None:
            return
        judge = self._tools.judge
        until = guest_tap(tap.holder, tap.point, judge.facts.site, tap.now, tap.context)
        if until is not None:
            judge.note_admission(tap.key, until)
            self._note(
                self._tools.recorder.event(
                    wire.GuestAdmitted,
                    self._id,
                    host=tap.context.recent.holder.member,
                    guest=tap.holder.member,
                    credential=tap.key,
                    until=until,
                )
            )
