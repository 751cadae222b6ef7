"""OctoPrint plug-in: no print starts before its printer's reader has seen a badge."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import octoprint.plugin
from octoprint.printer.standard import Printer

from octoprint_loquet import weight
from octoprint_loquet.asking import NOT_SET_UP, STILL_PRINTS, Controller, Prints, Refused

__plugin_name__ = "Loquet"
__plugin_pythoncompat__ = ">=3.9,<4"
_ENDS = {"PrintDone": "completed", "PrintCancelled": "cancelled", "PrintFailed": "failed"}


class LoquetPlugin(
    octoprint.plugin.StartupPlugin,
    octoprint.plugin.ShutdownPlugin,
    octoprint.plugin.EventHandlerPlugin,
    octoprint.plugin.SettingsPlugin,
    octoprint.plugin.TemplatePlugin,
    octoprint.plugin.AssetPlugin,
):
    """Asks, shows the reason on OctoPrint's page, reports the end."""

    def __init__(self) -> None:
        self._prints: Prints | None = None
        self._expected: float | None = None

    def on_after_startup(self) -> None:
        """Tell what is still to be told; a print that ran when OctoPrint died has failed."""
        self._set_up()
        if self._prints is not None:
            self._prints.end("failed")

    def on_shutdown(self) -> None:
        """What is not acknowledged stays on disk."""
        if self._prints is not None:
            self._prints.close()

    def may_start(self, job: dict[str, Any]) -> bool:
        """Whether this job may start; if not, the reason is shown."""
        try:
            if self._prints is None:
                raise Refused(NOT_SET_UP)
            if self._prints.runs and self._printer.is_paused():  # OctoPrint would tell no end of it
                raise Refused(STILL_PRINTS)
            self._expected = self._grams(job)
            self._prints.ask(_name(job), weight.minutes(job), self._expected)
        except Refused as refused:
            text = refused.said(self._settings.get(["language"]))
            self._logger.info("a print was refused: %s", refused)
            self._plugin_manager.send_plugin_message(self._identifier, {"refused": text})
            return False
        return True

    def on_event(self, event: str, payload: dict[str, Any]) -> None:
        """The start of a print, wherever it was started; its end: done, cancelled, failed."""
        if event == "PrintStarted" and self._prints is not None:
            job = self._printer.get_current_job()
            self._expected = self._grams(job)
            self._prints.saw_start(_name(job), weight.minutes(job), self._expected)
        outcome = _ENDS.get(event)
        # Of one that was cancelled, PrintFailed is told too, from a thread and so perhaps later.
        if self._prints is None or outcome is None or payload.get("reason") == "cancelled":
            return
        if self._expected is None:  # its file may have been analysed since
            self._expected = self._grams(self._printer.get_current_job())
        seconds = payload.get("time")
        done = (payload.get("progress") or 0.0) / (100 if event == "PrintCancelled" else 1)
        taken = weight.used(self._expected, outcome, done)
        self._prints.end(outcome, None if seconds is None else seconds / 60, taken)

    def get_settings_defaults(self) -> dict[str, Any]:
        """See OctoPrint."""
        return {
            "url": "",
            "token": "",
            "access_point": "",
            "ca_file": "",
            "language": "fr",
            "density": 1.24,
            "starts_alone": False,
        }

    def get_settings_restricted_paths(self) -> dict[str, list[list[str]]]:
        """The token is shown to administrators alone."""
        return {"admin": [["token"]]}

    def on_settings_save(self, data: dict[str, Any]) -> Any:
        """From now on as saved."""
        saved = octoprint.plugin.SettingsPlugin.on_settings_save(self, data)
        self._set_up()
        return saved

    def get_template_configs(self) -> list[dict[str, Any]]:
        """See OctoPrint."""
        return [{"type": "settings", "name": "Loquet", "custom_bindings": False}]

    def get_assets(self) -> dict[str, list[str]]:
        """What shows the reason."""
        return {"js": ["js/loquet.js"]}

    def _grams(self, job: dict[str, Any]) -> float | None:
        return weight.grams(job, self._settings.get_float(["density"]))

    def _set_up(self) -> None:
        if self._prints is not None:
            self._prints.close()
        url, token, point, ca_file = (
            (self._settings.get([key]) or "").strip()
            for key in ("url", "token", "access_point", "ca_file")
        )
        self._prints = None
        if url and token and point:
            folder = Path(self.get_plugin_data_folder()) / "prints"
            alone = self._settings.get_boolean(["starts_alone"])
            controller = Controller(url, token, point, ca_file)
            self._prints = Prints(folder, controller, starts_alone=alone)


def _name(job: dict[str, Any]) -> str:
    file = job.get("file") or {}
    return str(file.get("display") or file.get("name") or "print")


class GatedPrinter(Printer):
    """Where every start passes, whoever asks for it: page, API, *upload and print*, plug-ins."""

    def start_print(self, *args: Any, **kwargs: Any) -> None:
        """See Printer; nothing is sent to the printer before the answer."""
        job = self.get_current_job()
        ready = self.is_operational() and not self.is_printing()
        would_start = ready and bool((job.get("file") or {}).get("name"))
        if not would_start or __plugin_implementation__.may_start(job):
            super().start_print(*args, **kwargs)


def _printer(components: dict[str, Any]) -> Printer:
    return GatedPrinter(
        components["file_manager"],
        components["analysis_queue"],
        components["printer_profile_manager"],
    )


__plugin_implementation__ = LoquetPlugin()
__plugin_hooks__ = {"octoprint.printer.factory": _printer}
