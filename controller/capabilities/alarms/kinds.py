"""What agents and the controller raise alarms for, beyond the faults of the domain."""

from controller.domain.words.catalogue import N_
from controller.kernel.alarms import AlarmKind

KINDS = (
    AlarmKind("door_forced", N_("Porte forcée"), N_("Allez voir la porte.")),
    AlarmKind("door_held", N_("Porte restée ouverte"), N_("Fermez la porte.")),
    AlarmKind(
        "badge_copied",
        N_("Un badge à deux endroits à la fois"),
        N_("Ce badge est sans doute copié : appelez la personne, puis remplacez-le."),
    ),
    AlarmKind("reader_unplugged", N_("Lecteur débranché"), N_("Vérifiez le câble du lecteur.")),
    AlarmKind(
        "reader_tampered", N_("Lecteur ouvert"), N_("Allez voir le lecteur : son capot est ouvert.")
    ),
    AlarmKind("meter_silent", N_("Compteur muet"), N_("La machine compte comme en marche.")),
    AlarmKind("switch_unreachable", N_("Contacteur injoignable"), N_("Appelez la maintenance.")),
    AlarmKind("switch_dropped", N_("Contacteur retombé seul"), N_("Appelez la maintenance.")),
    AlarmKind(
        "switch_welded",
        N_("Contacteur collé"),
        N_("Coupez au sectionneur, appelez la maintenance."),
    ),
    AlarmKind("strike_unreachable", N_("Gâche injoignable"), N_("Appelez la maintenance.")),
    AlarmKind("input_unreachable", N_("Entrée injoignable"), N_("Appelez la maintenance.")),
    AlarmKind("indicator_unreachable", N_("Voyant injoignable"), N_("Appelez la maintenance.")),
    AlarmKind(
        "power_cut",
        N_("Coupure de courant"),
        N_("Voyez quelles machines travaillaient : leurs travaux sont perdus."),
    ),
    AlarmKind(
        "journal_degraded",
        N_("Journal abîmé"),
        N_("Le boîtier continue ; remplacez sa carte mémoire."),
    ),
    AlarmKind(
        "journal_gap",
        N_("Événements manquants"),
        N_("Le boîtier ne garde plus ce qui manque à la sauvegarde : voyez loquet db check."),
    ),
    AlarmKind(
        "state_lost",
        N_("Mémoire du boîtier abîmée"),
        N_("Ses défauts et verrouillages sont oubliés : passez voir ses machines et ses portes."),
    ),
    AlarmKind(
        "policy_rejected", N_("Droits refusés par le boîtier"), N_("Prévenez un administrateur.")
    ),
    AlarmKind(
        "journal_fork",
        N_("Journal en double"),
        N_("La carte mémoire a été copiée ou remise à un état ancien."),
    ),
    AlarmKind("journal_chain", N_("Journal altéré"), N_("Prévenez un administrateur.")),
    AlarmKind("quarantine", N_("Message mis de côté"), N_("Prévenez un administrateur.")),
    AlarmKind(
        "agent_floods",
        N_("Boîtier trop bavard"),
        N_("Le surplus est refusé. S’il est inconnu ou piraté, révoquez-le."),
    ),
    AlarmKind(
        "agent_malformed",
        N_("Messages incompréhensibles d’un boîtier"),
        N_("Mettez-le à jour. S’il est inconnu ou piraté, révoquez-le."),
    ),
    AlarmKind(
        "agent_clock_ahead",
        N_("Horloge d’un boîtier en avance"),
        N_("Comparez son heure à celle du serveur : l’une des deux est fausse."),
    ),
    AlarmKind(
        "badge_guessing",
        N_("Beaucoup de badges inconnus"),
        N_("Allez voir : quelqu’un essaie peut-être des badges."),
    ),
    AlarmKind(
        "database_unavailable",
        N_("La base de données n’a pas répondu"),
        N_("Les boîtiers ont gardé leurs événements. Prévenez un administrateur."),
    ),
    AlarmKind(
        "backup_late",
        N_("Pas de sauvegarde récente"),
        N_("Prévenez un administrateur : loquet backup dit ce qui l’empêche."),
    ),
    AlarmKind(
        "job_failing",
        N_("Tâche du serveur en échec"),
        N_("Prévenez un administrateur : le journal du serveur dit pourquoi."),
    ),
)
