"""Our Moonraker component between a member and a Klipper that says what a test wants."""

import asyncio
import sys
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support.tree import ROOT

FILE = {"filament_weight_total": 900.0, "filament_total": 301_000.0, "estimated_time": 36_000}
GRAMS = 897.75
"""Of 301 m of PLA of 1.75 mm."""
START = "SDCARD_PRINT_FILE FILENAME=vase.gcode"
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
        self.names: list[str] = []
        self.late: list[str] = []

    def ask(self, about: Any, _key: str, late: str = "") -> tuple[str, str]:
        self.asked += 1
        self.names.append(about["name"])
        self.late.append(late)
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
        return {"virtual_sdcard": {"is_active": self.is_active}, "print_stats": self.stats}

    def get_file_metadata(self, _name: str) -> Any:
        return self.about


async def _at_once(do: Any, *of: Any) -> Any:
    return do(*of)


class Setting:
    """Starts the component, as often as Moonraker is started, and prints by it."""

    def __init__(self, module: Any, folder: Path) -> None:
        self._module, self._folder = module, folder
        self.klipper, self.loquet = Klipper(), Loquet()
        self.in_thread = _at_once

    def start(self) -> Any:
        (self._folder / "token").write_text("x")
        words = {"token_file": str(self._folder / "token"), "url": "", "access_point": "printer"}
        server = SimpleNamespace(
            lookup_component=lambda *_of: self.klipper,
            register_event_handler=self.klipper.handlers.__setitem__,
            get_app_args=lambda: {"data_path": str(self._folder)},
            get_event_loop=lambda: SimpleNamespace(run_in_thread=self.in_thread),
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

    async def print(self, component: Any, script: str = START) -> Any:
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


def _finish(coroutine: Coroutine[Any, Any, None]) -> None:
    """On a thread of its own: browser tests may have left an event loop running on this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


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

    _finish(play())


@pytest.mark.parametrize(
    ("is_active", "state", "runs"),
    [(False, "standby", False), (True, "standby", True), (False, "paused", True)],
)
def test_a_script_whose_later_line_is_refused_has_started_its_print(
    setting: Setting, is_active: bool, state: str, runs: bool
) -> None:
    """Or has started and paused it."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        setting.klipper.problem = RuntimeError("Move out of range")
        setting.klipper.is_active = is_active
        setting.klipper.stats = {"state": state}
        with pytest.raises(RuntimeError):
            await setting.print(component)
        assert component._prints.runs is runs
        if not runs:
            assert await setting.ends(component) == [("print 1", {"outcome": "not_started"})]
        await component.close()

    _finish(play())


@pytest.mark.parametrize(
    ("script", "names"),
    [
        (START, ["vase.gcode"]),
        ("N 1 M24", ["before.gcode"]),
        ("n12.5-m24*77", ["before.gcode"]),
        ("  sdcard_print_file filename='a b.gcode' ; M117", ["a b.gcode"]),
        ('N 1 SDCARD_PRINT_FILE FILENAME="/a b.gcode"*9', ["a b.gcode"]),
        ("ſdcard_print_file FILENAME=a.gcode", ["a.gcode"]),
        ("M23 /a b.gcode\nM24", ["a b.gcode"]),
        ("N 1 M23 3d.gcode\nN 2 M24", ["3d.gcode"]),
        ("M24.1\nM240\nM 24\nM25 ;M24\nRESUME", []),
        ("M117 M24\nSDCARD_PRINT_FILES\n1 M24", []),
    ],
)
def test_a_command_that_starts_a_print_is_read_as_klipper_reads_it(
    setting: Setting, script: str, names: list[str]
) -> None:
    async def play() -> None:
        setting.klipper.stats = {"state": "standby", "filename": "before.gcode"}
        component = setting.start()
        await component._ready()
        await setting.print(component, script)
        await component.close()
        assert setting.loquet.names == names

    _finish(play())


def test_a_print_that_started_without_a_question_is_asked_for_late_and_weighed(
    setting: Setting,
) -> None:
    """By a macro, or past Moonraker."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        await tell(component, **PRINTING, total_duration=0.0)
        await tell(component, filament_used=301_000.0, print_duration=36_000.0)
        await tell(component, state="complete", total_duration=36_010.0)
        end = {"outcome": "completed", "used_minutes": 600.0, "used_grams": GRAMS}
        assert await setting.ends(component) == [("print 1", end)]
        assert (setting.loquet.names, setting.loquet.expected) == (["vase.gcode"], [GRAMS])
        assert setting.loquet.late == ["asked_s_ago=0"]

    _finish(play())


def test_the_end_of_a_print_waits_for_its_start_to_be_on_disk(setting: Setting) -> None:
    """Moonraker tells each in a task of its own."""

    async def play() -> None:
        is_free = asyncio.Event()

        async def in_thread(do: Any, *of: Any) -> Any:
            if do.__name__ == "saw_start":
                await is_free.wait()
            return do(*of)

        async def free() -> None:
            is_free.set()

        setting.in_thread = in_thread
        component = setting.start()
        await component._ready()
        ended = {"state": "complete", "filament_used": 1000.0}
        await asyncio.gather(tell(component, **PRINTING), tell(component, **ended), free())
        end = {"outcome": "completed", "used_grams": 2.98}
        assert await setting.ends(component) == [("print 1", end)]

    _finish(play())


@pytest.mark.parametrize("is_seen", [False, True])
def test_another_file_than_the_granted_one_is_a_print_of_its_own(
    setting: Setting, is_seen: bool
) -> None:
    """A small one is granted and paused; then another is opened and resumed."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        await setting.print(component, "SDCARD_PRINT_FILE FILENAME=tiny.gcode\nPAUSE")
        if is_seen:
            tiny = {"filename": "tiny.gcode", "filament_used": 1000.0, "total_duration": 60.0}
            await tell(component, state="paused", **tiny)
            with pytest.raises(RuntimeError, match="pause"):
                await setting.print(component, "M23 vase.gcode\nM24")
        await tell(component, **PRINTING, total_duration=0.2)
        await tell(component, state="complete", filament_used=301_000.0)
        ends = dict(await setting.ends(component))
        first = {"outcome": "cancelled", "used_grams": 2.98}
        assert ends["print 1"] == (first if is_seen else {"outcome": "not_started"})
        assert ends["print 2"] == {"outcome": "completed", "used_grams": GRAMS}
        assert setting.loquet.names == ["tiny.gcode", "vase.gcode"]

    _finish(play())


def test_a_print_goes_on_while_moonraker_starts_anew(setting: Setting) -> None:
    """Whoever uses its page can do that. It says that Klipper is gone, and Klipper goes on."""

    async def play() -> None:
        component = setting.start()
        await component._ready()
        await setting.print(component)
        await tell(component, **PRINTING)
        if gone := setting.klipper.handlers.get("server:klippy_disconnect"):
            await gone()
        await component.close()
        setting.klipper.stats = PRINTING | {"filament_used": 1000.0, "total_duration": 60.0}
        again = setting.start()
        await again._ready()
        await tell(again, state="complete", filament_used=301_000.0)
        end = {"outcome": "completed", "used_grams": GRAMS}
        assert await setting.ends(again) == [("print 1", end)]

    _finish(play())


def test_what_a_print_took_until_klipper_died_is_told_once_it_is_back(setting: Setting) -> None:
    async def play() -> None:
        component = setting.start()
        await component._ready()
        await setting.print(component)
        await tell(component, **PRINTING)
        await tell(component, filament_used=1000.0)
        await component._ready()
        assert await setting.ends(component) == [
            ("print 1", {"outcome": "failed", "used_grams": 2.98})
        ]

    _finish(play())


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

    _finish(play())


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

    _finish(play())


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

    _finish(play())
