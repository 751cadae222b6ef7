"""The table of retention for the data-protection officer, docs/dpo/conservation.md, in French.

Made from the decisions and the settings: `python -m tools.retention_page` writes it.
"""

from collections.abc import Iterator
from pathlib import Path

from controller.assembly import HOUSE
from controller.capabilities.privacy.erasure.waiting_list import WAITING_PERIOD
from controller.kernel.privacy import Data, ErasureKind, PersonalDataRule, Purpose, RetentionKind
from controller.settings import RetentionSettings

FILE = Path(__file__).parents[1] / "docs" / "dpo" / "conservation.md"
_DEFAULTS = RetentionSettings()
_RULES = sorted(HOUSE.personal_data, key=lambda rule: rule.name)

_HEAD = f"""# Ce qui est conservé, combien de temps et pourquoi

Page produite par `python -m tools.retention_page` à partir des décisions inscrites
dans le programme (`models.py` pour chaque colonne, `privacy.py` pour chaque table) ; un test
vérifie qu’elle leur est égale, et qu’aucune table ni colonne n’est sans décision.

## Les durées réglables

Section `[retention]` de `config.toml`. Le lieu peut les raccourcir ; les allonger demande une
justification dans le registre et l’AIPD.

| réglage | valeur livrée | s’applique à | repère |
|---|---|---|---|
| `access_days` | {_DEFAULTS.access_days} jours | passages, refus, utilisations de machines \
par personne, réservations passées | trois mois : \
durée retenue par la CNIL pour les accès aux locaux |
| `member_months` | {_DEFAULTS.member_months} mois | la fiche d’un usager, à compter de la fin\
 de son dernier abonnement ou carnet | durée fixée par \
le lieu : temps d’un retour probable, sans formation à refaire |
| `reason_months` | {_DEFAULTS.reason_months} mois | recherches après incident, motifs écrits \
pour le journal des actions | six mois à un an : \
recommandation de la CNIL sur la journalisation (délibération n° 2021-122 du 14 octobre 2021) |

Le programme applique ces durées chaque jour, sans intervention ; `loquet db retain` le fait à la
demande. Chaque passage laisse une ligne au journal des actions : le lieu, la nature et le nombre
de lignes, jamais un nom. Ce qui est échu disparaît dans les deux jours qui suivent la fin de sa
durée : un jour de marge, pour qu’une horloge en avance d’un jour n’efface rien trop tôt.

La fiche d’un usager attend pendant les {WAITING_PERIOD.days} derniers jours de sa durée : la page
*Effacements à venir* la montre à qui traite les données personnelles, et permet de la garder. Sa
durée repart alors de ce jour, et le journal des actions le dit.

Rien n’est effacé tant que la date du serveur est douteuse : plus de sept jours après son dernier
contrôle, plus d’un mois après le dernier événement, loin de l’heure des boîtiers, ou sans serveur
de temps. Une alarme le dit ; un administrateur met le serveur à l’heure ou confirme la date. Après
la restauration d’une sauvegarde, les effacements demandés par une personne sont refaits ; ceux de
l’échéance sont jugés de nouveau, à la date du jour.

## Après la durée : rendre anonyme, sans fausser les totaux

- Le contenu d’un événement est supprimé ; il en reste l’empreinte (SHA-256), qui garde vérifiable
  le chaînage du journal, avec l’heure, la porte ou la machine et le type d’événement.
- Les utilisations de machines perdent leur personne et gardent leurs durées, à la seconde. La
  fréquentation n’a jamais été que des nombres par espace et par quart d’heure.
- Une personne effacée reste comptée, sans nom, dans les séances de formation auxquelles elle a
  participé.

## À l’effacement : ce qui est cherché dans les textes

Un nom peut être écrit n’importe où : une note de relève, le nom d’un groupe, la référence d’un
chèque. Mais un nom est ce que quelqu’un a écrit dans une fiche : il ne doit pas suffire de le
choisir, puis de l’effacer, pour changer les écrits des autres. L’effacement cherche donc, sans
tenir compte des majuscules ni des accents, et met […] à la place, dans ces textes seulement :

- ceux des lignes rattachées à la personne (un règlement, un signalement, une entrée du registre de
  sécurité), sur tous les sites, et les motifs du journal des actions faites sur sa fiche ou son
  compte ;
- les autres colonnes qui portent l’une des mentions *texte libre*, *propos de la personne* ou
  *contenu technique*, sur les sites qui connaissent la personne, dans ce qui a été écrit depuis que
  la fiche porte ce nom.

Y est effacé :

- le nom entier, dans un sens ou dans l’autre, avec des espaces, des traits d’union, des points ou
  rien entre ses mots ; l’adresse électronique, et ce qui précède son @ ; le téléphone, avec ou sans
  préfixe, quels que soient ses séparateurs ; l’identifiant de connexion ; les mêmes des fiches
  fusionnées ;
- le nom de famille seul, en mot entier d’au moins quatre lettres, si aucun autre usager, compte ou
  responsable légal ne le porte, si le lieu ne l’emploie pas pour une machine, un espace, un projet
  ou une structure, et si ce n’est pas un mot courant (`everyday_words.py`) ;
- dans les lignes rattachées à la personne, chaque mot de son nom, prénom compris.

Ce qui prouve autre chose (mention *preuve*) n’est changé que dans les lignes de la personne : les
motifs des suspensions, des habilitations, des règlements, de la caisse et du journal des actions.
Ce que le lieu a nommé ou décidé (un espace, une habilitation, la délibération d’un tarif) n’est
jamais changé d’office, ni rien sur un site qui ne connaît pas la personne.

Ce qui n’est pas effacé d’office est montré à qui efface, pour les sites où il traite les données
personnelles, et il coche ce qui désigne la personne. De même : un nom de famille qui est aussi
celui d’un autre ou un mot courant ; un prénom seul que personne d’autre ne porte ; le nom d’une
structure ; un nom, une adresse ou un numéro changé depuis moins de 30 jours ; le nom du responsable
légal ou de la personne à prévenir. Ce qui n’est pas coché reste : rien ne dit alors de qui il
s’agit.
Quand la durée est écoulée ou que la personne s’efface elle-même, personne ne décide et ces mots
restent, jusqu’à la fin de la durée de la ligne où ils sont écrits.

Un identifiant (celui d’une machine, d’un espace, d’une formation) ne change jamais : n’y mettez pas
le nom d’une personne. Les chiffres déjà publiés et les pièces comptables restent tels quels.

Hors de la base : le programme ne range dans aucun fichier le nom d’un usager. Les documents (PDF,
CSV, exports) sont produits à la demande, un fichier importé n’est pas gardé, il n’y a pas de photo,
les boîtiers ne connaissent que des références, et le journal technique ne nomme personne. Les
sauvegardes ne sont pas modifiées : elles s’éteignent avec leur propre durée, et une restauration
efface de nouveau les personnes que la base remplacée savait effacées. Ce qui a déjà été envoyé
(courriels, messageries, fichiers remis à la comptabilité) échappe au programme.

L’empreinte d’un événement n’est pas réversible. Tant que la fiche existe, qui détient la base
pourrait vérifier une hypothèse contre elle ; ce risque résiduel figure dans [l’AIPD](aipd.md) et
disparaît avec la fiche.
"""

