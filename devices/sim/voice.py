"""A simulated loudspeaker: the real espeak-ng writes sound files, and a log holds their texts."""

import errno
import os
from itertools import count
from pathlib import Path

import msgspec

from controller.domain.facts import Language

LOG = "said.jsonl"
"""File with one JSON line per announcement."""


class SoundFiles:
    """Writes `0001.wav`, `0002.wav`, … and `said.jsonl` into a folder.

    If the folder is missing, there is no loudspeaker.
    """

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)
        self._numbers = count(1)
        self._file = ""

    def arguments(self) -> list[str]:
        """See devices.drivers.speech.speech.Voice."""
        if not self._folder.is_dir():
            raise OSError(errno.ENODEV, os.strerror(errno.ENODEV), str(self._folder))
        if not self._file or (self._folder / self._file).exists():
            self._file = f"{next(self._numbers):04}.wav"
        return ["-w", str(self._folder / self._file)]

    def spoken(self, text: str, language: Language) -> None:
        """See devices.drivers.speech.speech.Voice."""
        line = {"file": self._file, "language": language.value, "text": text}
        with (self._folder / LOG).open("ab") as log:
            log.write(msgspec.json.encode(line) + b"\n")
