"""Figures and their parts in words: what each is called, what it counts, and in what."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from babel import Locale
from babel.numbers import format_decimal

from controller.capabilities.billing.kinds import SourceKind
from controller.capabilities.statistics.naming import Names
from controller.capabilities.statistics.others import REMISSION
from controller.capabilities.statistics.shapes import Figure, Unit, unit_of
from controller.capabilities.training.models import CourseSessionKind
from webui.billing.words_of import euros
from webui.i18n import _, locale, plural
from webui.i18n.dates import dated
from webui.i18n.months import month_name
from webui.naming import read_label

HOUR_MS = 3_600_000
NOBODY_SAID = "non_communique"


def when_words(when: str) -> str:
    """A day or a month."""
    if len(when) == len("2026-11"):
        return month_name(when)
    return dated(date.fromisoformat(when), "EEE d MMM")


@lru_cache(maxsize=4096)
def _decimal(amount: float, pattern: str, language: Locale) -> str:
    """A page of reports has hundreds of numbers, and many are the same."""
    return format_decimal(amount, format=pattern, locale=language)


def number(amount: float) -> str:
    """`1 168`."""
    return _decimal(amount, "#,##0.##", locale())


def hours(milliseconds: float) -> str:
    """`212 h`; under ten with one decimal, and never nothing for something."""
    n = milliseconds / HOUR_MS
    shown = round(n) if n >= 10 else max(round(n, 1), 0.1) if n > 0 else 0
    return _("%(n)s h", n=_decimal(shown, "#,##0.#", locale()))


def exact_hours(milliseconds: float) -> str:
    """`212,35 h`."""
    shown = format_decimal(milliseconds / HOUR_MS, format="#,##0.00", locale=locale())
    return _("%(n)s h", n=shown)


def amount_words(figure: Figure, amount: int) -> str:
    """An amount as it is counted: people, times, cents, milliseconds."""
    unit = unit_of(figure)
    if unit is Unit.CENTS:
        return euros(amount)
    return exact_hours(amount) if unit is Unit.SECONDS else number(amount)


def people(count: int) -> str:
    """`96 personnes`."""
    return plural("%(n)s personne", "%(n)s personnes", count)


def public_words() -> Mapping[str, str]:
    """What publics are called together."""
    return {
        "": _("Public non indiqué"),
        "inhabitant": _("Habitants"),
        "association": _("Associations"),
        "public_servant": _("Agents publics"),
        "entrepreneur": _("Entrepreneurs"),
        "student": _("Étudiants"),
        "minor": _("Mineurs"),
        "guest": _("Invités"),
    }


def _kind_words() -> Mapping[str, str]:
    return {
        CourseSessionKind.COURSE: _("Séances de formation"),
        CourseSessionKind.WORKSHOP: _("Ateliers collectifs"),
        CourseSessionKind.APPOINTMENT: _("Rendez-vous individuels"),
        CourseSessionKind.DROP_IN: _("Permanences"),
        CourseSessionKind.EVENT: _("Événements"),
    }


def _revenue_words() -> Mapping[str, str]:
    return {
        SourceKind.SESSION: _("Temps machine"),
        SourceKind.BOOKING: _("Salles et postes réservés"),
        SourceKind.PASS: _("Pass vendus"),
        SourceKind.SUBSCRIPTION: _("Abonnements payés"),
        SourceKind.ENTRY: _("Matières et formations"),
        REMISSION: _("Remises"),
    }


def largest_words(figure: Figure, part: str, name: str, share: int) -> str:
    """Which part is the largest, and how much of the whole it is, in percent."""
    if figure is Figure.REVENUE and part in (said := _largest_revenue(share)):
        return said[part]
    return _("%(name)s : %(share)s %% du total.", name=name, share=share)


def _largest_revenue(share: int) -> Mapping[str, str]:
    return {
        SourceKind.SESSION: _("Le temps machine fait %(share)s %% du total.", share=share),
        SourceKind.BOOKING: _(
            "Les réservations de salles et de postes font %(share)s %% du total.", share=share
        ),
        SourceKind.PASS: _("Les ventes de pass font %(share)s %% du total.", share=share),
        SourceKind.SUBSCRIPTION: _("Les abonnements font %(share)s %% du total.", share=share),
        SourceKind.ENTRY: _("Les matières et formations font %(share)s %% du total.", share=share),
    }


def genre_words() -> Mapping[str, str]:
    """In the Coop's words."""
    return {"feminin": _("Féminin"), "masculin": _("Masculin"), NOBODY_SAID: _("Non communiqué")}


