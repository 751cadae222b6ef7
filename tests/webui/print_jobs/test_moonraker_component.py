"""Our Moonraker component between a member and a Klipper that says what a test wants."""

import asyncio
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.tree import ROOT

FILE = {"filament_weight_total": 900.0, "filament_total": 301_000.0, "estimated_time": 36_000}
GRAMS = 897.75
"""Of 301 m of PLA of 1.75 mm."""
PRINTING = {"state": "printing", "filename": "vase.gcode", "filament_used": 0.0}


class Problem(RuntimeError):
    """As Moonraker's ServerError."""

    def __init__(self, text: str, _status: int = 400) -> None:
        super().__init__(text)


class Loquet:
    """Grants everything, and keeps what it is told."""

    def __init__(self) -> None:
        self.access_point = "printer"
        self.asked = 0
        self.expected: list[float | None] = []
        self.ended: list[tuple[str, Any]] = []

    def ask(self, about: Any, *_of: Any) -> tuple[str, str]:
        self.asked += 1
        self.expected.append(about.get("grams"))
        return f"print {self.asked}", "1"

    def report(self, job: str, _version: str, end: Any, _key: str) -> None:
        self.ended.append((job, end))


class Klipper:
    """Takes every command, unless it has a problem."""

    def __init__(self) -> None:
        self.stats: dict[str, Any] = {"state": "standby", "filament_used": 0.0}
        self.about: dict[str, Any] = FILE
        self.problem: Exception | None = None
        self.silence: Exception | None = None
        self.is_active = False
        self.handlers: dict[str, Any] = {}

    async def request(self, _request: Any) -> str:
        if self.problem is not None:
            raise self.problem
        return "ok"

    async def subscribe_objects(self, _objects: Any, _told: Any) -> Any:
        return {"print_stats": dict(self.stats)}

    async def query_objects(self, _objects: Any) -> Any:
        if self.silence is not None:
            raise self.silence
        return {"virtual_sdcard": {"is_active": self.is_active}}

    def get_file_metadata(self, _name: str) -> Any:
        return self.about


async def _at_once(do: Any, *of: Any) -> Any:
    return do(*of)


class Setting:
    """Starts the component, as often as Moonraker is started, and prints by it."""

    def __init__(self, module: Any, folder: Path) -> None:
        self._module, self._folder = module, folder
        self.klipper, self.loquet = Klipper(), Loquet()

    def start(self) -> Any:
        (self._folder / "token").write_text("x")
        words = {"token_file": str(self._folder / "token"), "url": "", "access_point": "printer"}
        server = SimpleNamespace(
            lookup_component=lambda *_of: self.klipper,
            register_event_handler=self.klipper.handlers.__setitem__,
            get_app_args=lambda: {"data_path": str(self._folder)},
            get_event_loop=lambda: SimpleNamespace(run_in_thread=_at_once),
            send_event=lambda *_of: None,
            error=Problem,
        )
        config = SimpleNamespace(
            get_server=lambda: server,
            get=lambda key, default=None: words.get(key, default),
            getfloat=lambda _key, default, **_of: default,
            getboolean=lambda _key, default: default,
        )
        return self._module.load_component(config)

    async def print(self, component: Any, script: str = "SDCARD_PRINT_FILE FILENAME=a") -> Any:
        return await component.request(
            SimpleNamespace(
                get_endpoint=lambda: "gcode/script", get_args=lambda: {"script": script}
            )
        )

    async def ends(self, component: Any) -> list[tuple[str, Any]]:
        """What Loquet has been told, once everything is."""
        await component.close()
        component._prints._tell_all()
        return self.loquet.ended


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Setting]:
    monkeypatch.syspath_prepend(str(ROOT / "addons" / "moonraker"))
    module = import_module("loquet")
    made = Setting(module, tmp_path)
    monkeypatch.setattr(module, "Controller", lambda *_of: made.loquet)
    yield made
    for name in [name for name in sys.modules if name.split(".")[0] == "loquet"]:
        del sys.modules[name]


async def tell(component: Any, **stats: Any) -> None:
    await component._told({"print_stats": stats}, 0.0)


def test_another_print_is_refused_while_one_runs_and_the_first_is_weighed(setting: Setting) -> None:
    async def play() -> None:
        component = setting.start()
        await component._ready()
        await setting.print(component)
        await tell(component, **PRINTING)
        with pytest.raises(RuntimeError, match="pause"):
            await setting.print(component)
        await tell(component, filament_used=301_000.0, print_duration=36_000.0)
        await tell(component, state="complete")
        end = {"outcome": "completed", "used_minutes": 600.0, "used_grams": GRAMS}
        assert await setting.ends(component) == [("print 1", end)]

    asyncio.run(play())


@pytest.mark.parametrize("is_active", [False, True])
def test_a_script_whose_later_line_is_refused_has_started_its_print(
    setting: Setting, is_active: bool
) -> None:
    async def play() -> None:
        component = setting.start()
        await component._ready()
        setting.klipper.problem = RuntimeError("Move out of range")
        setting.klipper.is_active = is_active
        with pytest.raises(RuntimeError):
            await setting.print(component)
        assert component._prints.runs is is_active
        if not is_active:
            assert await setting.ends(component) == [("print 1", {"outcome": "not_started"})]
        await component.close()

    asyncio.run(play())


def test_a_print_during_which_klipper_dies_has_failed(setting: Setting) -> None:
    """Whatever comes first, the refused request or the word that Klipper is gone."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        setting.klipper.problem = setting.klipper.silence = Problem("Klippy Disconnected")
        with pytest.raises(RuntimeError):
            await setting.print(component)
        assert component._prints.runs
        await component._stopped()
        ((_print, end),) = await setting.ends(component)
        assert end["outcome"] == "failed"

    asyncio.run(play())


@pytest.mark.parametrize("state", ["standby", "error"])
def test_after_a_restart_of_its_computer_the_weight_of_a_print_is_unknown(
    setting: Setting, state: str
) -> None:
    """Not nought, as Klipper's fresh statistics say."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        await setting.print(component)
        await tell(component, **PRINTING)
        await component.close()  # and nothing of its end is told
        setting.klipper.stats = {"state": state, "filament_used": 0.0, "print_duration": 0.0}
        again = setting.start()
        await again._ready()
        assert await setting.ends(again) == [("print 1", {"outcome": "failed"})]

    asyncio.run(play())


@pytest.mark.parametrize("weight", [0.01, 900.0, None])
def test_a_print_is_weighed_by_what_klipper_extruded_not_by_what_its_file_says(
    setting: Setting, weight: float | None
) -> None:
    """Whoever prints a file has written it."""

    async def play() -> None:
        setting.klipper.about = FILE | {"filament_weight_total": weight}
        component = setting.start()
        await component._ready()
        await setting.print(component)
        await tell(component, **PRINTING)
        await tell(component, filament_used=301_000.0, print_duration=36_000.0)
        await tell(component, state="complete")
        ((_job, end),) = await setting.ends(component)
        assert end["used_grams"] == GRAMS
        assert setting.loquet.expected == [GRAMS]

    asyncio.run(play())
