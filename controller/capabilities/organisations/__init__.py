"""On whose behalf people work: organisations and projects."""
