"""Announcements from a file that an office exports: read, checked row by row, imported at once."""

from cii.cases.importing.runs import Report, import_announcements, sweep_imports

__all__ = ["Report", "import_announcements", "sweep_imports"]
