"""Driver `speech` for indicators: speaks messages with espeak-ng, for people who asked for it.

Nothing is spoken unless the message asks for it (`Message.speak`), so that it stays quiet for
everybody else.
"""

import re
import threading
import time
from shutil import which
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import Annotated, ClassVar, Protocol

from msgspec import Meta

from controller.domain.facts import Language
from controller.domain.locale.catalogue import Translator
from devices.needs import Needs
from devices.ports import DeviceError, Fault, FaultCleared, FaultKind, Flash, Look, Message
from devices.wiring import Context, IndicatorOptions

PROGRAM = "espeak-ng"
PROBE_S = 2.0
"""How often to check that the audio output works, while nothing is spoken."""
LONGEST_S = 60.0
"""A longer text is interrupted."""
_POLL_S = 0.05


class SpeechOptions(IndicatorOptions, frozen=True, kw_only=True):
    words_per_minute: Annotated[
        int, Meta(ge=80, le=300, description="how fast it speaks, 80 to 300 words a minute")
    ] = 145
    to: Annotated[
        str | None, Meta(description='"sim:/FOLDER" for sound files; unset: the loudspeaker')
    ] = None

    def problem(self) -> tuple[str, str] | None:
        """Check that `to` is a simulated folder."""
        if self.to is not None and not self.to.startswith("sim:/"):
            return "to", 'must be "sim:/FOLDER"'
        return None


class Voice(Protocol):
    """An audio output."""

    def arguments(self) -> list[str]:
        """Return more arguments for espeak-ng; called once per text.

        Raises OSError if the output is missing.
        """

    def spoken(self, text: str, language: Language) -> None:
        """Called when a text was spoken. Raises OSError."""


class Loudspeaker:
    """The default sound card of espeak-ng."""

    def arguments(self) -> list[str]:
        """See Voice."""
        return []

    def spoken(self, text: str, language: Language) -> None:
        """See Voice."""


class Speech:
    """Speaks with a process of its own, watched by a thread; a newer text interrupts an older
    one."""

    Options = SpeechOptions
    detects_s: ClassVar[float | None] = PROBE_S
    needs: ClassVar[Needs] = Needs(programs=(PROGRAM,), packages=(PROGRAM,))

    def __init__(self, options: SpeechOptions, context: Context) -> None:
        """Start waiting for texts. A missing audio output is a fault, not an error."""
        self._context, self._rate = context, options.words_per_minute
        self._voice = _voice(options)
        self._changed = threading.Condition()
        self._next: tuple[str, Language] | None = None
        self._shown: tuple[Look, str, tuple[str, ...]] | None = None
        self._open = True
        self._failed = False
        self._thread = threading.Thread(target=self._run, name=context.device, daemon=True)
        self._thread.start()

    def show(self, look: Look, message: Message | None = None) -> None:
        """Speak a new message; the same look with the same text is only spoken once."""
        shown = None if message is None else (look, message.title, message.lines)
        if shown == self._shown:
            return
        self._shown = shown
        if message is not None:
            self._say(message, with_left=look is Look.IDLE_WARNING)

    def flash(self, flash: Flash, message: Message | None = None) -> None:
        """Speak the message."""
        if message is not None:
            self._say(message, with_left=False)

    def close(self) -> None:
        """Stop speaking and close."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join()

    def _say(self, message: Message, *, with_left: bool) -> None:
        if not message.speak:
            return
        with self._changed:
            words = self._context.words.of(message.language)
            self._next = spoken_text(message, words, with_left=with_left), message.language
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._open:
                    return
                spoken, self._next = self._next, None
            try:
                if which(PROGRAM) is None:
                    raise DeviceError(f"{PROGRAM} is not installed")
                arguments = self._voice.arguments()
                if spoken is not None:
                    self._speak(*spoken, arguments)
            except (DeviceError, OSError) as error:
                self._report(error)
            else:
                self._report(None)
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None or not self._open, PROBE_S)

    def _speak(self, text: str, language: Language, arguments: list[str]) -> None:
        """Speak a text until its end, or until there is a newer one.

        The text goes to stdin, so that it is never taken for an option. Raises DeviceError,
        OSError.
        """
        command = [PROGRAM, "-v", language.value, "-s", str(self._rate), "--stdin", *arguments]
        with Popen(command, stdin=PIPE, stdout=DEVNULL, stderr=PIPE) as process:
            assert process.stdin is not None  # noqa: S101
            process.stdin.write(text.encode())
            process.stdin.close()
            if self._interrupted(process):
                process.terminate()
                return
            if process.returncode:
                assert process.stderr is not None  # noqa: S101
                why = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
                raise DeviceError(f"{PROGRAM}: {why[-1] if why else process.returncode}")
        self._voice.spoken(text, language)

    def _interrupted(self, process: Popen[bytes]) -> bool:
        """Wait for the process's end; return whether there was a newer text first, or it took too
        long."""
        end_s = time.monotonic() + LONGEST_S
        while True:
            try:
                process.wait(_POLL_S)
            except TimeoutExpired:
                with self._changed:
                    if self._next is not None or not self._open or time.monotonic() > end_s:
                        return True
            else:
                return False

    def _report(self, error: Exception | None) -> None:
        failed = error is not None
        if failed is self._failed:
            return
        self._failed = failed
        device, kind = self._context.device, FaultKind.INDICATOR_UNREACHABLE
        event = Fault(device, kind, str(error)) if failed else FaultCleared(device, kind)
        self._context.emit(event)


def _voice(options: SpeechOptions) -> Voice:
    if options.to is None:
        return Loudspeaker()
    from devices.sim.voice import SoundFiles

    return SoundFiles(options.to.removeprefix("sim:"))


# A message as one text to be spoken, with numbers and signs as words.

_NO_BREAK = str.maketrans("\u00a0\u202f", "  ")
_LASTING = re.compile(r"(\d+) (h|min|s)\b")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d\d)\b")
_END = re.compile(r"[.!?:]$")


def spoken_text(message: Message, translator: Translator, *, with_left: bool = False) -> str:
    """Return the title, the time left if wanted, and the lines, each as a sentence."""
    title = message.title
    if with_left and message.left_s is not None:
        title = f"{title} {_rounded_left(message.left_s)}"
    sentences = (text.strip() for text in (title, *message.lines) if text.strip())
    text = " ".join(sentence if _END.search(sentence) else f"{sentence}." for sentence in sentences)
    text = _LASTING.sub(lambda match: _spoken_time(match, translator), text.translate(_NO_BREAK))
    return _CLOCK.sub(lambda match: _spoken_clock(match, translator), text)


def _rounded_left(left_s: float) -> str:
    """Return whole minutes from two minutes on, else whole seconds."""
    whole = max(0, round(left_s))
    return f"{round(whole / 60)} min" if whole >= 120 else f"{whole} s"


def _spoken_time(match: re.Match[str], translator: Translator) -> str:
    n = int(match[1])
    match match[2]:
        case "h":
            return translator.count("%(n)s hour", "%(n)s hours", n)
        case "min":
            return translator.count("%(n)s minute", "%(n)s minutes", n)
        case _:
            return translator.count("%(n)s second", "%(n)s seconds", n)


def _spoken_clock(match: re.Match[str], translator: Translator) -> str:
    hours, minutes = int(match[1]), int(match[2])
    if minutes == 0:
        return translator.count("%(n)s hour", "%(n)s hours", hours)
    return translator.say("%(hours)d %(minutes)02d", hours=hours, minutes=minutes)
