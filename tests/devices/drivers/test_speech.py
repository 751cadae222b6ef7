"""Speech: the real espeak-ng says what was asked for, to those who asked, in their language."""

import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import msgspec
import pytest

from devices.drivers.speech.speech import spoken_text
from devices.ports import DeviceEvent, Flash, Indicator, Look, Message
from devices.registry import INDICATOR, wire
from devices.sim.voice import LOG
from devices.wiring import Context
from tests.support import translation

WAIT_S = 180.0
FR, EN = translation.FR.language, translation.EN.language


@pytest.mark.parametrize(
    ("message", "with_left", "text"),
    [
        (
            Message("Badge inconnu", ("Présentez-le à nouveau.",)),
            False,
            "Badge inconnu. Présentez-le à nouveau.",
        ),
        (
            Message("Arrêt dans", ("Badgez pour continuer.",), left_s=45),
            True,
            "Arrêt dans 45 secondes. Badgez pour continuer.",
        ),
        (
            Message("Stops in", ("Tap to continue.",), EN, left_s=179.6),
            True,
            "Stops in 3 minutes. Tap to continue.",
        ),
        (Message("Durée maximale dans 15 min"), False, "Durée maximale dans 15 minutes."),
        (Message("Hours end in 1 h", (), EN), False, "Hours end in 1 hour."),
        (Message("Bienvenue", ("Jusqu’à 18:00.",)), False, "Bienvenue. Jusqu’à 18 heures."),
        (Message("Bienvenue", ("Jusqu’à 18:05.",)), False, "Bienvenue. Jusqu’à 18 heures 5."),
        (Message("Il faut :", ("Découpe laser",)), False, "Il faut : Découpe laser."),
    ],
)
def test_numbers_are_said_as_people_say_them(message: Message, with_left: bool, text: str) -> None:
    assert spoken_text(message, translation.WORDS.of(message.language), with_left=with_left) == text


Said = Callable[[int], list[dict[str, Any]]]


@pytest.fixture
def speech(tmp_path: Path) -> Iterator[Indicator]:
    events: SimpleQueue[DeviceEvent] = SimpleQueue()
    table = {"driver": "speech", "to": f"sim:{tmp_path}"}
    made = wire(INDICATOR, table, "here").open(Context("d", events.put, words=translation.WORDS))
    yield made
    made.close()
    assert events.empty()


@pytest.fixture
def said(tmp_path: Path) -> Said:
    def wait_for(number: int) -> list[dict[str, Any]]:
        """What was said, once so many texts were."""
        end_s = time.monotonic() + WAIT_S
        while time.monotonic() < end_s:
            lines = (tmp_path / LOG).read_bytes().splitlines() if (tmp_path / LOG).exists() else []
            if len(lines) >= number:
                return [msgspec.json.decode(line) for line in lines]
            time.sleep(0.02)
        pytest.fail(f"only {lines}")

    return wait_for


@pytest.mark.needs("espeak-ng")
def test_what_is_said_is_sound(speech: Indicator, said: Said, tmp_path: Path) -> None:
    speech.flash(Flash.DENIED, Message("Badge inconnu", speak=True))
    (first,) = said(1)
    assert first == {"file": "0001.wav", "language": "fr", "text": "Badge inconnu."}
    speech.flash(Flash.GRANTED, Message("Welcome", (), EN, speak=True))
    assert said(2)[1] == {"file": "0002.wav", "language": "en", "text": "Welcome."}
    for name in ("0001.wav", "0002.wav"):
        with wave.open(str(tmp_path / name)) as sound:
            frames = sound.readframes(sound.getnframes())
            assert sound.getnframes() / sound.getframerate() > 0.3
            assert max(frames) > 0
            assert len(set(frames)) > 50, "more than silence"


@pytest.mark.needs("espeak-ng")
def test_nothing_is_said_to_who_did_not_ask(speech: Indicator, said: Said) -> None:
    speech.show(Look.FREE, Message("Libre"))
    speech.flash(Flash.DENIED, Message("Badge inconnu"))
    speech.flash(Flash.IDENTIFY)
    speech.flash(Flash.GRANTED, Message("Bienvenue", speak=True))
    assert [one["text"] for one in said(1)] == ["Bienvenue."]


@pytest.mark.needs("espeak-ng")
def test_a_look_is_said_once_although_its_time_runs(speech: Indicator, said: Said) -> None:
    for left_s in (60.0, 59.0, 58.0):
        warning = Message("Arrêt dans", speak=True, left_s=left_s, of_s=60)
        speech.show(Look.IDLE_WARNING, warning)
        said(1)
    speech.show(Look.FREE, Message("Libre"))
    speech.flash(Flash.GRANTED, Message("Bienvenue", speak=True))
    assert [one["text"] for one in said(2)] == ["Arrêt dans 60 secondes.", "Bienvenue."]


@pytest.mark.needs("espeak-ng")
def test_a_text_cannot_be_an_option_of_the_program(
    speech: Indicator, said: Said, tmp_path: Path
) -> None:
    speech.flash(Flash.DENIED, Message(f"-w {tmp_path}/evil.wav --version", speak=True))
    said(1)
    assert not (tmp_path / "evil.wav").exists()