_PURPOSES: dict[Purpose, tuple[str, str]] = {
    Purpose.RIGHTS: (
        "Usagers, badges, abonnements et droits",
        "Savoir qui peut entrer et utiliser quoi. Base légale : exécution du contrat ou "
        "du règlement accepté (RGPD, art. 6.1.b), ou"
        " mission d’intérêt public pour une collectivité (6.1.e). Aides et besoin "
        "d’assistance : consentement explicite (9.2.a),"
        " retirable à tout moment.",
    ),
    Purpose.TRAINING: (
        "Formations et habilitations",
        "Ne laisser utiliser une machine qu’à qui sait s’en servir, et pouvoir le "
        "prouver. Base légale : comme ci-dessus, et"
        " constatation ou défense d’un droit en cas d’accident (17.3.e).",
    ),
    Purpose.ACCESS: (
        "Passages, utilisations, commandes",
        "Sécurité des personnes et des biens, décompte des utilisations. Base légale : "
        "intérêt légitime (6.1.f), ou mission d’intérêt"
        " public (6.1.e) pour une collectivité. Aucune page ne montre les déplacements "
        "d’une personne, sinon à elle-même.",
    ),
    Purpose.PRESENCE: (
        "Présence et évacuation",
        "Savoir qui appeler en cas d’évacuation. Base légale : sauvegarde des intérêts "
        "vitaux (6.1.d) pour l’appel ; obligation légale"
        " (6.1.c) pour le registre de sécurité (code de la construction et de "
        "l’habitation, art. R. 143-44), qui ne nomme personne.",
    ),
    Purpose.ACCOUNTS: (
        "Comptes et journal des actions",
        "Protéger le système et savoir qui a changé quel droit. Base légale : obligation "
        "de sécurité (6.1.c et 32).",
    ),
    Purpose.SAFETY: (
        "Registre de sécurité : accidents, presque-accidents, situations dangereuses",
        "Savoir ce qui est arrivé et empêcher que cela recommence. Base légale : "
        "obligation légale (6.1.c) pour un employeur qui tient un registre des accidents "
        "bénins (code de la sécurité sociale, art. L. 441-4, D. 441-1 à D. 441-4), sinon "
        "intérêt légitime (6.1.f). Une blessure est une donnée de santé : elle n’est notée "
        "que pour constater ou défendre un droit (9.2.f), ou par obligation du droit du "
        "travail et de la protection sociale (9.2.b), et lue par les seuls responsables et "
        "par qui l’a écrite. L’entrée d’une personne qui demande son effacement reste, sans "
        "dire à qui c’est arrivé ; le lieu qui doit la nommer (17.3.b et e) imprime "
        "l’année d’abord.",
    ),
    Purpose.MONEY: (
        "Sommes dues et réglées",
        "Compter ce qui a été utilisé, établir les relevés et noter les règlements. Base légale : "
        "exécution du contrat ou du règlement accepté (6.1.b), ou mission d’intérêt public "
        "(6.1.e). Conservation des pièces : obligation légale (6.1.c). Un effacement laisse les "
        "montants, sans dire à qui.",
    ),
    Purpose.STATISTICS: (
        "Statistiques pour les financeurs",
        "Compter qui le lieu sert : visiteurs d’un mois, et ce que les personnes veulent bien dire "
        "d’elles (genre, tranche d’âge, statut social, commune). Base légale : intérêt légitime "
        "(6.1.f) ou mission d’intérêt public (6.1.e) pour les nombres ; consentement (6.1.a) pour "
        "ce que chacun dit de soi, sans question à qui refuse, retirable à tout moment : les "
        "totaux restent. Jamais lu personne par personne, jamais sur les boîtiers.",
    ),
    Purpose.MAINTENANCE: (
        "Pannes, besoins et entretien",
        "Garder les machines sûres. Base légale : intérêt légitime (6.1.f) ou mission "
        "d’intérêt public (6.1.e).",
    ),
}

