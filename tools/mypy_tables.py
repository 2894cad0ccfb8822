"""Teaches mypy what SQLAlchemy does: on the class, a field of a table is a column.

`case.opened_on` is a date, `Case.opened_on` an expression that queries compare and sort by.
SQLModel declares both as the value, so without this plugin every query would need exceptions.
"""

from collections.abc import Callable

from mypy.nodes import TypeInfo, Var
from mypy.plugin import AttributeContext, Plugin
from mypy.types import Instance, Type

COLUMN = "sqlalchemy.orm.attributes.InstrumentedAttribute"


class Tables(Plugin):
    """Wraps the fields of classes that are declared with `table=True`."""

    def get_class_attribute_hook(self, fullname: str) -> Callable[[AttributeContext], Type] | None:
        """Only for names that a table, or what it inherits, declares as a field."""
        owner, _, name = fullname.rpartition(".")
        table = self._class(owner)
        # Not by its keyword `table=True`: mypy's cache forgets with which keywords a class was made.
        if table is None or name.startswith("_") or "__tablename__" not in table.names:
            return None
        field = table.get(name)
        if field is None or not isinstance(field.node, Var) or field.node.is_classvar:
            return None
        return self._as_column

    def _class(self, fullname: str) -> TypeInfo | None:
        symbol = self.lookup_fully_qualified(fullname)
        return symbol.node if symbol and isinstance(symbol.node, TypeInfo) else None

    def _as_column(self, context: AttributeContext) -> Type:
        column = self._class(COLUMN)
        return (
            Instance(column, [context.default_attr_type]) if column else context.default_attr_type
        )


def plugin(_version: str) -> type[Plugin]:
    """Called by mypy."""
    return Tables
