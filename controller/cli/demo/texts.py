"""Texts that people of the demo's place wrote, in French and in English.

The demo uses one of the languages. Names of people and institutions stay as they are, since the
place is in France.
"""

from controller.domain.facts import Language

_ENGLISH = {
    "La Fabrique, démonstration": "La Fabrique, demonstration",
    # hours
    "Nettoyage de l’atelier": "Cleaning of the workshop",
    "Nocturne": "Open late",
    "Ouverture matinale": "Open early",
    # care of machines
    "miroir 2 réglé": "mirror 2 adjusted",
    "Le capot frotte à gauche, il faut forcer pour le fermer.": (
        "The lid rubs on the left, one has to force it to close it."
    ),
    "L’aspiration siffle.": "The extraction whistles.",
    "Collier resserré.": "Clamp tightened.",
    "Il n’y a plus de vinyle noir.": "There is no black vinyl left.",
    "bip et lumière": "beep and light",
    "machine débranchée, le contacteur claque": "machine unplugged, the contactor clicks",
    "il retombe": "it drops out",
    "coupé aussitôt": "cut at once",
    "rien ne repart seul": "nothing starts again by itself",
    "coupé en moins d’une seconde": "cut within a second",
    "vu": "seen",
    # courses
    "L’imprimante attend une buse : nous vous proposons une autre date.": (
        "The printer waits for a nozzle: we offer you another date."
    ),
    "Porte-clés à son nom": "A key ring with your name",
    "Buse bouchée deux fois : à revoir ensemble": "Nozzle blocked twice: to go over together",
    # funders
    "Repair Café du samedi": "Repair café on Saturday",
    "Réglage des imprimantes": "Adjusting the printers",
    "Journée de rangement": "Tidying day",
    # catching up
    "La clé du local vélo est chez Sylvie, à reprendre avant 18 h.": (
        "Sylvie has the key of the bicycle room: fetch it before 18:00."
    ),
    "Colis pour Récup’Art sous le comptoir, à remettre à 17 h.": (
        "Parcel for Récup’Art under the counter, to be handed over at 17:00."
    ),
    "Filament PLA, trois bobines, pour l’atelier": "PLA filament, three spools, for the workshop",
    "Un ordinateur portable a disparu de l’espace de travail.": (
        "A laptop has disappeared from the work space."
    ),
    "Porte restée ouverte, lieu fermé, sans badge ni bouton de sortie.": (
        "Door left open while the place was closed, without a badge or the exit button."
    ),
    # money
    "Délibération %s du conseil communautaire": "Decision %s of the community council",
    "reçu 2026-41 du SGC de Béthune": "receipt 2026-41 of the SGC of Béthune",
    "fonds de caisse apporté par la régie": "float brought by the treasury",
    "tube en fin de vie, à refaire": "tube at the end of its life, to be done again",
    # needs and data
    "De l’aide pour les démarches en ligne": "Help with online formalities",
    "Permanence le vendredi matin avec France services, depuis septembre.": (
        "Help desk on Friday mornings with France services, since September."
    ),
    "Ouvrir un soir de plus": "Open one more evening",
    "Le jeudi jusqu’à 20:00, depuis octobre.": "On Thursdays until 20:00, since October.",
    "Acheter le contreplaqué sur place": "Buy plywood on the spot",
    "3 et 5 mm, au prix d’achat.": "3 and 5 mm, at cost price.",
    "Venir avec un enfant le mercredi": "Come with a child on Wednesdays",
    "Avis de la commission de sécurité attendu en janvier.": (
        "The safety commission is to answer in January."
    ),
    "Une machine à coudre industrielle": "An industrial sewing machine",
    "Trop bruyante pour l’espace Textile. Celle de L’Annexe, à Bruay, est ouverte à tous.": (
        "Too loud for the textile area. The one of L’Annexe, in Bruay, is open to everybody."
    ),
    "Une table réglable au poste de soudure": "An adjustable table for soldering",
    "Commandée, posée en janvier.": "Ordered, will be there in January.",
    "Un casier pour laisser son ouvrage": "A locker to leave one’s work in",
    "Des soirées réparation": "Repair evenings",
    "Première soirée le 22 janvier.": "First evening on 22 January.",
    "Il n’y a plus de contreplaqué en 3 mm": "There is no 3 mm plywood left",
    "Un atelier pour réparer son téléphone": "A workshop to repair one’s telephone",
    "Pouvoir venir le dimanche matin": "To be able to come on Sunday mornings",
    "Kilomètres livrés par mois, trajets arrondis à la rue.": (
        "Kilometres of deliveries by month, journeys rounded to the street."
    ),
    "mois,kilomètres": "month,kilometres",
    # safety
    "La sortie du bois était encombrée : dégagée.": "The wood shop’s exit was blocked: cleared.",
    "Une personne était entrée sans badge.": "One person had come in without a badge.",
    "Fumée à la découpe laser, filtre changé.": "Smoke at the laser cutter, filter replaced.",
    "Une pièce mal serrée s’est mise à vibrer ; l’arrêt d’urgence a été pressé aussitôt. Personne"
    " n’a été touché.": (
        "A badly clamped piece began to vibrate; the emergency stop was pressed at once. Nobody was"
        " hit."
    ),
    "Une manche s’est approchée du mandrin : la personne d’à côté a pressé l’arrêt d’urgence.": (
        "A sleeve came close to the chuck: somebody beside pressed the emergency stop."
    ),
    "Machine vérifiée, puis réarmée.": "Machine checked, then reset.",
    "En changeant la lame du plotter, le capuchon a glissé : le pouce a été coupé.": (
        "While the plotter’s blade was changed, the cap slipped: the thumb was cut."
    ),
    "Petite coupure, pouce gauche": "Small cut, left thumb",
    "Plaie lavée, pansement de la trousse de l’atelier. Elle a fini sa découpe.": (
        "Wound washed, plaster from the workshop’s kit. The cut was finished."
    ),
    "Une pince pour la lame est attachée au plotter.": "The plotter has tweezers for its blade.",
    "Une plaque de contreplaqué posée debout est tombée à côté de quelqu’un.": (
        "A sheet of plywood that stood upright fell beside somebody."
    ),
    "Devant le rack à panneaux": "In front of the panel rack",
    "Plaque remise à plat, passage dégagé.": "Sheet laid flat, passage cleared.",
    "Rien ne reste debout hors du rack : affichette posée.": (
        "Nothing stays upright outside the rack: a sign is up."
    ),
    "Devant la machine à café": "In front of the coffee machine",
    "De l’eau sous la machine à café : le sol glisse.": (
        "Water under the coffee machine: the floor is slippery."
    ),
    "Séché, panneau posé, la machine est débranchée.": (
        "Dried, a sign is up, the machine is unplugged."
    ),
    # who signs in
    "Agenda des salles": "Calendar of the rooms",
    "Affichage mairie": "Town hall screen",
    # screens and prints
    "Entrée, au-dessus du comptoir": "Entrance, above the counter",
    "Accueil, à droite": "Front desk, on the right",
    "support-etagere.gcode": "shelf-bracket.gcode",
    "engrenage-32-dents.gcode": "gear-32-teeth.gcode",
    "vase-spirale.gcode": "spiral-vase.gcode",
    "boitier-capteur-co2.gcode": "co2-sensor-case.gcode",
    "prothese-essai-3.gcode": "prosthesis-trial-3.gcode",
}
_spoken = Language.FR


def set_language(language: Language) -> None:
    """Set the language of the demo's texts from now on."""
    global _spoken
    _spoken = language


def translate(french: str) -> str:
    """Return the text in the demo's language; raises KeyError for a text without a translation."""
    return _ENGLISH[french] if _spoken is Language.EN else french


def place_language() -> Language:
    """Return the language in which the demo's people write."""
    return _spoken


def translate_optional(french: str | None) -> str | None:
    """Return the text in the demo's language, or None for None."""
    return None if french is None else translate(french)
