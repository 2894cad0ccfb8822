"""Institutions, people, who works where in which role, who stands in for whom, the communes."""
