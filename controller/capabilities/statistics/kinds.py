"""What people may say of themselves, in the words of the *Coop de la médiation numérique*."""

from enum import StrEnum


class Genre(StrEnum):
    """`Genre` of the Coop."""

    FEMININ = "feminin"
    MASCULIN = "masculin"
    NON_COMMUNIQUE = "non_communique"


class TrancheAge(StrEnum):
    """`TrancheAge` of the Coop."""

    MOINS_DE_DOUZE = "moins_de_douze"
    DOUZE_DIX_HUIT = "douze_dix_huit"
    DIX_HUIT_VINGT_QUATRE = "dix_huit_vingt_quatre"
    VINGT_CINQ_TRENTE_NEUF = "vingt_cinq_trente_neuf"
    QUARANTE_CINQUANTE_NEUF = "quarante_cinquante_neuf"
    SOIXANTE_SOIXANTE_NEUF = "soixante_soixante_neuf"
    SOIXANTE_DIX_PLUS = "soixante_dix_plus"
    NON_COMMUNIQUE = "non_communique"


class StatutSocial(StrEnum):
    """`StatutSocial` of the Coop."""

    SCOLARISE = "scolarise"
    SANS_EMPLOI = "sans_emploi"
    EN_EMPLOI = "en_emploi"
    RETRAITE = "retraite"
    NON_COMMUNIQUE = "non_communique"


class Trait(StrEnum):
    """Traits that visitors may state."""

    GENRE = "genre"
    TRANCHE_AGE = "tranche_age"
    STATUT_SOCIAL = "statut_social"
    COMMUNE = "commune"


UNSAID = "non_communique"
"""Not stated; people who did not answer and people who were not asked are not distinguished."""
