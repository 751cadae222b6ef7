"""A process that holds a power switch on, as an agent does, until its parent says `hang`.

Arguments: pins socket, board, driver, pin. Prints `on`, then each fault of the switch.
"""

import sys
import threading
import time
from queue import Empty, SimpleQueue

from devices.ports import DeviceEvent
from devices.registry import POWER, switch_capabilities, wire
from devices.wiring import Context


def main() -> None:
    """The agent's loop: renew as often as the switch asks, say what it tells."""
    path, board, driver, pin = sys.argv[1:]
    wired = wire(POWER, {"driver": driver, "pin": int(pin)}, "holder")
    events: SimpleQueue[DeviceEvent] = SimpleQueue()
    hang = threading.Event()
    threading.Thread(target=_wait_for_word, args=(hang,), daemon=True).start()
    switch = wired.open(Context("power", events.put, board, f"sim:{path}"))
    renew_s = switch_capabilities(wired).renew_s or 0.05
    switch.on()
    print("on", flush=True)
    while not hang.is_set():
        switch.keep_alive()
        time.sleep(renew_s)
    while True:
        try:
            print(events.get(timeout=0.05), switch.state(), flush=True)
        except Empty:
            continue


def _wait_for_word(hang: threading.Event) -> None:
    sys.stdin.readline()
    hang.set()


if __name__ == "__main__":
    main()
