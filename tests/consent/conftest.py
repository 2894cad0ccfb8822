"""What consent opens and closes is proved on both databases, as everything about access is."""

from tests.access.conftest import database  # noqa: F401 - the fixture of that folder
