"""What a *dossier annuel* asks and nobody measures, with what was typed for a year."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.capabilities.statistics.annual import Question
from webui.i18n import _


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, and its answer; empty: none yet."""

    name: str
    text: str
    answer: str = ""
    is_wrong: bool = False


def asked(said: Mapping[Question, str], wrong: frozenset[str] = frozenset()) -> tuple[Asked, ...]:
    """All of them, in their order."""
    texts = question_words()
    return tuple(
        Asked(each.value, texts[each], said.get(each, ""), each.value in wrong) for each in Question
    )


def question_words() -> Mapping[Question, str]:
    """What is asked."""
    return {
        Question.STAFF: _("Équivalents temps plein salariés, et bénévoles réguliers"),
        Question.ACCOUNTS: _("Charges et produits de l’année, d’après les comptes"),
        Question.SUBSIDIES: _("Subventions reçues, par financeur"),
        Question.OUTCOMES: _("Ce que sont devenus les projets accompagnés"),
        Question.OUTSIDE: _("Partenariats et événements hors les murs"),
        Question.HIGHLIGHTS: _("Faits marquants, et ce qui est prévu l’an prochain"),
    }
