"""What the broker asks for, until the loop sees to it: bounded, whatever is sent."""

from threading import Lock

from controller.domain.time import Utc

MOST_DOORS = 50
MOST_DEVICES = 10_000
LONGEST = 200
"""Letters of a door's or device's id; ours are shorter."""


class PendingRequests:
    """Filled on the broker's thread, emptied on the loop's."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._doors: dict[str, Utc] = {}
        self._devices: set[str] = set()

    def add_door(self, door: str, at: Utc) -> None:
        """Somebody pressed; again before it was seen to is once."""
        with self._lock:
            if len(door) <= LONGEST and (door in self._doors or len(self._doors) < MOST_DOORS):
                self._doors[door] = at

    def add_device(self, device: str) -> None:
        """The broker still has this device of ours."""
        with self._lock:
            if len(device) <= LONGEST and len(self._devices) < MOST_DEVICES:
                self._devices.add(device)

    def take_doors(self) -> dict[str, Utc]:
        """The doors that were asked for, and when last."""
        with self._lock:
            taken, self._doors = self._doors, {}
        return taken

    def take_devices(self) -> set[str]:
        """The devices that the broker still has."""
        with self._lock:
            taken, self._devices = self._devices, set()
        return taken
