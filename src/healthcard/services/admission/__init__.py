"""Admission and filing (准入与备案): dossiers, the short list, what provinces choose and accept, gates, measures."""
