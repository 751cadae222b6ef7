"""Answer agents that ask for a page of the policy."""

from collections.abc import Iterable

from controller.hub.admission import Admission
from controller.hub.policy import PolicySender
from controller.wire.link_port import IncomingMessage
from controller.wire.messages import SyncRequest


class Syncs:
    """Hands each request to who sends; what gets lost is asked again after 5 s."""

    def __init__(self, admission: Admission, sender: PolicySender) -> None:
        self._admission = admission
        self._sender = sender

    def handle(self, messages: Iterable[IncomingMessage]) -> None:
        """Answer the requests of agents that are what they claim. Raises DBAPIError."""
        for admitted in self._admission.admit(messages):
            request = self._admission.read(admitted, SyncRequest)
            if request is not None:
                self._sender.answer(admitted.agent.site, admitted.agent.id, request)
