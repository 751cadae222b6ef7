"""Hand a sync request to whichever hub holds the site's lease: any hub may have received it."""

import json
from collections.abc import Callable, Iterable

from controller.hub.admission import Admission
from controller.hub.counters import Counters
from controller.hub.lease import Leases
from controller.hub.policy import PolicySender
from controller.live import Live
from controller.wire.codec import decode, encode
from controller.wire.errors import WireError
from controller.wire.link_port import Incoming
from controller.wire.messages import SyncRequest

SYNC = "hub-sync"
"""Channel on which hubs pass sync requests on."""


class SyncRelay:
    """Answers the requests of sites whose lease this hub holds, and passes on the others."""

    def __init__(
        self,
        admission: Admission,
        leases: Leases,
        sender: PolicySender,
        live: Live,
        counters: Counters,
    ) -> None:
        self._admission = admission
        self._leases = leases
        self._sender = sender
        self._live = live
        self._counters = counters

    def receive(self, messages: Iterable[Incoming]) -> None:
        """Handle requests from the broker. What gets lost is asked again after 5 s."""
        for admitted in self._admission.admit(messages):
            request = self._admission.read(admitted, SyncRequest)
            if request is None:
                continue
            site, agent = admitted.agent.site, admitted.agent.id
            if self._leases.holds(site):
                self._sender.answer(site, agent, request)
            else:
                self._live.publish(SYNC, json.dumps([site, agent, encode(request).decode()]))

    def passed_on(self, text: str) -> Callable[[], None] | None:
        """The job that another hub passes on; None when it is not for this one."""
        site, agent, payload = json.loads(text)
        if not self._leases.holds(site):
            return None
        try:
            request = decode(payload.encode(), SyncRequest).value
        except WireError:
            self._counters.add("dropped_malformed")
            return None
        return lambda: self._sender.answer(site, agent, request)
