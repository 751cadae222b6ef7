"""Names that people gave to things, in the language of the page."""

from controller.domain.facts import Language
from controller.kernel.shapes import Label
from webui.i18n import current


def read_label(label: Label) -> str:
    """The name in the current language, else in the other."""
    first, second = label.fr, label.en
    if current() is Language.EN:
        first, second = second, first
    return first or second or ""
