"""Write the agents' access lists for a local broker; only a hub on the same machine can do that."""

from pathlib import Path

from sqlalchemy.orm import Session

from controller.capabilities.agents import agents, broker, hub_keys
from controller.capabilities.agents.brokers import Address, revocations, sites_at
from controller.capabilities.agents.installation import HUB
from controller.kernel.database import Database


class AccessLists:
    """The access list and the CRL of the broker at an address. For one thread only."""

    def __init__(self, database: Database, folder: Path, at: Address) -> None:
        self._database = database
        self._folder = folder
        self._at = at

    def look(self) -> None:
        """Install what is committed, if it differs. Raises DBAPIError, OSError."""
        with self._database.read() as db:
            access, revoked = self._access(db), revocations(db)
        has = _read(self._folder / "crl.pem")
        if _read(self._folder / "acl") != access or revoked not in (None, has):
            broker.install(self._folder, access, revoked or has)

    def _access(self, db: Session) -> str:
        """The access list of the agents of this hub's sites."""
        sites = set(sites_at(db, self._at))
        enrolled, _ = agents.broker_lists(db)
        here = [agent for agent in enrolled if agent.site in sites]
        return broker.access_list({HUB} | hub_keys.hub_names(db), here)


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
