"""The drawings of docs/wiring.md, one for each kind of machine and door."""

from controller.domain.facts import Language
from tools.hardware.ladder import Drawing, LadderPart, Part, Rung, Words, Zone, svg
from tools.hardware.wirings_fr import FRENCH

_NC, _NO, _COIL, _BOX = Part.NC, Part.NO, Part.COIL, Part.BOX

LASER = Drawing(
    "wiring-laser",
    "Laser cutter: lid and emergency stop in the contactor coil's own circuit",
    (
        Rung(
            "Permission: falls away by itself when the agent dies or hangs",
            Zone.LOW,
            (
                LadderPart(_BOX, "Pi, pin 17", "gpio_pulse toggles\n(or USB to a bridge)"),
                LadderPart(_BOX, "charge pump", "10 kΩ pull-down\nat the pin"),
                LadderPart(_COIL, "K1", "24 V relay,\nflyback diode"),
                LadderPart(_BOX, "0 V"),
            ),
        ),
        Rung(
            "The contactor's coil: everything that protects stands here, in series",
            Zone.LOW,
            (
                LadderPart(_BOX, "24 V", "fuse 1 A"),
                LadderPart(_NC, "S1 E-stop", "latching,\ndirect opening"),
                LadderPart(_NC, "S2 lid", "safety switch,\nclosed lid"),
                LadderPart(_NO, "S3 flow", "water and\nextraction run"),
                LadderPart(_NO, "K1", "Loquet's relay"),
                LadderPart(_COIL, "KM1", "contactor, 24 V coil,\nflyback diode"),
            ),
        ),
        Rung(
            "Power: only the dangerous part is gated",
            Zone.MAINS,
            (
                LadderPart(_BOX, "230 V", "breaker and\n30 mA RCD"),
                LadderPart(_NO, "KM1", "main contacts"),
                LadderPart(_BOX, "laser supply", "the tube's\nhigh-voltage supply"),
            ),
        ),
        Rung(
            "Cooling and extraction: second switch, stays on for the cool-down",
            Zone.MAINS,
            (
                LadderPart(_BOX, "230 V", "same breaker"),
                LadderPart(_NO, "K2", "`cooling`,\nenclosed relay"),
                LadderPart(_BOX, "chiller, fan"),
            ),
        ),
        Rung(
            "What Loquet only observes: free contacts to the Pi, each its own wire",
            Zone.LOW,
            (
                LadderPart(_NC, "S1, 2nd contact", "inputs.estop\npin 22"),
                LadderPart(_NC, "S2, 2nd contact", "inputs.interlock\npin 24"),
                LadderPart(_NO, "KM1, auxiliary", "feedback_pin 27,\nmirror contact"),
            ),
            apart=True,
        ),
    ),
)

