"""The agents that a hub hears: those of the sites whose lease it holds."""

from controller.hub.lease import Leases
from controller.wire.link_port import Link
from controller.wire.topics import hub_subscriptions


class Subscriptions:
    """Subscribes and unsubscribes. For one thread only."""

    def __init__(self, leases: Leases, link: Link) -> None:
        self._leases = leases
        self._link = link
        self._sites: frozenset[str] = frozenset()

    def follow(self) -> None:
        """Hear the sites that are held now; and one that is given up until another hub has it:
        twice does no harm, and nobody is left unheard."""
        held = self._leases.held()
        gone = (self._sites & self._leases.elsewhere()) - held
        for site in held - self._sites:
            for topic_filter in hub_subscriptions(site):
                self._link.subscribe(topic_filter)
        for site in gone:
            for topic_filter in hub_subscriptions(site):
                self._link.unsubscribe(topic_filter)
        self._sites = (self._sites | held) - gone
