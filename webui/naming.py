"""Names that people gave to things, in the language of the page."""

from controller.domain.facts import Name
from controller.kernel.shapes import Label
from webui.i18n import current


def read_label(label: Label) -> str:
    """The name in the current language, else in another."""
    return Name(fr=label.fr, en=label.en).read(current())
