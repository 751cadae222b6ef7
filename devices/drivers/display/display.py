"""Driver `display` for indicators: text in large letters on a small OLED or colour panel."""

import threading
import time
from dataclasses import dataclass, replace
from typing import ClassVar

from devices.drivers.display.draw import draw
from devices.drivers.display.layout import Page, pages
from devices.drivers.display.panel import SCREENS, DisplayOptions, OpenPanel, open_panel
from devices.drivers.display.wording import message_for
from devices.needs import Needs
from devices.ports import Fault, FaultCleared, FaultKind, Flash, Look, Message
from devices.wiring import Context

PAGE_S = 2.5
"""How long each page is shown before the next one."""
REFRESH_S = 2.0
"""How often an unchanged picture is sent again, so that a missing panel is noticed."""
RETRY_S = 1.0
"""How long to wait before a failed panel is tried again."""
LUMA = Needs(modules=("luma.oled", "luma.lcd", "PIL"), extra="display")


@dataclass(frozen=True, slots=True)
class _Content:
    """What is shown, and since when, in monotonic seconds."""

    content: Look | Flash
    message: Message
    since_s: float

    def left_s(self, now_s: float) -> float | None:
        """Return the seconds left of the time that the message counts down, if any."""
        left_s = self.message.left_s
        return None if left_s is None else max(0.0, left_s - (now_s - self.since_s))

    def same_as(self, what: Look, message: Message, now_s: float) -> bool:
        """Return whether this is the same content, apart from the time that has passed."""
        own_left_s, other_left_s = self.left_s(now_s), message.left_s
        if self.content is not what or replace(self.message, left_s=other_left_s) != message:
            return False
        return own_left_s == other_left_s or (
            own_left_s is not None
            and other_left_s is not None
            and abs(own_left_s - other_left_s) < 1.0
        )


class Display:
    """A display. It is drawn on a thread of its own; `show` and `flash` only set the content."""

    Options = DisplayOptions
    detects_s: ClassVar[float | None] = REFRESH_S
    needs: ClassVar[Needs] = LUMA

    def __init__(self, options: DisplayOptions, context: Context) -> None:
        """Start drawing. A missing panel is a fault, not an error."""
        self._options, self._context = options, context
        self._screen = SCREENS[options.panel]
        self._changed = threading.Condition()
        starting = message_for(Look.STARTING, None, context.words.of())
        self._look = _Content(Look.STARTING, starting, time.monotonic())
        self._flash: _Content | None = None
        self._open, self._is_changed = True, False
        self._failed: bool | None = None
        self._panel: OpenPanel | None = None
        self._sent: Page | None = None
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def show(self, look: Look, message: Message | None = None) -> None:
        """Show a look until the next `show`; if it is shown already, its pages continue."""
        now_s = time.monotonic()
        with self._changed:
            message = self._message_for(look, message)
            if not self._look.same_as(look, message, now_s):
                self._look = _Content(look, message, now_s)
                self._wake()

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Show all pages of a message once, for at least two page times; then the look again."""
        with self._changed:
            message = self._message_for(flash, message)
            self._flash = _Content(flash, message, time.monotonic())
            self._wake()

    def close(self) -> None:
        """Clear the screen and close."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _message_for(self, what: Look | Flash, message: Message | None) -> Message:
        """Return the message; without one, a text in the language of the current message."""
        return message_for(what, message, self._context.words.of(self._look.message.language))

    def _wake(self) -> None:
        self._is_changed = True
        self._changed.notify()

    def _run(self) -> None:
        refresh_s = 0.0
        while True:
            with self._changed:
                if not self._open:
                    break
                self._is_changed = False
                page, until_s = self._page(time.monotonic())
            now_s = time.monotonic()
            if page != self._sent or now_s >= refresh_s:
                self._send(page)
                refresh_s = time.monotonic() + (RETRY_S if self._failed else REFRESH_S)
            with self._changed:
                wait_s = max(0.0, min(until_s, refresh_s) - time.monotonic())
                self._changed.wait_for(lambda: self._is_changed or not self._open, wait_s)
        if self._panel is not None:
            self._panel.close()

    def _page(self, now_s: float) -> tuple[Page, float]:
        """Return the page to show now, and until when."""
        flash = self._flash
        if flash is not None:
            turn = int((now_s - flash.since_s) / PAGE_S)
            laid_out = pages(flash.content, flash.message, self._screen, flash.left_s(now_s))
            if turn < max(2, len(laid_out)):
                return laid_out[turn % len(laid_out)], flash.since_s + (turn + 1) * PAGE_S
            self._flash = None
            self._look = self._restarted_look(now_s)
        look = self._look
        left_s = look.left_s(now_s)
        laid_out = pages(look.content, look.message, self._screen, left_s)
        turn = int((now_s - look.since_s) / PAGE_S)
        until_s = look.since_s + (turn + 1) * PAGE_S
        if left_s is not None:
            until_s = min(until_s, now_s + (left_s % 1.0 or 1.0))
        return laid_out[turn % len(laid_out)], until_s

    def _restarted_look(self, now_s: float) -> _Content:
        """Return the look with its remaining time, to start at its first page after a flash."""
        message = replace(self._look.message, left_s=self._look.left_s(now_s))
        return replace(self._look, since_s=now_s, message=message)

    def _send(self, page: Page) -> None:
        try:
            if self._panel is None:
                self._panel = open_panel(self._options, self._context)
            self._panel.send(draw(page, self._screen))
        except Exception as error:  # noqa: BLE001  the edge of this thread: the next page must come
            self._sent = None
            self._close_panel()
            self._report(error)
        else:
            self._sent = page
            self._report(None)

    def _close_panel(self) -> None:
        if self._panel is not None:
            self._panel.close()
            self._panel = None

    def _report(self, error: Exception | None) -> None:
        failed = error is not None
        if failed is self._failed:
            return
        device, kind = self._context.device, FaultKind.INDICATOR_UNREACHABLE
        if failed:
            detail = f"{self._options.panel} on {self._options.bus_in_use}: {error}"
            self._context.emit(Fault(device, kind, detail))
        elif self._failed:
            self._context.emit(FaultCleared(device, kind))
        self._failed = failed
