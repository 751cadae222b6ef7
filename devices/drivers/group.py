"""Driver `group` for indicators: several indicators of one access point, used as one."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from threading import Lock
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from controller.settings import SettingsError
from devices.needs import Needs, all_of
from devices.ports import (
    DeviceError,
    DeviceEvent,
    Fault,
    FaultCleared,
    FaultKind,
    Flash,
    Indicator,
    Look,
    Message,
)
from devices.registry import INDICATOR, WiredDevice, needs_of, wire
from devices.wiring import Context, IndicatorOptions


class GroupOptions(IndicatorOptions, frozen=True, kw_only=True):
    each: Annotated[
        tuple[dict[str, Any], ...],
        Meta(min_length=1, description="a list of indicators, each with driver and options"),
    ]

    def problem(self) -> tuple[str, str] | None:
        """Check each indicator's table."""
        try:
            self.wired()
        except SettingsError as error:
            return "each", str(error)
        return None

    def wired(self) -> list[WiredDevice[Indicator, IndicatorOptions]]:
        """Find the drivers and check the options. Raises SettingsError."""
        return [wire(INDICATOR, one, f"no. {number}") for number, one in enumerate(self.each, 1)]


class Group:
    """Shows everything on all its indicators; one that fails does not stop the others."""

    Options = GroupOptions
    detects_s: ClassVar[float | None] = None
    """A lost indicator is noticed as fast as its own driver does."""

    @classmethod
    def needs_of(cls, options: GroupOptions, *, simulated: bool) -> Needs:
        """Return what all its indicators need."""
        return all_of(needs_of(wired, simulated=simulated) for wired in options.wired())

    def __init__(self, options: GroupOptions, context: Context) -> None:
        """Open all indicators. Raises DeviceError, after closing those that it has opened."""
        self._context = context
        self._lock = Lock()
        self._faults: dict[str, Fault] = {}
        self._is_reported = False
        with ExitStack() as opened:
            self._indicators: list[Indicator] = []
            for number, wired in enumerate(options.wired(), 1):
                name = f"{context.device}: no. {number} ({wired.driver})"
                indicator = wired.open(replace(context, device=name, emit=self._hear))
                opened.callback(indicator.close)
                self._indicators.append(indicator)
            opened.pop_all()

    def show(self, look: Look, message: Message | None = None) -> None:
        """See Indicator."""
        self._call_all(lambda indicator: indicator.show(look, message))

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """See Indicator."""
        self._call_all(lambda indicator: indicator.flash(flash, message))

    def close(self) -> None:
        """Close all, even if one of them fails."""
        self._call_all(lambda indicator: indicator.close())

    def _call_all(self, do: Callable[[Indicator], None]) -> None:
        """Call `do` for all; raises the first DeviceError afterwards."""
        errors = []
        for indicator in self._indicators:
            try:
                do(indicator)
            except DeviceError as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _hear(self, event: DeviceEvent) -> None:
        """Report one fault while any indicator has one, since the agent sees one indicator.

        Thread-safe.
        """
        with self._lock:
            if isinstance(event, Fault):
                self._faults[event.device] = event
            elif isinstance(event, FaultCleared):
                self._faults.pop(event.device, None)
            failed = bool(self._faults)
            if failed is self._is_reported:
                return
            self._is_reported = failed
            device, kind = self._context.device, FaultKind.INDICATOR_UNREACHABLE
            if failed:
                first = next(iter(self._faults.values()))
                self._context.emit(Fault(device, kind, f"{first.device}: {first.detail}"))
            else:
                self._context.emit(FaultCleared(device, kind))