WORKSHOP = Drawing(
    "wiring-workshop",
    "Saw, planer, lathe: Loquet permits, emergency stop and start button decide",
    (
        Rung(
            "Permission: a bridge with its own time limit",
            Zone.LOW,
            (
                LadderPart(_BOX, "Pi, USB", "driver bridge"),
                LadderPart(_BOX, "bridge", "watchdog, opens\nwithin 1 s"),
                LadderPart(_COIL, "K1", "24 V relay,\nflyback diode"),
                LadderPart(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Emergency-stop chain, with a safety relay (EN ISO 13849-1, EN 60204-1)",
            Zone.LOW,
            (
                LadderPart(_BOX, "24 V", "fuse 1 A"),
                LadderPart(_NC, "S1 E-stop", "at the machine"),
                LadderPart(_NC, "S2 E-stop", "at the door"),
                LadderPart(_NC, "S3 guard", "if it has one"),
                LadderPart(_BOX, "safety relay", "two channels,\nmonitored reset"),
            ),
        ),
        Rung(
            "The contactor's coil: no start by itself (ISO 14118)",
            Zone.LOW,
            (
                LadderPart(_BOX, "24 V"),
                LadderPart(_NO, "safety relay", "free of danger"),
                LadderPart(_NC, "S4 stop"),
                LadderPart(_NO, "S5 start", "KM1's own contact\nholds in parallel"),
                LadderPart(_NO, "K1", "Loquet's relay"),
                LadderPart(_COIL, "KM1", "contactor"),
            ),
        ),
        Rung(
            "Power",
            Zone.MAINS,
            (
                LadderPart(_BOX, "400 V", "breaker, lockable\nisolator"),
                LadderPart(_NO, "KM1", "main contacts"),
                LadderPart(_NC, "thermal", "motor protection"),
                LadderPart(_BOX, "motor"),
            ),
        ),
        Rung(
            "What Loquet only observes: free contacts to the bridge, each its own wire",
            Zone.LOW,
            (
                LadderPart(_NC, "safety relay", "inputs.estop:\nits signal contact"),
                LadderPart(_NO, "KM1, auxiliary", "sense_input:\nmirror contact"),
            ),
            apart=True,
        ),
    ),
)

PRINTER = Drawing(
    "wiring-printer",
    "3D printer: a finished plug that switches and measures",
    (
        Rung(
            "Power and meter in one finished, CE-marked plug",
            Zone.MAINS,
            (
                LadderPart(_BOX, "wall socket", "30 mA RCD"),
                LadderPart(_NO, "plug", "power: shelly\nor tasmota"),
                LadderPart(_BOX, "meter", "the same plug,\nmeter: shelly"),
                LadderPart(_BOX, "printer", "its own plug,\nnothing opened"),
            ),
        ),
        Rung(
            "Over the network: MQTT to the plug, HTTP to the printer's own computer",
            Zone.LOW,
            (
                LadderPart(_BOX, "Pi, agent", "reader and\nindicator on it"),
                LadderPart(_BOX, "broker", "TLS"),
                LadderPart(_BOX, "plug"),
                LadderPart(_BOX, "OctoPrint", "or Moonraker:\njob state"),
            ),
        ),
        Rung(
            "Or: a relay on a pin, in an enclosure, made by an electrician",
            Zone.MAINS,
            (
                LadderPart(_BOX, "230 V", "breaker and\n30 mA RCD"),
                LadderPart(_NO, "K1", "relay, pin 17\n10 kΩ pull-down"),
                LadderPart(_BOX, "meter", "Modbus, or clamp\nand ads1115"),
                LadderPart(_BOX, "printer"),
            ),
        ),
    ),
)

FAIL_SAFE = Drawing(
    "wiring-door-fail-safe",
    "Door with a magnet or fail-safe strike (à rupture): no current, no lock",
    (
        Rung(
            "The lock's current: fire alarm and break-glass cut it in hardware",
            Zone.LOW,
            (
                LadderPart(_BOX, "24 V supply", "EN 54-4 where the\nrules ask, battery"),
                LadderPart(_NC, "fire panel", "its relay opens\non alarm"),
                LadderPart(_NC, "green box", "break-glass, double\npole, EN 54-11"),
                LadderPart(_NO, "K1", "Loquet locks by\nclosing it"),
                LadderPart(_COIL, "magnet", "diode across it"),
                LadderPart(_BOX, "0 V", "second pole of\nthe green box"),
            ),
        ),
        Rung(
            "Loquet's output",
            Zone.LOW,
            (
                LadderPart(_BOX, "Pi, pin 18", 'strike: gpio,\nfail = "fail_safe"'),
                LadderPart(_COIL, "K1", "relay module,\n10 kΩ pull-down"),
                LadderPart(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Inputs: each its own wire, pull-up inside the Pi",
            Zone.LOW,
            (
                LadderPart(_NC, "door contact", "inputs.contact\npin 24"),
                LadderPart(_NO, "exit button", "inputs.rex, pin 25;\nno way out by itself"),
                LadderPart(_NC, "fire panel", "2nd contact:\ninputs.fire, pin 23"),
            ),
            apart=True,
        ),
    ),
)

FAIL_SECURE = Drawing(
    "wiring-door-fail-secure",
    "Door with a fail-secure strike (à émission): the handle always opens",
    (
        Rung(
            "The strike's current: a pulse releases it",
            Zone.LOW,
            (
                LadderPart(_BOX, "12 or 24 V", "fuse 1 A, battery"),
                LadderPart(_NO, "K1", "Loquet's relay,\npulse_s"),
                LadderPart(_COIL, "strike", "diode across it"),
                LadderPart(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Way out: the inside handle moves the latch itself, without any current",
            Zone.LOW,
            (
                LadderPart(Part.WIRE, "inside handle", "mechanical,\nnever locked"),
                LadderPart(_BOX, "latch", "EN 179 or EN 1125\non an escape route"),
            ),
        ),
        Rung(
            "Loquet's output",
            Zone.LOW,
            (
                LadderPart(_BOX, "Pi, pin 18", 'strike: gpio,\nfail = "fail_secure"'),
                LadderPart(_COIL, "K1", "relay module,\n10 kΩ pull-down"),
                LadderPart(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Inputs: each its own wire, pull-up inside the Pi",
            Zone.LOW,
            (
                LadderPart(_NC, "door contact", "inputs.contact\npin 24"),
                LadderPart(_NO, "handle switch", "inputs.rex, pin 25:\nno false alarm"),
            ),
            apart=True,
        ),
    ),
)

DRAWINGS = (LASER, WORKSHOP, PRINTER, FAIL_SAFE, FAIL_SECURE)


def pictures() -> dict[str, str]:
    """Each drawing in each language, by the name of its file."""
    return {
        f"{drawing.file}-{language}.svg": svg(drawing, _words(language))
        for drawing in DRAWINGS
        for language in Language
    }


def _words(language: Language) -> Words:
    return str if language is Language.EN else lambda text: FRENCH.get(text, text)
