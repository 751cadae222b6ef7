"""The lights and beeps of every look and flash, as a picture in each language."""

from collections.abc import Mapping

from controller.domain.facts import Language
from devices.drivers.light_patterns import DOOR_LOOKS, FLASHES, LOOKS, MACHINE_LOOKS, Beep, Step
from devices.ports import Flash, Look
from devices.sim.timeline import Row, Span, svg

SECONDS = 6
_Both = tuple[str, str]
_TITLE: _Both = ("Voyants et bips", "Lights and beeps")
_SECTIONS: tuple[_Both, ...] = (
    ("Machine", "Machine"),
    ("Porte", "Door"),
    ("Pendant un instant", "For a moment"),
)
_BEEPS: Mapping[Beep, _Both] = {Beep.HIGH: ("aigu", "high"), Beep.LOW: ("grave", "low")}
_MACHINE: Mapping[Look, tuple[_Both, _Both]] = {
    Look.STARTING: (("Démarrage", "Starting"), ("blanc faible, clignote", "dim white, blinks")),
    Look.FREE: (("Libre", "Free"), ("blanc faible, fixe", "dim white, steady")),
    Look.ARMED: (("Allumée", "On"), ("bleu, fixe", "blue, steady")),
    Look.RUNNING: (
        ("En marche", "Running"),
        ("vert, cligne toutes les 2 s", "green, winks every 2 s"),
    ),
    Look.IDLE_WARNING: (
        ("Arrêt dans …", "Stops in …"),
        ("bleu, clignote lentement, bip", "blue, blinks slowly, beeps"),
    ),
    Look.COOLING: (("Refroidit", "Cooling down"), ("cyan, cligne deux fois", "cyan, winks twice")),
    Look.OUT_OF_SERVICE: (
        ("Hors service", "Out of service"),
        ("orange, un éclat toutes les 3 s", "amber, one flash every 3 s"),
    ),
    Look.FAULT: (("En défaut", "Fault"), ("rouge, clignote vite", "red, blinks quickly")),
}
_DOOR: Mapping[Look, tuple[_Both, _Both]] = {
    **_MACHINE,
    Look.FREE: (("Verrouillée", "Locked"), ("blanc faible, fixe", "dim white, steady")),
    Look.RELEASED: (("Déverrouillée", "Unlocked"), ("vert, fixe", "green, steady")),
    Look.FAULT: (
        ("Restée ouverte, forcée", "Held open, forced"),
        ("rouge, clignote vite", "red, blinks quickly"),
    ),
}
_FLASHES: Mapping[Flash, tuple[_Both, _Both]] = {
    Flash.GRANTED: (("Accepté", "Granted"), ("vert, un bip aigu", "green, one high beep")),
    Flash.DENIED: (
        ("Refusé", "Refused"),
        ("rouge trois fois, deux bips graves", "red three times, two low beeps"),
    ),
    Flash.NOTED: (
        ("C’est noté", "Noted"),
        ("blanc deux fois, un bip bref", "white twice, one short beep"),
    ),
    Flash.IDENTIFY: (
        ("C’est moi", "It is me"),
        ("blanc, clignote et bipe", "white, blinks and beeps"),
    ),
}


def file_of(language: Language) -> str:
    """The picture's name."""
    return f"lights-{language.value}.svg"


def lights(language: Language) -> str:
    """The picture of everything, as SVG."""
    said = 0 if language is Language.FR else 1
    machine = [_row(_MACHINE[look], LOOKS[look], said, forever=True) for look in MACHINE_LOOKS]
    door = [_row(_DOOR[look], LOOKS[look], said, forever=True) for look in DOOR_LOOKS]
    flashes = [_row(_FLASHES[flash], FLASHES[flash], said, forever=False) for flash in Flash]
    names = (name[said] for name in _SECTIONS)
    return svg(_TITLE[said], list(zip(names, (machine, door, flashes), strict=True)), SECONDS)


def _row(texts: tuple[_Both, _Both], steps: tuple[Step, ...], said: int, *, forever: bool) -> Row:
    label, note = texts
    return Row(label[said], note[said], tuple(_spans(steps, said, forever=forever)))


def _spans(steps: tuple[Step, ...], said: int, *, forever: bool) -> list[Span]:
    spans: list[Span] = []
    at_s = 0.0
    while at_s < SECONDS:
        for step in steps:
            end_s = SECONDS if step.for_s is None else at_s + step.for_s
            sound = "" if step.beep is None else _BEEPS[step.beep][said]
            spans.append(Span(at_s, end_s, step.colour, sound))
            at_s = end_s
        if not forever:
            break
    return spans
