"""Measures the product beside the raw limit of its stack: `make bench`."""
