"""The drawings of docs/wiring.md, one for each kind of machine and door."""

from controller.domain.facts import Language
from tools.hardware.ladder import Drawing, Part, Rung, Thing, Words, Zone, svg
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
                Thing(_BOX, "Pi, pin 17", "gpio_pulse toggles\n(or USB to a bridge)"),
                Thing(_BOX, "charge pump", "10 kΩ pull-down\nat the pin"),
                Thing(_COIL, "K1", "24 V relay,\nflyback diode"),
                Thing(_BOX, "0 V"),
            ),
        ),
        Rung(
            "The contactor's coil: everything that protects stands here, in series",
            Zone.LOW,
            (
                Thing(_BOX, "24 V", "fuse 1 A"),
                Thing(_NC, "S1 E-stop", "latching,\ndirect opening"),
                Thing(_NC, "S2 lid", "safety switch,\nclosed lid"),
                Thing(_NO, "S3 flow", "water and\nextraction run"),
                Thing(_NO, "K1", "Loquet's relay"),
                Thing(_COIL, "KM1", "contactor, 24 V coil,\nflyback diode"),
            ),
        ),
        Rung(
            "Power: only the dangerous part is gated",
            Zone.MAINS,
            (
                Thing(_BOX, "230 V", "breaker and\n30 mA RCD"),
                Thing(_NO, "KM1", "main contacts"),
                Thing(_BOX, "laser supply", "the tube's\nhigh-voltage supply"),
            ),
        ),
        Rung(
            "Cooling and extraction: second switch, stays on for the cool-down",
            Zone.MAINS,
            (
                Thing(_BOX, "230 V", "same breaker"),
                Thing(_NO, "K2", "`cooling`,\nenclosed relay"),
                Thing(_BOX, "chiller, fan"),
            ),
        ),
        Rung(
            "What Loquet only observes: free contacts to the Pi, each its own wire",
            Zone.LOW,
            (
                Thing(_NC, "S1, 2nd contact", "inputs.estop\npin 22"),
                Thing(_NC, "S2, 2nd contact", "inputs.interlock\npin 24"),
                Thing(_NO, "KM1, auxiliary", "feedback_pin 27,\nmirror contact"),
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
                Thing(_BOX, "Pi, USB", "driver bridge"),
                Thing(_BOX, "bridge", "watchdog, opens\nwithin 1 s"),
                Thing(_COIL, "K1", "24 V relay,\nflyback diode"),
                Thing(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Emergency-stop chain, with a safety relay (EN ISO 13849-1, EN 60204-1)",
            Zone.LOW,
            (
                Thing(_BOX, "24 V", "fuse 1 A"),
                Thing(_NC, "S1 E-stop", "at the machine"),
                Thing(_NC, "S2 E-stop", "at the door"),
                Thing(_NC, "S3 guard", "if it has one"),
                Thing(_BOX, "safety relay", "two channels,\nmonitored reset"),
            ),
        ),
        Rung(
            "The contactor's coil: no start by itself (ISO 14118)",
            Zone.LOW,
            (
                Thing(_BOX, "24 V"),
                Thing(_NO, "safety relay", "free of danger"),
                Thing(_NC, "S4 stop"),
                Thing(_NO, "S5 start", "KM1's own contact\nholds in parallel"),
                Thing(_NO, "K1", "Loquet's relay"),
                Thing(_COIL, "KM1", "contactor"),
            ),
        ),
        Rung(
            "Power",
            Zone.MAINS,
            (
                Thing(_BOX, "400 V", "breaker, lockable\nisolator"),
                Thing(_NO, "KM1", "main contacts"),
                Thing(_NC, "thermal", "motor protection"),
                Thing(_BOX, "motor"),
            ),
        ),
        Rung(
            "What Loquet only observes: free contacts to the bridge, each its own wire",
            Zone.LOW,
            (
                Thing(_NC, "safety relay", "inputs.estop:\nits signal contact"),
                Thing(_NO, "KM1, auxiliary", "sense_input:\nmirror contact"),
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
                Thing(_BOX, "wall socket", "30 mA RCD"),
                Thing(_NO, "plug", "power: shelly\nor tasmota"),
                Thing(_BOX, "meter", "the same plug,\nmeter: shelly"),
                Thing(_BOX, "printer", "its own plug,\nnothing opened"),
            ),
        ),
        Rung(
            "Over the network: MQTT to the plug, HTTP to the printer's own computer",
            Zone.LOW,
            (
                Thing(_BOX, "Pi, agent", "reader and\nindicator on it"),
                Thing(_BOX, "broker", "TLS"),
                Thing(_BOX, "plug"),
                Thing(_BOX, "OctoPrint", "or Moonraker:\njob state"),
            ),
        ),
        Rung(
            "Or: a relay on a pin, in an enclosure, made by an electrician",
            Zone.MAINS,
            (
                Thing(_BOX, "230 V", "breaker and\n30 mA RCD"),
                Thing(_NO, "K1", "relay, pin 17\n10 kΩ pull-down"),
                Thing(_BOX, "meter", "Modbus, or clamp\nand ads1115"),
                Thing(_BOX, "printer"),
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
                Thing(_BOX, "24 V supply", "EN 54-4 where the\nrules ask, battery"),
                Thing(_NC, "fire panel", "its relay opens\non alarm"),
                Thing(_NC, "green box", "break-glass, double\npole, EN 54-11"),
                Thing(_NO, "K1", "Loquet locks by\nclosing it"),
                Thing(_COIL, "magnet", "diode across it"),
                Thing(_BOX, "0 V", "second pole of\nthe green box"),
            ),
        ),
        Rung(
            "Loquet's output",
            Zone.LOW,
            (
                Thing(_BOX, "Pi, pin 18", 'strike: gpio,\nfail = "fail_safe"'),
                Thing(_COIL, "K1", "relay module,\n10 kΩ pull-down"),
                Thing(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Inputs: each its own wire, pull-up inside the Pi",
            Zone.LOW,
            (
                Thing(_NC, "door contact", "inputs.contact\npin 24"),
                Thing(_NO, "exit button", "inputs.rex, pin 25;\nno way out by itself"),
                Thing(_NC, "fire panel", "2nd contact:\ninputs.fire, pin 23"),
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
                Thing(_BOX, "12 or 24 V", "fuse 1 A, battery"),
                Thing(_NO, "K1", "Loquet's relay,\npulse_s"),
                Thing(_COIL, "strike", "diode across it"),
                Thing(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Way out: the inside handle moves the latch itself, without any current",
            Zone.LOW,
            (
                Thing(Part.WIRE, "inside handle", "mechanical,\nnever locked"),
                Thing(_BOX, "latch", "EN 179 or EN 1125\non an escape route"),
            ),
        ),
        Rung(
            "Loquet's output",
            Zone.LOW,
            (
                Thing(_BOX, "Pi, pin 18", 'strike: gpio,\nfail = "fail_secure"'),
                Thing(_COIL, "K1", "relay module,\n10 kΩ pull-down"),
                Thing(_BOX, "0 V"),
            ),
        ),
        Rung(
            "Inputs: each its own wire, pull-up inside the Pi",
            Zone.LOW,
            (
                Thing(_NC, "door contact", "inputs.contact\npin 24"),
                Thing(_NO, "handle switch", "inputs.rex, pin 25:\nno false alarm"),
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
