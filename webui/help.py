"""What a word of the field means, for whoever meets it on a page for the first time."""

from collections.abc import Mapping
from dataclasses import dataclass

from webui.i18n import _


@dataclass(frozen=True, slots=True)
class Help:
    """A word, and what it means in a sentence or two."""

    word: str
    text: str


def help_on(key: str) -> Help:
    """In the language of the page. Raises KeyError for a word that has none."""
    return _texts()[key]


def _texts() -> Mapping[str, Help]:
    return {
        "assurance": Help(
            _("Badge simple, badge sûr"),
            _(
                "Un badge simple se copie avec un téléphone. Un badge sûr prouve par calcul que"
                " c’est bien lui : une copie n’ouvre rien."
            ),
        ),
        "claim_code": Help(
            _("La ligne à coller"),
            _(
                "Elle contient un code qui ne sert qu’une fois. Le Pi l’échange contre son "
                "certificat ; ensuite le code ne vaut plus rien."
            ),
        ),
        "commissioning": Help(
            _("Mise en service"),
            _(
                "Des essais faits sur place, contacteur débranché de la machine : on voit que "
                "le badge coupe et rétablit bien le courant avant que quiconque s’en serve."
            ),
        ),
        "fingerprint": Help(
            _("Empreinte"),
            _(
                "Quelques signes calculés à partir d’une clé. S’ils sont les mêmes ici et sur "
                "l’écran du Pi, personne ne s’est mis entre les deux."
            ),
        ),
        "levels": Help(
            _("Accompagné, autonome, formateur"),
            _(
                "Accompagné : seulement quand quelqu’un encadre. Autonome : seul. Formateur : "
                "autonome, et peut habiliter les autres."
            ),
        ),
        "supervision": Help(
            _("Encadrant"),
            _(
                "Une personne présente qui répond des autres. Elle passe son badge ; les "
                "machines qui le demandent servent tant qu’elle est là."
            ),
        ),
        "takeover": Help(
            _("Reprendre une machine"),
            _(
                "Une autre personne habilitée passe son badge pendant une utilisation : elle "
                "prend la suite, et ce qui vient après est compté pour elle."
            ),
        ),
    }