def tranche_words() -> Mapping[str, str]:
    """In the Coop's words."""
    return {
        "moins_de_douze": _("Moins de 12 ans"),
        "douze_dix_huit": _("12 – 18 ans"),
        "dix_huit_vingt_quatre": _("18 – 24 ans"),
        "vingt_cinq_trente_neuf": _("25 – 39 ans"),
        "quarante_cinquante_neuf": _("40 – 59 ans"),
        "soixante_soixante_neuf": _("60 – 69 ans"),
        "soixante_dix_plus": _("70 ans et plus"),
        NOBODY_SAID: _("Non communiqué"),
    }


def statut_words() -> Mapping[str, str]:
    """In the Coop's words."""
    return {
        "scolarise": _("Scolarisé"),
        "sans_emploi": _("Sans emploi"),
        "en_emploi": _("En emploi"),
        "retraite": _("Retraité"),
        NOBODY_SAID: _("Non communiqué"),
    }


def part_words(figure: Figure, part: str, names: Names) -> str:
    """What a part of a figure is called."""
    if (named := names.get((figure, part))) is not None:
        return read_label(named)
    return _words_by_figure(figure).get(part) or part or _none_words(figure)


def _words_by_figure(figure: Figure) -> Mapping[str, str]:
    if figure in (Figure.PUBLIC_VISITORS, Figure.PUBLIC_TIME):
        return public_words()
    if figure in (Figure.COURSES, Figure.TAUGHT, Figure.HEADCOUNT):
        return _kind_words()
    words: Mapping[Figure, Callable[[], Mapping[str, str]]] = {
        Figure.REVENUE: _revenue_words,
        Figure.GENRE: genre_words,
        Figure.TRANCHE_AGE: tranche_words,
        Figure.STATUT_SOCIAL: statut_words,
        Figure.COMMUNE: lambda: {NOBODY_SAID: _("Non renseignée")},
    }
    return words[figure]() if figure in words else {}


def _none_words(figure: Figure) -> str:
    return {
        Figure.ROOM_TIME: _("Sans espace"),
        Figure.ORGANISATION_TIME: _("Sans structure"),
        Figure.PROJECT_TIME: _("Sans projet"),
        Figure.PARTNER_TIME: _("Sans partenaire"),
        Figure.REPAIRS: _("Ailleurs"),
    }.get(figure, _("Ensemble"))


def title_of(figure: Figure) -> str:
    """What a figure is called."""
    return {
        Figure.VISITORS: _("Visiteurs distincts"),
        Figure.PUBLIC_VISITORS: _("Visiteurs par public"),
        Figure.ENTRIES: _("Entrées par espace"),
        Figure.PRESENCE: _("Heures de présence par espace"),
        Figure.USES: _("Utilisations par machine"),
        Figure.MACHINE_TIME: _("Heures de travail par machine"),
        Figure.ROOM_TIME: _("Heures machine par espace"),
        Figure.PUBLIC_TIME: _("Heures machine par public"),
        Figure.ORGANISATION_TIME: _("Heures machine par structure"),
        Figure.PROJECT_TIME: _("Heures machine par projet"),
        Figure.PARTNER_TIME: _("Heures machine par partenaire financier"),
        Figure.COURSES: _("Séances tenues"),
        Figure.TAUGHT: _("Heures de séance"),
        Figure.HEADCOUNT: _("Participations aux séances"),
        Figure.CERTIFIED: _("Personnes habilitées"),
        Figure.CERTIFICATIONS: _("Habilitations données"),
        Figure.VOLUNTEERS: _("Heures bénévoles"),
        Figure.DOWNTIME: _("Heures hors service par machine"),
        Figure.STOPS: _("Mises hors service"),
        Figure.REPAIRS: _("Réparations et entretiens"),
        Figure.REVENUE: _("Recettes par nature"),
        Figure.GENRE: _("Visiteurs par genre"),
        Figure.TRANCHE_AGE: _("Visiteurs par tranche d’âge"),
        Figure.STATUT_SOCIAL: _("Visiteurs par statut social"),
        Figure.COMMUNE: _("Visiteurs par commune"),
    }[figure]


