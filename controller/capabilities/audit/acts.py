"""What each act is called, by kind: as people say it, and for the filters of the page."""

from collections.abc import Mapping
from enum import StrEnum

from controller.domain.words.catalogue import N_


class Group(StrEnum):
    """A kind of acts."""

    TRAINING = "training"
    BADGES = "badges"
    PEOPLE = "people"
    ACCOUNTS = "accounts"
    RULES = "rules"
    DATA = "data"
    PLACE = "place"


GROUPS: Mapping[Group, Mapping[str, str]] = {
    Group.TRAINING: {
        "certification_granted": N_("habilitation donnée"),
        "certification_founding": N_("première habilitation donnée"),
        "certification_suspended": N_("habilitation suspendue"),
        "certification_restored": N_("habilitation rendue"),
        "certification_withdrawn": N_("habilitation reprise"),
        "course_enrolled": N_("inscription à une séance"),
        "course_waiting": N_("mise sur liste d’attente"),
        "course_withdrawn": N_("désinscription d’une séance"),
        "course_passed": N_("résultat noté : réussi"),
        "course_to_review": N_("résultat noté : à revoir"),
        "course_absent": N_("résultat noté : absent"),
        "course_outcome_removed": N_("résultat retiré"),
        "course_session_created": N_("séance ouverte"),
        "course_session_changed": N_("séance changée"),
        "course_session_cancelled": N_("séance annulée"),
        "course_session_held_after_all": N_("séance maintenue après tout"),
        "course_created": N_("formation créée"),
        "course_changed": N_("formation changée"),
        "certification_created": N_("habilitation créée"),
        "certification_changed": N_("habilitation changée"),
    },
    Group.BADGES: {
        "credential_created": N_("badge donné"),
        "credential_lent": N_("badge prêté"),
        "credential_changed": N_("badge changé"),
        "credential_lost": N_("badge déclaré perdu"),
        "credential_replaces": N_("badge remplacé"),
        "credential_returned": N_("badge rendu"),
        "credential_active": N_("badge rétabli"),
        "credential_suspended": N_("badge suspendu"),
        "group_created": N_("groupe accueilli"),
        "group_changed": N_("groupe changé"),
        "group_badge_lent": N_("badge de groupe prêté"),
        "group_ended": N_("groupe parti"),
        "group_not_ended": N_("groupe encore là, parti par erreur"),
        "code_choice_allowed": N_("droit de choisir un code, à l’accueil"),
        "code_set": N_("code pour la borne choisi"),
        "code_removed": N_("code pour la borne retiré"),
    },
    Group.PEOPLE: {
        "member_created": N_("usager inscrit"),
        "member_changed": N_("fiche changée"),
        "maintainer_named": N_("chargé de maintenance"),
        "maintainer_relieved": N_("plus chargé de maintenance"),
        "supervisor_named": N_("peut encadrer"),
        "supervisor_relieved": N_("n’encadre plus"),
        "member_left": N_("usager parti"),
        "member_taken_back": N_("usager repris"),
        "members_merged": N_("fiches réunies"),
        "members_import_begun": N_("import d’usagers commencé"),
        "members_imported": N_("import d’usagers fini"),
        "members_import_taken_back": N_("import d’usagers repris"),
        "organisation_created": N_("structure créée"),
        "organisation_changed": N_("structure changée"),
        "project_created": N_("projet créé"),
        "project_changed": N_("projet changé"),
        "works_for_set": N_("structure ou projet noté"),
        "subscription_created": N_("abonnement donné"),
        "subscription_changed": N_("abonnement changé"),
        "subscription_taken_back": N_("abonnement repris"),
        "pass_created": N_("pass donné"),
        "pass_changed": N_("pass changé"),
        "pass_taken_back": N_("pass repris"),
        "booking_created": N_("réservation faite"),
        "booking_changed": N_("réservation changée"),
        "booking_cancelled": N_("réservation annulée"),
        "booking_restored": N_("réservation rétablie"),
        "booking_released": N_("réservation libérée"),
    },
    Group.ACCOUNTS: {
        "account_created": N_("compte créé"),
        "account_invited": N_("compte invité"),
        "account_changed": N_("rôles changés"),
        "account_disabled": N_("compte fermé"),
        "account_enabled": N_("compte rouvert"),
        "account_closed": N_("compte supprimé"),
        "roles_set": N_("rôles donnés"),
        "second_factor_required": N_("seconde preuve exigée"),
        "second_factor_optional": N_("seconde preuve facultative"),
        "invitation_withdrawn": N_("invitation retirée"),
        "password_set": N_("mot de passe changé"),
        "sign_in_reset": N_("accès remis à zéro"),
        "signed_out_everywhere": N_("déconnexion partout"),
        "authenticator_added": N_("téléphone ajouté"),
        "authenticator_removed": N_("téléphone retiré"),
        "passkey_added": N_("clé d’accès ajoutée"),
        "passkey_removed": N_("clé d’accès retirée"),
        "recovery_code_made": N_("code de secours imprimé"),
        "recovery_code_used": N_("code de secours employé"),
        "second_factor_code_used": N_("code de réserve employé"),
        "token_created": N_("jeton créé"),
        "token_revoked": N_("jeton retiré"),
        "token_given_back": N_("jeton rétabli"),
        "calendar_created": N_("agenda ouvert"),
        "funder_report_exported": N_("rapport pour un financeur exporté"),
        "calendar_revoked": N_("agenda fermé"),
        "mailed_link_used": N_("lien reçu par courriel utilisé"),
        "account_address_changed": N_("adresse du compte changée"),
        "provider_linked": N_("compte relié à un fournisseur d’identité"),
        "provider_unlinked": N_("compte délié de son fournisseur d’identité"),
    },
    Group.RULES: {
        "access_point_created": N_("équipement créé"),
        "access_point_taken_back": N_("équipement ajouté par erreur, retiré"),
        "access_point_changed": N_("conditions ou réglages changés"),
        "access_point_commissioned": N_("mise en service terminée"),
        "commissioning_ticked": N_("essai de mise en service coché"),
        "commissioning_restarted": N_("mise en service reprise"),
        "commissioning_lapsed": N_("mise en service à refaire"),
        "placed_on_site_plan": N_("déplacé sur le plan du lieu"),
        "in_service": N_("remis en service"),
        "out_of_service": N_("mis hors service"),
        "plan_created": N_("abonnement défini"),
        "plan_changed": N_("abonnement redéfini"),
        "schedule_created": N_("horaires créés"),
        "schedule_changed": N_("horaires changés"),
        "schedule_days_changed": N_("jours à part changés"),
        "booking_terms_changed": N_("règles de réservation changées"),
        "tariff_set": N_("tarif fixé"),
        "tariff_taken_back": N_("tarif retiré"),
        "site_changed": N_("lieu changé"),
        "site_created": N_("lieu créé"),
        "zone_created": N_("espace créé"),
        "zone_changed": N_("espace changé"),
    },
    Group.DATA: {
        "retention_applied": N_("rendu anonyme ou effacé, durée écoulée"),
        "member_erased": N_("personne effacée"),
        "member_brought_back": N_("fiche gardée avant son effacement"),
        "date_confirmed": N_("date du serveur confirmée"),
        "reason_removed": N_("motif retiré"),
        "member_exported": N_("données remises"),
        "members_exported": N_("usagers exportés"),
        "safety_register_exported": N_("registre de sécurité exporté"),
        "statements_exported": N_("relevés exportés"),
        "audit_exported": N_("journal exporté"),
        "incident_asked": N_("recherche d’incident demandée"),
        "incident_confirmed": N_("recherche d’incident confirmée"),
        "incident_refused": N_("recherche d’incident refusée"),
        "incident_read": N_("passages lus après un incident"),
        "backup_made": N_("sauvegarde faite"),
        "webhook_created": N_("envoi automatique créé"),
        "webhook_changed": N_("envoi automatique changé"),
        "webhook_key_rotated": N_("clé d’envoi changée"),
        "entries_exported": N_("écritures comptables exportées"),
        "open_data_described": N_("données publiques : lieu décrit"),
        "open_data_published": N_("données publiques ouvertes"),
        "open_data_withdrawn": N_("données publiques retirées"),
        "project_dataset_published": N_("jeu de données d’un projet publié"),
        "project_dataset_withdrawn": N_("jeu de données d’un projet retiré"),
    },
    Group.PLACE: {
        "agent_created": N_("boîtier créé"),
        "agent_changed": N_("boîtier changé"),
        "agent_enrolled": N_("boîtier inscrit"),
        "agent_renewed": N_("certificat renouvelé"),
        "agent_revoked": N_("boîtier révoqué"),
        "agent_moved": N_("boîtier déplacé"),
        "claim_code_created": N_("code d’inscription donné"),
        "alarm_taken": N_("alarme prise"),
        "alarm_given_back": N_("alarme rendue"),
        "alarm_resolved": N_("alarme réglée"),
        "evacuation_started": N_("évacuation lancée"),
        "evacuation_ended": N_("évacuation finie"),
        "window_opened": N_("encadrement ouvert"),
        "window_closed": N_("encadrement fermé"),
        "maintenance_created": N_("entretien demandé"),
        "maintenance_changed": N_("entretien changé"),
        "maintenance_ended": N_("entretien plus demandé"),
        "maintenance_done": N_("entretien fait"),
        "maintenance_taken_back": N_("entretien repris"),
        "tell_code_created": N_("affiche de signalement faite"),
        "tell_code_revoked": N_("affiche de signalement retirée"),
        "safety_entry_added_to": N_("registre de sécurité : ajouté"),
        "safety_entry_written": N_("registre de sécurité : écrit"),
        "safety_entry_annulled": N_("registre de sécurité : annulé"),
        "article_charged": N_("article compté"),
        "charge_remitted": N_("remise accordée"),
        "entry_taken_back": N_("écriture reprise"),
        "payment_noted": N_("paiement noté"),
        "payment_taken_back": N_("paiement repris"),
        "month_closed": N_("mois clos"),
        "till_closed": N_("caisse close"),
        "cash_handed_over": N_("caisse remise"),
        "screen_rule_set": N_("règle d’écran changée"),
        "screen_address_created": N_("adresse d’écran donnée"),
        "screen_address_revoked": N_("adresse d’écran révoquée"),
        "terminal_address_created": N_("adresse de borne donnée"),
        "terminal_address_revoked": N_("adresse de borne révoquée"),
        "chat_target_added": N_("destinataire d’alarmes ajouté"),
        "chat_target_removed": N_("destinataire d’alarmes retiré"),
        "home_assistant_door_allowed": N_("porte permise à Home Assistant"),
        "home_assistant_door_forbidden": N_("porte interdite à Home Assistant"),
        "partner_added": N_("partenaire financier ajouté"),
        "partner_funds": N_("projets d’un partenaire changés"),
        "partner_removed": N_("partenaire financier retiré"),
        "provider_changed": N_("coordonnées de facturation du lieu changées"),
        "invoicing_changed": N_("coordonnées d’une structure changées"),
        "school_holidays_kept": N_("vacances scolaires enregistrées"),
    },
}
_FILED: Mapping[str, tuple[str, ...]] = {
    "certification": ("certification_",),
    "credential": ("credential_",),
    "plan": ("subscription_",),
    "course_session": (
        "course_enrolled",
        "course_waiting",
        "course_withdrawn",
        "course_passed",
        "course_to_review",
        "course_absent",
        "course_outcome_removed",
    ),
}
"""How acts begin that touch such a thing, but are filed under whoever holds it."""
_CALLED = {action: text for acts in GROUPS.values() for action, text in acts.items()}
TITLES: Mapping[Group, str] = {
    Group.TRAINING: N_("Habilitations"),
    Group.BADGES: N_("Badges"),
    Group.PEOPLE: N_("Usagers"),
    Group.ACCOUNTS: N_("Comptes et jetons"),
    Group.RULES: N_("Règles et tarifs"),
    Group.DATA: N_("Données"),
    Group.PLACE: N_("Le lieu"),
}


def called(action: str) -> str:
    """As a text that is still to be said; of one without words, its own with blanks."""
    return _CALLED.get(action, action.replace("_", " "))


def filed_elsewhere(kind: str) -> frozenset[str]:
    """Acts on things of this kind, whatever they are filed under."""
    begins = _FILED.get(kind, ())
    return frozenset(action for action in _CALLED if action.startswith(begins))


def group_of(action: str) -> Group:
    """Its kind; whatever has no words is of the place."""
    return next((group for group, acts in GROUPS.items() if action in acts), Group.PLACE)