_KEPT: dict[RetentionKind, str] = {
    RetentionKind.PLACE: "aucune personne : tant que le lieu le souhaite",
    RetentionKind.MEMBER: (
        f"avec la fiche : {_DEFAULTS.member_months} mois après le dernier abonnement, ou "
        "jusqu’à l’effacement"
    ),
    RetentionKind.ACCESS: f"{_DEFAULTS.access_days} jours, puis sans la personne",
    RetentionKind.REASON: f"{_DEFAULTS.reason_months} mois",
    RetentionKind.MOMENT: "le temps de la présence ; deux jours au plus",
    RetentionKind.ANSWER: "24 heures, chiffré",
    RetentionKind.SHIFT: "30 jours après traitement",
    RetentionKind.INSTALLATION: (
        "durée de vie de l’installation, sous référence opaque ; après un effacement elle"
        " ne mène à personne"
    ),
    RetentionKind.SAFETY: "durée de vie du lieu (registre de sécurité) ; ne nomme personne",
    RetentionKind.REGISTER: (
        "cinq ans après la fin de l’année (code de la sécurité sociale, art. D. 441-2) ; ensuite "
        "la date, le lieu et la nature, sans texte ni personne"
    ),
    RetentionKind.BOOKS: (
        "dix ans (code de commerce, art. L. 123-22, à confirmer par le comptable du lieu) ; "
        "ensuite les montants, sans la personne"
    ),
    RetentionKind.HISTORY: (
        "durée de vie de la machine ; les textes libres sont purgés des noms à l’effacement"
    ),
}
_ERASED: dict[ErasureKind, str] = {
    ErasureKind.NOTHING: "sans objet",
    ErasureKind.DELETE: "supprimé",
    ErasureKind.EMPTY: "lien et propos supprimés",
    ErasureKind.REASON: "motif supprimé ; la référence ne mène plus à personne",
    ErasureKind.COUNT: "supprimé et compté",
    ErasureKind.BYTES: "contenu supprimé, empreinte gardée",
}
_TYPED = (Data.TEXT, Data.WORDS, Data.REFERENCE, Data.LABEL, Data.ORGANISATION, Data.BOOKED)
_SHOWN = (Data.LABEL, Data.ORGANISATION)
_HOLDS: dict[Data, str] = {
    Data.IDENTITY: "identité ou coordonnées",
    Data.ABOUT: "informations sur la personne",
    Data.HELP: "aides et assistance (consentement)",
    Data.WORDS: "propos de la personne",
    Data.TEXT: "texte libre",
    Data.REFERENCE: "référence d’un règlement",
    Data.LABEL: "nom donné par le lieu, ou sa décision",
    Data.ORGANISATION: "nom ou adresse d’une structure",
    Data.BOOKED: "pièce ou publication, conservée telle quelle",
    Data.RAW: "contenu technique",
    Data.SEALED: "empreinte ou contenu chiffré",
    Data.MEMBER: "lien vers l’usager",
    Data.REF: "référence aléatoire",
    Data.ACCOUNT: "lien vers le compte",
    Data.ACTOR: "auteur, par référence opaque",
}


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for purpose in _PURPOSES for line in _of(purpose)), *_others()])


