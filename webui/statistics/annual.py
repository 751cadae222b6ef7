"""Questions of the *dossier annuel*, a funder's yearly form, that are answered by hand."""

from collections.abc import Mapping
from dataclasses import dataclass

from controller.capabilities.statistics.annual import Question
from webui.i18n import _


@dataclass(frozen=True, slots=True)
class AnsweredQuestion:
    """A question with its answer; an empty answer: none yet."""

    name: str
    text: str
    answer: str = ""
    is_wrong: bool = False


def answered_questions(
    answers: Mapping[Question, str], wrong: frozenset[str] = frozenset()
) -> tuple[AnsweredQuestion, ...]:
    """Return all questions in their order, with their answers; `wrong` are those with an error."""
    texts = {
        Question.STAFF: _("Full-time equivalents employed, and regular volunteers"),
        Question.ACCOUNTS: _("Expenses and income of the year, from the accounts"),
        Question.SUBSIDIES: _("Grants received, by funder"),
        Question.OUTCOMES: _("What became of the projects supported"),
        Question.OUTSIDE: _("Partnerships and events elsewhere"),
        Question.HIGHLIGHTS: _("Highlights, and what is planned for next year"),
    }
    return tuple(
        AnsweredQuestion(
            question.value, texts[question], answers.get(question, ""), question.value in wrong
        )
        for question in Question
    )
