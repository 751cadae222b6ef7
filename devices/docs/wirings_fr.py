"""The words of the wiring drawings in French; what is not here reads the same in both languages."""

FRENCH = {
    "Laser cutter: lid and emergency stop in the contactor coil's own circuit":
        "Découpe laser : capot et arrêt d’urgence dans le circuit même de la bobine",
    "Permission: falls away by itself when the agent dies or hangs":
        "Autorisation : tombe d’elle-même si l’agent meurt ou se fige",
    "Pi, pin 17": "Pi, broche 17",
    "gpio_pulse toggles\n(or USB to a bridge)": "gpio_pulse bascule\n(ou USB vers bridge)",
    "charge pump": "pompe à diodes",
    "10 kΩ pull-down\nat the pin": "10 kΩ vers 0 V\nà la broche",
    "24 V relay,\nflyback diode": "relais 24 V,\ndiode de roue libre",
    "The contactor's coil: everything that protects stands here, in series":
        "Bobine du contacteur : tout ce qui protège est ici, en série",
    "fuse 1 A": "fusible 1 A",
    "S1 E-stop": "S1 arrêt urgence",
    "latching,\ndirect opening": "à accrochage,\nouverture positive",
    "S2 lid": "S2 capot",
    "safety switch,\nclosed lid": "interrupteur de\nsécurité, fermé",
    "S3 flow": "S3 débit",
    "water and\nextraction run": "eau et aspiration\nen marche",
    "Loquet's relay": "relais de Loquet",
    "contactor, 24 V coil,\nflyback diode": "contacteur, 24 V,\ndiode de roue libre",
    "Power: only the dangerous part is gated":
        "Puissance : seule la partie dangereuse est commandée",
    "breaker and\n30 mA RCD": "disjoncteur et\ndifférentiel 30 mA",
    "main contacts": "contacts principaux",
    "laser supply": "alim. laser",
    "the tube's\nhigh-voltage supply": "la haute tension\ndu tube",
    "Cooling and extraction: second switch, stays on for the cool-down":
        "Refroidissement et aspiration : second relais, temporisé à l’arrêt",
    "same breaker": "même disjoncteur",
    "`cooling`,\nenclosed relay": "`cooling`,\nrelais en coffret",
    "chiller, fan": "groupe froid",
    "What Loquet only observes: free contacts to the Pi, each its own wire":
        "Ce que Loquet ne fait qu’observer : contacts libres vers le Pi, un fil chacun",
    "S1, 2nd contact": "S1, 2e contact",
    "inputs.estop\npin 22": "inputs.estop\nbroche 22",
    "S2, 2nd contact": "S2, 2e contact",
    "inputs.interlock\npin 24": "inputs.interlock\nbroche 24",
    "KM1, auxiliary": "KM1, auxiliaire",
    "feedback_pin 27,\nmirror contact": "feedback_pin 27,\ncontact miroir",
    "Saw, planer, lathe: Loquet permits, emergency stop and start button decide":
        "Scie, dégauchisseuse, tour : Loquet autorise, arrêt et marche décident",
    "Permission: a bridge with its own time limit":
        "Autorisation : un bridge qui a sa propre limite de temps",
    "driver bridge": "pilote bridge",
    "watchdog, opens\nwithin 1 s": "chien de garde,\ns’ouvre en 1 s",
    "Emergency-stop chain, with a safety relay (EN ISO 13849-1, EN 60204-1)":
        "Arrêt d’urgence, avec un relais de sécurité (EN ISO 13849-1, EN 60204-1)",
    "at the machine": "à la machine",
    "S2 E-stop": "S2 arrêt urgence",
    "at the door": "à la porte",
    "S3 guard": "S3 protecteur",
    "if it has one": "s’il y en a un",
    "safety relay": "relais sécurité",
    "two channels,\nmonitored reset": "deux canaux,\nréarmement surveillé",
    "The contactor's coil: no start by itself (ISO 14118)":
        "Bobine du contacteur : aucun démarrage de lui-même (ISO 14118)",
    "free of danger": "sans danger",
    "S4 stop": "S4 arrêt",
    "S5 start": "S5 marche",
    "KM1's own contact\nholds in parallel": "auto-maintien par\nKM1 en parallèle",
    "contactor": "contacteur",
    "Power": "Puissance",
    "breaker, lockable\nisolator": "disjoncteur,\nsectionneur à cadenas",
    "thermal": "thermique",
    "motor protection": "protection moteur",
    "motor": "moteur",
    "What Loquet only observes: free contacts to the bridge, each its own wire":
        "Ce que Loquet ne fait qu’observer : contacts libres vers le bridge, un fil chacun",
    "inputs.estop:\nits signal contact": "inputs.estop : son\ncontact de signal",
    "sense_input:\nmirror contact": "sense_input :\ncontact miroir",
    "3D printer: a finished plug that switches and measures":
        "Imprimante 3D : une prise du commerce qui commute et mesure",
    "Power and meter in one finished, CE-marked plug":
        "Commande et mesure dans une seule prise du commerce, marquée CE",
    "wall socket": "prise murale",
    "30 mA RCD": "différentiel 30 mA",
    "plug": "prise",
    "power: shelly\nor tasmota": "power : shelly\nou tasmota",
    "meter": "mesure",
    "the same plug,\nmeter: shelly": "la même prise,\nmeter : shelly",
    "printer": "imprimante",
    "its own plug,\nnothing opened": "sa propre fiche,\nrien n’est ouvert",
    "Over the network: MQTT to the plug, HTTP to the printer's own computer":
        "Par le réseau : MQTT vers la prise, HTTP vers l’ordinateur de l’imprimante",
    "reader and\nindicator on it": "lecteur et\nvoyant dessus",
    "or Moonraker:\njob state": "ou Moonraker :\nétat du travail",
    "Or: a relay on a pin, in an enclosure, made by an electrician":
        "Ou : un relais sur une broche, en coffret, fait par un électricien",
    "relay, pin 17\n10 kΩ pull-down": "relais, broche 17\n10 kΩ vers 0 V",
    "Modbus, or clamp\nand ads1115": "Modbus, ou pince\net ads1115",
    "Door with a magnet or fail-safe strike (à rupture): no current, no lock":
        "Porte à ventouse ou gâche à rupture : sans courant, pas de verrou",
    "The lock's current: fire alarm and break-glass cut it in hardware":
        "Courant du verrou : alarme incendie et bris de glace le coupent en dur",
    "24 V supply": "alim. 24 V",
    "EN 54-4 where the\nrules ask, battery": "EN 54-4 si exigée,\nbatterie",
    "fire panel": "centrale SSI",
    "its relay opens\non alarm": "son relais s’ouvre\nà l’alarme",
    "green box": "boîtier vert",
    "break-glass, double\npole, EN 54-11": "bris de glace, deux\npôles, EN 54-11",
    "Loquet locks by\nclosing it": "Loquet verrouille\nen le fermant",
    "magnet": "ventouse",
    "diode across it": "diode en parallèle",
    "second pole of\nthe green box": "second pôle du\nboîtier vert",
    "Loquet's output": "Sortie de Loquet",
    "Pi, pin 18": "Pi, broche 18",
    'strike: gpio,\nfail = "fail_safe"': 'strike : gpio,\nfail = "fail_safe"',
    "relay module,\n10 kΩ pull-down": "module relais,\n10 kΩ vers 0 V",
    "Inputs: each its own wire, pull-up inside the Pi":
        "Entrées : un fil chacune, rappel au 3,3 V dans le Pi",
    "door contact": "contact de porte",
    "inputs.contact\npin 24": "inputs.contact\nbroche 24",
    "exit button": "bouton de sortie",
    "inputs.rex, pin 25;\nno way out by itself": "inputs.rex, broche 25 ;\npas la seule issue",
    "2nd contact:\ninputs.fire, pin 23": "2e contact :\ninputs.fire, broche 23",
    "Door with a fail-secure strike (à émission): the handle always opens":
        "Porte à gâche à émission : la poignée ouvre toujours",
    "The strike's current: a pulse releases it":
        "Courant de la gâche : une impulsion la libère",
    "12 or 24 V": "12 ou 24 V",
    "fuse 1 A, battery": "fusible 1 A, batterie",
    "Loquet's relay,\npulse_s": "relais de Loquet,\npulse_s",
    "strike": "gâche",
    "Way out: the inside handle moves the latch itself, without any current":
        "Sortie : la poignée intérieure tire le pêne, sans aucun courant",
    "inside handle": "poignée intérieure",
    "mechanical,\nnever locked": "mécanique,\njamais verrouillée",
    "latch": "pêne",
    "EN 179 or EN 1125\non an escape route": "EN 179 ou EN 1125\nsur une issue de secours",
    'strike: gpio,\nfail = "fail_secure"': 'strike : gpio,\nfail = "fail_secure"',
    "handle switch": "contact poignée",
    "inputs.rex, pin 25:\nno false alarm": "inputs.rex, broche 25 :\npas de fausse alarme",
    "pin": "broche",
    "24 V or less": "24 V ou moins",
    "230/400 V: a qualified electrician": "230/400 V : électricien habilité",
}  # fmt: skip
SAME = frozenset(
    ("K1", "K2", "KM1", "0 V", "24 V", "230 V", "400 V", "Pi, USB", "bridge", "TLS", "OctoPrint",
     "Pi, agent", "broker", "")
)  # fmt: skip
"""What electricians of both languages write alike."""