def _of(purpose: Purpose) -> Iterator[str]:
    title, why = _PURPOSES[purpose]
    yield f"## {title}\n"
    yield f"{why}\n"
    yield "| table | ce qu’elle contient sur des personnes | conservé | à l’effacement |"
    yield "|---|---|---|---|"
    for rule in _RULES:
        if rule.purpose is purpose:
            yield _row(rule)
    yield ""


def _row(rule: PersonalDataRule) -> str:
    held = [
        f"{text} ({', '.join(f'`{name}`' for name in names)})"
        for kind, text in _HOLDS.items()
        if (names := rule.of(kind))
    ]
    data, kept = " ; ".join(held) or "rien", _KEPT[rule.retention_kind]
    return f"| `{rule.name}` | {data} | {kept} | {' ; '.join(_erasure(rule))} |"


def _erasure(rule: PersonalDataRule) -> Iterator[str]:
    """What an erasure does with the rows that lead to the person, and with the words of others."""
    written = rule.of(Data.TEXT, Data.WORDS, Data.REFERENCE, Data.RAW)
    is_searched = bool(written) and rule.erasure_kind not in (ErasureKind.BYTES, ErasureKind.REASON)
    if rule.erasure_kind is ErasureKind.NOTE:
        yield "le motif d’un acte sur sa fiche qui la nomme est supprimé"
    elif rule.erasure_kind is not ErasureKind.NOTHING or not (
        is_searched or rule.of(*_SHOWN, Data.BOOKED)
    ):
        yield _ERASED[rule.erasure_kind]
    if rule.is_proof:
        yield "preuve : dans une autre ligne, le nom est montré à qui efface, qui décide"
    elif is_searched:
        yield "les textes sont purgés du nom"
    if rule.of(Data.REFERENCE):
        yield "de la référence de ses propres règlements restent les nombres"
    if rule.of(*_SHOWN):
        yield "nom montré à qui efface, qui décide"
    if rule.of(Data.BOOKED):
        yield "conservé tel quel : pièce comptable, ou chiffres déjà publiés"


def _others() -> Iterator[str]:
    others = [rule for rule in _RULES if rule.purpose is Purpose.NONE]
    yield "## Tables qui ne parlent de personne\n"
    yield (
        "Règles, câblage et état des appareils ; dans certaines, l’auteur d’un réglage "
        "par référence opaque.\n"
    )
    yield ", ".join(f"`{rule.name}`" for rule in others) + "."
    yield ""
    yield "Quelqu’un peut y avoir écrit le nom d’une personne dans :\n"
    for rule in others:
        if columns := ", ".join(f"`{column}`" for column in rule.of(*_TYPED)):
            yield f"- `{rule.name}` ({columns}) : {' ; '.join(_erasure(rule))}."
    yield ""


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
