"""OctoPrint's weight of a print whose file is analysed while it prints."""

import sys
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.support.tree import ROOT

BASES = ["Startup", "Shutdown", "EventHandler", "Settings", "Template", "Asset"]


class Prints:
    """What would be reported."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.ended: list[Any] = []
        self.runs = False
        self.seen: list[Any] = []

    def saw_start(self, *of: Any) -> None:
        self.seen.append(of)

    def ask(self, *of: Any) -> None:
        self.asked.append(of)

    def end(self, *how: Any) -> None:
        self.ended.append(how)


@pytest.fixture
def plugin(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Our plug-in, without the OctoPrint in which it runs."""
    bases = {f"{name}Plugin": type(name, (), {}) for name in BASES}
    modules: dict[str, dict[str, Any]] = {
        "octoprint": {},
        "octoprint.plugin": bases,
        "octoprint.printer": {},
        "octoprint.printer.standard": {"Printer": object},
    }
    for name, content in modules.items():
        module = ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    vars(sys.modules["octoprint"])["plugin"] = sys.modules["octoprint.plugin"]
    monkeypatch.syspath_prepend(str(ROOT / "addons" / "octoprint"))
    made = import_module("octoprint_loquet").LoquetPlugin()
    made._prints = Prints()
    made._settings = SimpleNamespace(get_float=lambda _key: 1.25, get=lambda _key: "en")
    made._printer = SimpleNamespace(
        get_current_job=lambda: job(40), is_paused=lambda: True, is_printing=lambda: False
    )
    made._plugin_manager = SimpleNamespace(send_plugin_message=lambda *_of: None)
    made._logger, made._identifier = SimpleNamespace(info=lambda *_of: None), "loquet"
    yield made
    for name in [name for name in sys.modules if name.startswith("octoprint_loquet")]:
        del sys.modules[name]


def job(volume: float | None) -> dict[str, Any]:
    filament = None if volume is None else {"tool0": {"volume": volume, "length": 1.0}}
    return {"file": {"name": "vase.gcode"}, "filament": filament, "estimatedPrintTime": None}


def test_a_weight_that_was_unknown_at_the_start_is_asked_for_again_at_the_end(plugin: Any) -> None:
    assert plugin.may_start(job(None))
    plugin.on_event("PrintDone", {"time": 600})
    assert plugin.may_start(job(None))
    plugin.on_event("PrintCancelled", {"time": 300, "progress": 50})
    assert plugin.may_start(job(8))
    plugin.on_event("PrintDone", {"time": 60})
    assert [grams for _name, _minutes, grams in plugin._prints.asked] == [None, None, 10]
    assert [grams for _outcome, _minutes, grams in plugin._prints.ended] == [50, 25, 10]


def test_a_print_that_is_paused_is_not_started_anew(plugin: Any) -> None:
    """OctoPrint tells no end of it."""
    assert plugin.may_start(job(8))
    plugin._prints.runs = True
    assert not plugin.may_start(job(8))
    assert len(plugin._prints.asked) == 1


@pytest.mark.parametrize(
    ("event", "progress", "grams"),
    [
        ("PrintCancelled", 95, 47.5),
        ("PrintCancelled", 1, 0.5),
        ("PrintCancelled", 0, 0),
        ("PrintFailed", 0.95, 47.5),
    ],
)
def test_octoprint_tells_per_cent_of_what_was_cancelled_and_a_part_of_what_failed(
    plugin: Any, event: str, progress: float, grams: float
) -> None:
    assert plugin.may_start(job(40))
    plugin.on_event(event, {"time": 300, "progress": progress})
    ((_outcome, _minutes, used),) = plugin._prints.ended
    assert used == pytest.approx(grams)


def test_a_print_that_was_started_elsewhere_is_told_with_its_file(plugin: Any) -> None:
    """At the printer, or in OctoPrint's terminal."""
    plugin.on_event("PrintStarted", {})
    plugin.on_event("PrintDone", {"time": 600})
    assert plugin._prints.seen == [("vase.gcode", None, 50)]
    assert plugin._prints.ended == [("completed", 10, 50)]
