"""Alembic's environment: runs on the connection that cii migrate hands over."""

from alembic import context
from sqlmodel.sql.sqltypes import AutoString

from cii import tables  # noqa: F401 - every table must be known
from cii.foundation.columns import Centimes, Flags, Moment, metadata


def plain(kind, item, autogen):
    """Write our own column types into a migration as what the database stores."""
    if kind != "type":
        return False
    if isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, Centimes):
        return "sa.BigInteger()"
    if isinstance(item, Flags):
        return "sa.Integer()"
    if isinstance(item, AutoString):
        return f"sa.String(length={item.length})" if item.length else "sa.String()"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    compare_type=True,
    render_as_batch=False,
    render_item=plain,
    # All of them or none: a migration that fails leaves the database as it was.
    transaction_per_migration=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
