"""Measures: routed by law, decided by the right authority, paid and accounted for."""
