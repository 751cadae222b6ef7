"""What a *dossier annuel* asks and nobody measures: left to type."""

from webui.i18n import _


def to_complete() -> tuple[str, ...]:
    """Each a line to fill in."""
    return (
        _("Équivalents temps plein salariés, et bénévoles réguliers"),
        _("Charges et produits de l’année, d’après les comptes"),
        _("Subventions reçues, par financeur"),
        _("Ce que sont devenus les projets accompagnés"),
        _("Partenariats et événements hors les murs"),
        _("Faits marquants, et ce qui est prévu l’an prochain"),
    )
