"""A simulated Shelly plug of the second generation: RPC over MQTT, and the plug's own behaviour.

After https://shelly-api-docs.shelly.cloud/gen2: `toggle_after` counts from each `Switch.Set`; a
restart puts the relay into `initial_state`.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from devices.sim.plug_body import PlugBody
from devices.sim.tasmota_plug import Publish


class ShellyPlug:
    """A simulated plug: pass received messages to `on_message`. Runs on the event loop."""

    def __init__(self, topic: str, body: PlugBody, publish: Publish) -> None:
        self.body = body
        self.will = (f"{topic}/online", b"false")
        self.birth = (f"{topic}/online", b"true")
        self.subscription = f"{topic}/rpc"
        self.announced: tuple[tuple[str, bytes], ...] = ()
        """Discovery messages; none, as a Shelly identifies itself only on request."""
        self.stays_off_was_read = False
        """Whether somebody has read the configuration while it was to stay off after a restart."""
        self._topic, self._publish = topic, publish
        self._config: dict[str, Any] = {"id": 0, "initial_state": "restore_last", "auto_on": False}
        self._saved = False
        self._timer: asyncio.TimerHandle | None = None

    def on_message(self, topic: str, payload: bytes) -> None:
        """Handle an RPC frame; publish the answer to the topic `SRC/rpc`."""
        frame = msgspec.json.decode(payload, type=dict[str, Any])
        methods: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "Switch.Set": self._set,
            "Switch.GetStatus": lambda _: self._status("MQTT"),
            "Switch.GetConfig": self._configuration,
            "Switch.SetConfig": self._configure,
            "Shelly.GetDeviceInfo": lambda _: {
                "name": None,
                "id": self._topic,
                "model": "SNSW-001P16EU",
                "gen": 2,
                "app": "Plus1PM",
            },
            "Sys.GetStatus": lambda _: {"uptime": self.body.uptime_s, "restart_required": False},
        }
        answer: dict[str, Any] = {"id": frame["id"], "src": self._topic, "dst": frame["src"]}
        if frame["method"] in methods:
            answer["result"] = methods[frame["method"]](frame.get("params", {}))
        else:
            answer["error"] = {"code": 404, "message": f"No handler for {frame['method']}"}
        self._publish(f"{frame['src']}/rpc", msgspec.json.encode(answer), False)

    def switch(self, on: bool, source: str = "button") -> None:
        """Switch the relay, as a frame, the button or the timer does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        before = self.body.on
        self.body.move(on)
        self._saved = self.body.on
        if before is not self.body.on:
            self._notify(self._status(source))

    def restart(self, power_cut: bool) -> None:
        """Restart the plug; the caller disconnects it meanwhile.

        `power_cut` makes no difference.
        """
        state = self._config["initial_state"]
        on = state == "on" or (state == "restore_last" and self._saved)
        self.switch(False)
        self.switch(on)

    def _set(self, params: dict[str, Any]) -> dict[str, Any]:
        was_on = self.body.on
        self.switch(params["on"], "MQTT")
        if "toggle_after" in params:
            back = not params["on"]
            self._timer = asyncio.get_running_loop().call_later(
                params["toggle_after"], self.switch, back, "timer"
            )
        return {"was_on": was_on}

    def _configuration(self, _params: dict[str, Any]) -> dict[str, Any]:
        self.stays_off_was_read = self._config["initial_state"] == "off"
        return self._config

    def _configure(self, params: dict[str, Any]) -> dict[str, Any]:
        self._config |= params["config"]
        return {"restart_required": False}

    def _status(self, source: str) -> dict[str, Any]:
        body = self.body
        return {
            "id": 0,
            "source": source,
            "output": body.on,
            "apower": round(body.watts, 1),
            "current": round(body.amps, 3),
            "voltage": 230.0,
        }

    def _notify(self, status: dict[str, Any]) -> None:
        frame = {
            "src": self._topic,
            "dst": f"{self._topic}/events",
            "method": "NotifyStatus",
            "params": {"switch:0": status},
        }
        self._publish(f"{self._topic}/events/rpc", msgspec.json.encode(frame), False)
