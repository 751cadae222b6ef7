"""The sixty invented members of the demo: every kind of user that such a place has."""

from dataclasses import dataclass

_ALL = ("laser", "impression-3d", "decoupe-vinyle", "bois", "fraisage")


@dataclass(frozen=True, slots=True)
class Person:
    """One member.

    Their badge number is derived from their position in `PEOPLE`, so it never changes.
    """

    name: str
    category: str
    plan: str | None
    certifications: tuple[str, ...] = ()
    trainer_of: tuple[str, ...] = ()
    language: str = "fr"
    maintains: bool = False
    """Whether they maintain all machines and doors, and reset them on the spot."""


ZOE = "Zoé d’Artois-Lefèvre"
"""The script's uncertified member, who lacks the laser and is certified by the manager."""
AMINA = "Amina Diallo"
"""The script's certified member."""
KARIM = "Karim Benali"
"""Trainer of all certifications, and maintainer of all machines."""

_W = "atelier"
_C = "coworking"

PEOPLE = (
    Person(AMINA, "inhabitant", _W, ("laser", "impression-3d", "decoupe-vinyle")),
    Person(ZOE, "student", _W, ("impression-3d",)),
    Person(KARIM, "public_servant", _W, (), _ALL, maintains=True),
    Person("Claire Vandamme", "public_servant", _W, ("impression-3d",), ("decoupe-vinyle",)),
    Person("Hélène de La Motte-Picquet", "entrepreneur", _W, ("bois", "impression-3d")),
    Person("Yanis Lemaire", "student", _W, ("impression-3d",)),
    Person("Association Récup’Art", "association", _W, ("impression-3d", "decoupe-vinyle")),
    Person("Marek Kowalczyk", "inhabitant", _W, ("bois", "fraisage"), (), "en"),
    Person("Nadia Haddad", "entrepreneur", _W, _ALL),
    Person("Louis Delattre", "inhabitant", _W, ("bois",)),
    Person("Chloé Dubrulle", "student", _W, ("laser",)),
    Person("Thi Mai Nguyen", "entrepreneur", _W, ("laser", "decoupe-vinyle")),
    Person("Bernard Caron", "inhabitant", _W, ("bois",), ("bois",)),
    Person("Inès Carpentier", "minor", _W, ("impression-3d",)),
    Person("Hugo Lefebvre", "minor", _W),
    Person("Sofia Moreira", "entrepreneur", _C, (), (), "en"),
    Person("James O’Connor", "entrepreneur", _C, (), (), "en"),
    Person("Mathilde Fontaine", "public_servant", _C),
    Person("Olivier Marchand", "entrepreneur", _C),
    Person("Fatou Sow", "inhabitant", _C),
    Person("Les Jardins partagés du canal", "association", _W, ("bois",)),
    Person("Repair Café de la Lys", "association", _W, ("impression-3d", "bois")),
    Person("Gaëlle Wattel", "public_servant", _W, ("decoupe-vinyle",)),
    Person("Éric Desmet", "inhabitant", _W, ("impression-3d",)),
    Person("Ophélie Brunet", "student", _W, ("decoupe-vinyle",)),
    Person("Maxime Hennebelle", "student", _W, ("impression-3d", "laser")),
    Person("Samira Khelifi", "inhabitant", _W, ("decoupe-vinyle",)),
    Person("Wout Vermeersch", "entrepreneur", _W, ("fraisage", "bois"), (), "en"),
    Person("Jean-Baptiste Poissonnier", "inhabitant", _W, ("bois",)),
    Person("Lucie Crombez", "entrepreneur", _C),
    Person("Antoine Bailleul", "entrepreneur", _C),
    Person("Manon Leroy", "student", _C),
    Person("Pierre-Yves Quesnoy", "public_servant", _C),
    Person("Aïcha Traoré", "inhabitant", _C),
    Person("Théo Vasseur", "minor", _W),
    Person("Léa Verhaeghe", "minor", _W, ("impression-3d",)),
    Person("Nino Rossi", "minor", _W),
    Person("Rachid Amrani", "inhabitant", _W, ("laser", "bois")),
    Person("Sylvie Delporte", "inhabitant", _W, ("decoupe-vinyle",)),
    Person("Anaïs Duhamel", "entrepreneur", _W, ("laser", "impression-3d")),
    Person("Club robotique du lycée", "association", _W, ("impression-3d", "fraisage")),
    Person("Kevin Descamps", "inhabitant", _W),
    Person("Émilie Tison", "entrepreneur", _W, ("laser",)),
    Person("Dmytro Shevchenko", "inhabitant", _W, ("impression-3d",), (), "en"),
    Person("Oksana Melnyk", "inhabitant", _C, (), (), "en"),
    Person("Philippe Lenglet", "public_servant", _W, ("bois",)),
    Person("Camille Roussel", "student", _W, ("laser", "decoupe-vinyle")),
    Person("Valentin Gosset", "student", _W, ("impression-3d",)),
    Person("Michèle Plouvier", "inhabitant", _W),
    Person("Abdel Mansouri", "entrepreneur", _C),
    Person("Justine Facon", "entrepreneur", _C),
    Person("Noémie Saint-Omer", "public_servant", _C),
    Person("Paul-Émile Ducrocq", "inhabitant", _W, ("bois", "fraisage")),
    Person("Hawa Camara", "student", _W, ("impression-3d",)),
    Person("Stéphane Wibaut", "inhabitant", _W, ("bois",)),
    Person("Alix Boulanger", "minor", _W),
    Person("Emma Thorez", "inhabitant", _W, ("decoupe-vinyle",)),
    Person("Visiteur du samedi", "guest", None),
    Person("Tom Fletcher", "guest", None, (), (), "en"),
    Person("Régine Bouchart", "inhabitant", None, ("impression-3d",)),
)
"""All members, in the order of their badge numbers."""
MEN = frozenset(
    (
        *("Karim", "Yanis", "Marek", "Louis", "Bernard", "Hugo", "James", "Olivier", "Éric"),
        *("Maxime", "Wout", "Jean-Baptiste", "Antoine", "Pierre-Yves", "Théo", "Nino", "Rachid"),
        *("Kevin", "Dmytro", "Philippe", "Valentin", "Abdel", "Paul-Émile", "Stéphane", "Tom"),
    )
)
"""First names of men among them."""


def credential_of(number: int) -> str:
    """Return the EM4100 credential of the member at that position in `PEOPLE`, counted from 0."""
    return f"em:{4_200_000 + number * 137:010d}"
