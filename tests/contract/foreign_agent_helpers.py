"""What tests of foreign agent share with others."""

from tests.contract import foreign_agent as foreign
from tests.contract.foreign_agent import Identity
from tests.support.running_place import RunningPlace


def claimed(place: RunningPlace, name: str) -> Identity:
    """A new agent in charge of an access point of its own."""
    new = {"id": name, "site_id": place.site, "name": {"en": "Foreign"}}
    code = place.make("/agents", new)["claim_code"]
    point = {"id": f"{name}-saw", "agent_id": name, "kind": "machine", "name": {"en": "Saw"}}
    place.make("/access-points", point)
    return foreign.claim(place.url, code)
