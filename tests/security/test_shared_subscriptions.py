"""An agent that joins `$share/…` hears nothing of others, and takes nothing from them."""

import pytest

from tests.faults.hub.hub_site import Site
from tests.security.taps import connected

pytestmark = pytest.mark.needs("mosquitto")

GROUPS = ("loquet-hub", "mine")
TAPS = 20


def test_an_agent_in_a_shared_subscription_takes_nothing_from_others(site: Site) -> None:
    """Each tap is told once, and each is acknowledged: none of them went to somebody else."""
    victim, rogue = site.world.agents
    everything = ("loquet/1/+/agents/+/events", "loquet/#")
    shared = [f"$share/{group}/{name}" for group in GROUPS for name in everything]
    with site.hub(), connected(site, victim) as tapped, connected(site, rogue, *shared) as thief:
        tapped.tap()
        tapped.insist()  # until a hub serves
        answered = 0
        for _ in range(TAPS):
            tapped.tap()
            answered += tapped.told(5.0)
        assert answered == TAPS, f"{TAPS - answered} of {TAPS} never reached a hub"
        heard = {thief.heard.get().topic for _ in range(thief.heard.qsize())}
        assert heard <= {rogue.topics.policy_head(), rogue.topics.policy_delta()}, "its own to read"
