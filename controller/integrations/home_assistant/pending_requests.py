"""Requests from the broker that wait for the main loop; bounded, whatever is sent."""

from threading import Lock

from controller.domain.time import Utc

MAX_DOORS = 50
MAX_DEVICES = 10_000
MAX_ID_CHARACTERS = 200
"""Characters of a door's or device's id; ids of Loquet are shorter."""


class PendingRequests:
    """Filled on the broker's thread, emptied on the main loop's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._doors: dict[str, Utc] = {}
        self._devices: set[str] = set()

    def add_door(self, door: str, at: Utc) -> None:
        """Record that a door's button was pressed; repeated presses count once."""
        with self._lock:
            if len(door) <= MAX_ID_CHARACTERS and (
                door in self._doors or len(self._doors) < MAX_DOORS
            ):
                self._doors[door] = at

    def add_device(self, device: str) -> None:
        """Note that the broker has a device of this site."""
        with self._lock:
            if len(device) <= MAX_ID_CHARACTERS and len(self._devices) < MAX_DEVICES:
                self._devices.add(device)

    def take_doors(self) -> dict[str, Utc]:
        """Remove and return the requested doors, with the time of the last request."""
        with self._lock:
            doors, self._doors = self._doors, {}
        return doors

    def take_devices(self) -> set[str]:
        """Remove and return the devices that the broker has."""
        with self._lock:
            devices, self._devices = self._devices, set()
        return devices