def how(figure: Figure) -> str:
    """How it is counted, for who asks."""
    return _HOW[figure]()


def _said() -> str:
    return _(
        "Parmi les visiteurs du mois, ceux qui ont bien voulu le dire, à partir du mois où ils"
        " l’ont dit. Qui n’a rien dit n’y est pas : l’ensemble est plus petit que le nombre de"
        " visiteurs."
    )


def _used() -> str:
    return _(
        "Somme des totaux du jour : le temps où la machine travaille vraiment, mesuré par le"
        " boîtier. Une utilisation compte le jour où elle a commencé, en entier."
    )


_HOW = {
    Figure.VISITORS: lambda: _(
        "Une personne compte une fois par mois, dès la première fois qu’une porte s’ouvre pour"
        " elle, qu’une machine la reçoit ou que l’accueil note son entrée. Les groupes sans noms"
        " sont dans les entrées. Le jour n’est pas gardé, et au plus tard quand les passages sont"
        " oubliés il ne reste que le nombre."
    ),
    Figure.PUBLIC_VISITORS: lambda: _(
        "Le premier public de la fiche, tel qu’il était à la première venue du mois."
    ),
    Figure.ENTRIES: lambda: _("Têtes entrées, portes et accueil, groupes compris."),
    Figure.PRESENCE: lambda: _(
        "Pour chaque quart d’heure, le plus grand nombre de présents, un quart d’heure chacun."
    ),
    Figure.USES: lambda: _("Utilisations commencées dans le mois."),
    Figure.MACHINE_TIME: _used,
    Figure.ROOM_TIME: lambda: (
        _used() + " " + _("L’espace est celui où la machine est aujourd’hui.")
    ),
    Figure.PUBLIC_TIME: lambda: (
        _used() + " " + _("Le public est celui de la personne quand l’utilisation a commencé.")
    ),
    Figure.ORGANISATION_TIME: lambda: (
        _used() + " " + _("La structure pour laquelle la personne travaillait, ou a dit l’être.")
    ),
    Figure.PROJECT_TIME: lambda: (
        _used() + " " + _("Le projet pour lequel la personne travaillait.")
    ),
    Figure.PARTNER_TIME: lambda: (
        _used()
        + " "
        + _(
            "Les heures des projets que le partenaire soutient. Un projet que deux partenaires"
            " soutiennent compte en entier chez chacun."
        )
    ),
    Figure.COURSES: lambda: _("Séances terminées et non annulées, selon le jour de leur début."),
    Figure.TAUGHT: lambda: _("Durée notée de chaque séance, sinon de son début à sa fin."),
    Figure.HEADCOUNT: lambda: _(
        "Personnes notées présentes, et nombre noté pour qui est venu sans se nommer. Une personne"
        " compte à chaque séance."
    ),
    Figure.CERTIFIED: lambda: _(
        "Personnes qui ont reçu au moins une habilitation dans le mois ; une reprise aussitôt"
        " annulée ne compte pas."
    ),
    Figure.CERTIFICATIONS: lambda: _("Habilitations données, sans celles aussitôt annulées."),
    Figure.VOLUNTEERS: lambda: _("Heures notées par l’équipe, sans nom."),
    Figure.DOWNTIME: lambda: _(
        "Du moment où une machine est mise hors service à sa remise en service, nuit comprise, dans"
        " le journal des actions."
    ),
    Figure.STOPS: lambda: _("Mises hors service commencées dans le mois."),
    Figure.REPAIRS: lambda: _("Entretiens notés comme faits, et pannes signalées puis réglées."),
    Figure.REVENUE: lambda: _(
        "Lignes des relevés du mois, taxes comprises. Une correction est sur le mois où elle est"
        " écrite."
    ),
    Figure.GENRE: _said,
    Figure.TRANCHE_AGE: _said,
    Figure.STATUT_SOCIAL: _said,
    Figure.COMMUNE: _said,
}
