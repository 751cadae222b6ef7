"""What a machine and a door say of themselves on a display, and to whom it is said aloud."""

from controller.domain.facts import Aid, Language, Name, SessionRules
from devices.ports import Look, Message
from tests.devices.agent.agent_rig import (
    AMINA,
    Contact,
    Lamp,
    Rig,
    Switch,
    door_facts,
    machine_facts,
    member,
)

RULES = SessionRules(idle_timeout_s=600, idle_warn_s=60, cool_down_s=30)


def _said(rig: Rig, *, aids: tuple[Aid, ...] = ()) -> tuple[Lamp, Switch]:
    rig.person(AMINA, member("amina", "laser", language=Language.EN, aids=aids))
    return Lamp(), Switch()


def test_a_free_machine_says_its_name_and_what_to_do_in_the_sites_language(rig: Rig) -> None:
    facts = machine_facts(session=RULES, name=Name(fr="Découpeuse laser", en="Laser cutter"))
    look, message = rig.machine(facts).look()
    assert look is Look.FREE
    assert message == Message("Libre", ("Badgez pour commencer.",), name="Découpeuse laser")


def test_who_holds_it_reads_their_own_language_and_the_time_left(rig: Rig) -> None:
    lamp, switch = _said(rig)
    facts = machine_facts(session=RULES, name=Name(fr="Découpeuse laser", en="Laser cutter"))
    laser = rig.machine(facts, switch=switch, lamp=lamp)
    rig.tap(laser, AMINA)
    rig.pass_(150)
    message = laser.look()[1]
    assert message is not None
    assert (message.name, message.title) == ("Laser cutter", "On")
    assert message.lines == ("Tap to end.",)
    assert (message.left_s, message.of_s) == (450, 600)
    assert not message.speak


def test_a_warning_is_spoken_to_who_asked_for_it_and_to_nobody_else(rig: Rig) -> None:
    for aids, speaks in (((), False), ((Aid.SPEECH,), True)):
        lamp, switch = _said(rig, aids=aids)
        laser = rig.machine(machine_facts(session=RULES), switch=switch, lamp=lamp)
        rig.tap(laser, AMINA)
        rig.pass_(560)
        look, message = laser.look()
        assert look is Look.IDLE_WARNING
        assert message is not None
        assert (message.title, message.lines) == ("Stops in", ("Tap to continue.",))
        assert message.left_s == 40
        assert message.speak is speaks
        rig.tap(laser, AMINA)
        rig.points.remove(laser)


def test_a_latched_fault_wins_over_everything(rig: Rig) -> None:
    laser = rig.machine(machine_facts(session=RULES), inputs={"estop": Contact()})
    rig.press(laser, "estop", True)
    look, message = laser.look()
    assert look is Look.FAULT
    assert message is not None
    assert message.title == "Arrêt d’urgence"
    assert message.left_s is None


def test_a_start_condition_is_told_before_anybody_taps(rig: Rig) -> None:
    laser = rig.machine(machine_facts(session=RULES), inputs={"start-lid": Contact()})
    rig.press(laser, "start-lid", True)
    message = laser.look()[1]
    assert message is not None
    assert (message.title, message.lines) == (
        "Libre",
        ("Mettez la machine en position de départ.",),
    )


def test_an_open_guard_is_told_before_anybody_taps(rig: Rig) -> None:
    laser = rig.machine(machine_facts(session=RULES), inputs={"interlock": Contact()})
    rig.press(laser, "interlock", True)
    message = laser.look()[1]
    assert message is not None
    assert message.title == "Une sécurité est ouverte"


def test_a_door_says_what_to_do(rig: Rig) -> None:
    door = rig.door(door_facts(name=Name(fr="Entrée", en="Entrance")))
    message = door.look()[1]
    assert message == Message("Verrouillée", ("Badgez pour entrer.",), name="Entrée")


def test_a_door_out_of_service_says_why(rig: Rig) -> None:
    door = rig.door(door_facts(in_service=False, service_reason="Serrure démontée"))
    look, message = door.look()
    assert look is Look.OUT_OF_SERVICE
    assert message is not None
    assert message.lines == ("Serrure démontée", "Prenez une autre porte.")
