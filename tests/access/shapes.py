"""Ways to read and to write, honest and crooked, tried by somebody who must not see the canary.

Amélie has a case open to her (nothing in it is secret), one whose procuration was revoked, and there
is one in Sierre with which she has nothing to do. What she may not see carries the canary's name.
Each shape gets a session and the world; what it returns is searched for the canary.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy import orm
from sqlalchemy.orm import aliased, make_transient_to_detached
from sqlmodel import Session, SQLModel
from sqlmodel import select as sqlmodel_select

from cii.access.guard import GuardedSession
from cii.access.hot import HotRead, _Compiled
from cii.access.models import CaseAccess
from cii.audit.models import Act, AuditEvent
from cii.cases.lifecycle import State
from cii.cases.models import (
    AnnouncementDraft,
    Case,
    CaseAnswer,
    CaseIdentity,
    CaseNeed,
    CaseStep,
    PastMeasure,
)
from cii.coaching.models import (
    Appointment,
    Domain,
    JournalDraft,
    JournalEntry,
    JournalText,
    NoteKind,
    Objective,
)
from cii.consent.models import CasePart, PartKind, Procuration, Revocation
from cii.consent.topics import Topic
from cii.files.models import StoredFile
from cii.foundation.clock import now, today
from cii.organisations.models import Institution, Person
from cii.programmes.routing import Origin
from cii.signin.models import Credential
from tests.access.world import CANARY, World

BOTH = ("sqlite", "postgresql")


Shape = Callable[[Any, World], Any]


@dataclass(frozen=True)
class Tried:
    """A shape, the databases that know it, whether it only makes sense against the guard, whether it commits itself."""

    run: Shape
    on: tuple[str, ...] = BOTH
    guard_only: bool = False
    commits: bool = False


READS: dict[str, Tried] = {}
WRITES: dict[str, Tried] = {}


def reads(**options: Any) -> Callable[[Shape], Shape]:
    def register(shape: Shape) -> Shape:
        READS[shape.__name__] = Tried(shape, **options)
        return shape

    return register


def writes(**options: Any) -> Callable[[Shape], Shape]:
    def register(shape: Shape) -> Shape:
        WRITES[shape.__name__] = Tried(shape, **options)
        return shape

    return register


POSTGRES: dict[str, Any] = {"on": ("postgresql",)}
GUARD: dict[str, Any] = {"guard_only": True}
COMMITS: dict[str, Any] = {"commits": True}

table_of: Callable[[type[SQLModel]], Any] = lambda model: model.__table__  # type: ignore[attr-defined]  # noqa: E731
CASES, IDENTITY, TEXTS = table_of(Case), table_of(CaseIdentity), table_of(JournalText)
names = sa.select(CaseIdentity.last_name)
core_names = sa.select(IDENTITY.c.last_name)
largest = sa.select(sa.func.max(CaseIdentity.last_name))
core_largest = sa.select(sa.func.max(IDENTITY.c.last_name))


def seen_if(found: Any) -> str:
    """Counts, orders and yes or no tell as much as words."""
    return CANARY if found else ""


def more_than(limit: int, count: Any) -> str:
    return seen_if((count or 0) > limit)


def hidden_exists(column: Any) -> Any:
    return sa.select(column).where(column == CANARY).exists()


def joining(session: Any) -> Any:
    """Put the texts together as the database at hand does."""
    sqlite = session.get_bind().dialect.name == "sqlite"
    return sa.func.group_concat if sqlite else lambda column: sa.func.string_agg(column, ",")


def hot(session: Any, build: Callable[[], Any], **values: Any) -> Any:
    """Run a hot read, by a session that is not guarded as the plain statement."""
    if isinstance(session, GuardedSession):
        return HotRead(build).run(session, **values)
    connection = session.connection()
    compiled = _Compiled(build(), connection.dialect, guarded=False)
    return compiled.run(connection.connection, values)


def engine_of(session: Any) -> sa.Engine:
    """The engine behind a session."""
    return session.engine if isinstance(session, GuardedSession) else session.get_bind()


def connection_of(session: Any) -> Any:
    """What a session takes for its bind; one that is not guarded, its connection."""
    return session.get_bind() if isinstance(session, GuardedSession) else session.connection()


def hidden(model: type[SQLModel], **key: Any) -> Any:
    """A row as if it had been loaded before, knowing nothing but its key."""
    row = model(**key)
    make_transient_to_detached(row)
    return row


# Honest reading: the rule is added, wherever the model stands


@reads()
def entities(s, w):
    return [row.last_name for row in s.scalars(sa.select(CaseIdentity))]


@reads()
def entities_by_sqlmodel(s, w):
    return [row.last_name for row in s.exec(sqlmodel_select(CaseIdentity))]


@reads()
def a_column(s, w):
    return s.scalars(names).all()


@reads()
def columns_and_labels(s, w):
    return s.execute(sa.select(CaseIdentity.case_id, CaseIdentity.last_name.label("x"))).all()


@reads()
def a_bundle(s, w):
    return s.execute(sa.select(orm.Bundle("b", CaseIdentity.last_name))).all()


@reads()
def the_largest(s, w):
    return [
        s.scalar(sa.select(sa.func.max(CaseIdentity.last_name))),
        s.scalar(sa.select(sa.func.min(JournalText.text))),
    ]


@reads()
def all_texts_together(s, w):
    return s.scalar(sa.select(joining(s)(CaseIdentity.last_name)))


@reads()
def how_many(s, w):
    return more_than(2, s.scalar(sa.select(sa.func.count()).select_from(Case)))


@reads()
def how_many_by_query(s, w):
    return more_than(2, orm.Query(Case, session=s).count())


@reads()
def how_many_by_column(s, w):
    return more_than(2, s.scalar(sa.select(sa.func.count(Case.id))))


@reads()
def groups(s, w):
    statement = sa.select(CaseIdentity.last_name, sa.func.count()).group_by(CaseIdentity.last_name)
    return s.execute(statement.having(sa.func.count() > 0)).all()


@reads()
def a_window(s, w):
    return s.execute(
        sa.select(CaseIdentity.last_name, sa.func.row_number().over(order_by=CaseIdentity.case_id))
    ).all()


@reads()
def the_sum_of_lengths(s, w):
    statement = sa.select(sa.func.sum(sa.func.length(CaseIdentity.last_name)))
    return more_than(len(w.open.last_name), s.scalar(statement))


@reads()
def a_choice_of_values(s, w):
    return s.scalars(sa.select(sa.case((CaseIdentity.last_name == CANARY, CANARY), else_=""))).all()


@reads()
def distinct_ordered_page(s, w):
    return s.scalars(names.distinct().order_by(CaseIdentity.last_name).limit(2)).all()


@reads()
def by_key(s, w):
    return getattr(s.get(CaseIdentity, w.far.id), "last_name", "")


@reads()
def by_key_of_a_closed_topic(s, w):
    return getattr(s.get(CaseIdentity, w.closed.id), "last_name", "")


@reads()
def by_key_or_fail(s, w):
    return s.get_one(CaseIdentity, w.far.id).last_name


@reads()
def by_two_keys(s, w):
    return getattr(s.get(JournalText, (w.far_note, 1)), "text", "")


@reads()
def by_key_freshly(s, w):
    row = s.get(CaseIdentity, w.far.id, populate_existing=True, with_for_update=True)
    return getattr(row, "last_name", "")


@reads()
def by_legacy_query(s, w):
    return orm.Query(CaseIdentity.last_name, session=s).all()


@reads()
def a_scalar_sub_query(s, w):
    return s.execute(sa.select(Person.id, largest.scalar_subquery())).all()


@reads()
def a_correlated_sub_query(s, w):
    inner = sa.select(CaseIdentity.last_name).where(CaseIdentity.institution_id == Institution.id)
    return s.execute(sa.select(Institution.name, inner.limit(1).scalar_subquery())).all()


@reads()
def whether_there_is_one(s, w):
    return s.scalars(
        sa.select(sa.literal(CANARY)).where(hidden_exists(CaseIdentity.last_name))
    ).all()


@reads()
def whether_there_is_one_under_another_name(s, w):
    other = aliased(CaseIdentity)
    return [
        seen_if(each)
        for each in s.scalars(sa.select(Person.id).where(hidden_exists(other.last_name)))
    ]


@reads()
def those_in_a_sub_query(s, w):
    inner = sa.select(CaseIdentity.institution_id).where(CaseIdentity.last_name == CANARY)
    return [
        seen_if(each)
        for each in s.scalars(sa.select(Institution.id).where(Institution.id.in_(inner)))
    ]


@reads()
def a_common_table_expression(s, w):
    common = names.cte()
    return s.scalars(sa.select(common.c.last_name)).all()


@reads()
def a_recursive_expression(s, w):
    start = sa.select(CaseIdentity.last_name, sa.literal(0).label("n")).cte(recursive=True)
    more = (
        sa.select(CaseIdentity.last_name, start.c.n + 1)
        .select_from(start)
        .join(CaseIdentity, start.c.n < 1)
    )
    return s.execute(sa.select(start.union_all(more))).all()


@reads()
def a_sub_query_as_source(s, w):
    inner = names.subquery()
    return s.scalars(sa.select(inner.c.last_name)).all()


@reads()
def an_entity_of_a_sub_query(s, w):
    other = aliased(CaseIdentity, sa.select(CaseIdentity).subquery())
    return [row.last_name for row in s.scalars(sa.select(other))]


@reads()
def another_name(s, w):
    other = aliased(CaseIdentity)
    return s.scalars(sa.select(other.last_name)).all()


@reads()
def joined_with_itself(s, w):
    other = aliased(CaseIdentity)
    statement = sa.select(CaseIdentity.last_name, other.last_name)
    return s.execute(
        statement.join(other, other.commune_number == CaseIdentity.commune_number)
    ).all()


@reads()
def joined_with_itself_outer(s, w):
    other = aliased(CaseIdentity)
    statement = sa.select(CaseIdentity.case_id, other.last_name)
    return s.execute(statement.join(other, sa.true(), isouter=True)).all()


@reads()
def a_join(s, w):
    statement = sa.select(Institution.name, CaseIdentity.last_name)
    return s.execute(
        statement.join(CaseIdentity, CaseIdentity.institution_id == Institution.id)
    ).all()


@reads()
def joined_outer(s, w):
    statement = sa.select(Institution.name, CaseIdentity.last_name)
    return s.execute(
        statement.join(CaseIdentity, CaseIdentity.institution_id == Institution.id, isouter=True)
    ).all()


@reads()
def a_join_built_by_hand(s, w):
    source = orm.outerjoin(Institution, CaseIdentity, CaseIdentity.institution_id == Institution.id)
    return s.execute(sa.select(Institution.name, CaseIdentity.last_name).select_from(source)).all()


@reads()
def a_join_within_a_join(s, w):
    inner = orm.join(Case, CaseIdentity, CaseIdentity.case_id == Case.id)
    source = orm.outerjoin(Institution, inner, CaseIdentity.institution_id == Institution.id)
    return s.execute(sa.select(Institution.name, CaseIdentity.last_name).select_from(source)).all()


@reads()
def an_outer_join_from_the_hidden_side(s, w):
    statement = sa.select(CaseIdentity.last_name, Person.id).select_from(CaseIdentity)
    return s.execute(statement.join(Person, sa.false(), isouter=True)).all()


@reads(**POSTGRES)
def a_lateral_sub_query(s, w):
    inner = sa.select(CaseIdentity.last_name).lateral()
    return s.execute(sa.select(Institution.name, inner.c.last_name).join(inner, sa.true())).all()


@reads()
def a_union(s, w):
    return s.scalars(sa.union_all(names, sa.select(Person.last_name))).all()


@reads()
def what_remains_after_taking_away(s, w):
    return s.scalars(sa.except_(names, sa.select(Person.last_name))).all()


@reads()
def ordered_by_a_sub_query(s, w):
    inner = (
        sa.select(sa.func.count())
        .select_from(CaseIdentity)
        .where(CaseIdentity.institution_id == Institution.id, CaseIdentity.last_name == CANARY)
        .scalar_subquery()
    )
    first = s.scalars(sa.select(Institution.id).order_by(inner.desc(), Institution.name)).first()
    return seen_if(first in {w.house.institution[key] for key in ("cms_sion", "cms_sierre")})


@reads()
def read_again_freshly(s, w):
    options = {"populate_existing": True}
    return [
        row.last_name for row in s.scalars(sa.select(CaseIdentity).execution_options(**options))
    ]


@reads()
def read_in_portions(s, w):
    options = {"yield_per": 1}
    return [
        row.last_name for row in s.scalars(sa.select(CaseIdentity).execution_options(**options))
    ]


@reads()
def read_for_changing(s, w):
    return [row.last_name for row in s.scalars(sa.select(CaseIdentity).with_for_update())]


@reads()
def read_in_a_nested_transaction(s, w):
    with s.begin_nested():
        return s.scalars(names).all()


@reads()
def read_after_the_transaction(s, w):
    s.rollback()
    return s.scalars(names).all()


@reads()
def read_with_a_rule_of_ones_own(s, w):
    return s.scalars(names.options(orm.with_loader_criteria(CaseIdentity, sa.true()))).all()


@reads()
def the_access_table(s, w):
    return [seen_if(key == w.far.id) for key in s.scalars(sa.select(CaseAccess.case_id))]


@reads()
def the_trail(s, w):
    return [seen_if(key == w.far.id) for key in s.scalars(sa.select(AuditEvent.case_id))]


@reads()
def passwords(s, w):
    return s.scalars(sa.select(Credential.password_hash)).all()


HONEST = frozenset(READS)

# A name that a rule uses itself, and a join that shows rows for which its condition is false


@reads()
def a_name_like_a_rules_own(s, w):
    other = aliased(CaseIdentity, name="rule_access")
    return s.scalars(sa.select(other.last_name)).all()


@reads()
def joined_full(s, w):
    statement = sa.select(Institution.name, CaseIdentity.last_name)
    return s.execute(
        statement.join(CaseIdentity, CaseIdentity.institution_id == Institution.id, full=True)
    ).all()


# Rows that this session never read


@reads()
def a_row_pretended_to_be_known(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    s.add(row)
    return row.last_name


@reads()
def a_row_pretended_to_be_known_and_refreshed(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    s.add(row)
    s.refresh(row)
    return row.last_name


@reads()
def a_row_pretended_to_be_known_and_expired(s, w):
    row = hidden(JournalText, entry_id=w.far_note, version=1)
    s.add(row)
    s.expire(row)
    return row.text


@reads()
def a_row_merged_without_loading(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    return s.merge(row, load=False).last_name


@reads()
def a_row_merged(s, w):
    return s.merge(hidden(CaseIdentity, case_id=w.far.id)).last_name


# Words instead of expressions


@reads()
def plain_words(s, w):
    return s.execute(sa.text("SELECT last_name FROM case_identity")).all()


@reads()
def words_as_entities(s, w):
    words = sa.text("SELECT * FROM case_identity")
    return [row.last_name for row in s.scalars(sa.select(CaseIdentity).from_statement(words))]


@reads()
def words_with_columns(s, w):
    words = sa.text("SELECT last_name FROM case_identity").columns(sa.column("last_name"))
    return s.scalars(sa.select(words.subquery().c.last_name)).all()


@reads()
def words_in_a_condition(s, w):
    return s.scalars(names.where(sa.text("1=1 OR 1=1"))).all()


@reads()
def words_in_the_order(s, w):
    words = sa.text(
        "(SELECT count(*) FROM case_identity"
        f" WHERE institution_id = institution.id AND last_name = '{CANARY}') DESC"
    )
    first = s.scalars(sa.select(Institution.id).order_by(words, Institution.name)).first()
    return seen_if(first in {w.house.institution[key] for key in ("cms_sion", "cms_sierre")})


@reads()
def words_as_a_column(s, w):
    words = sa.text("(SELECT max(last_name) FROM case_identity)")
    return s.execute(sa.select(Person.id, words)).all()


@reads()
def a_literal_column(s, w):
    words = sa.literal_column("(SELECT max(last_name) FROM case_identity)")
    return s.execute(sa.select(Person.id, words)).all()


@reads()
def a_literal_column_in_a_condition(s, w):
    return s.scalars(names.where(sa.literal_column("1=1 OR 1=1"))).all()


@reads()
def a_mark_written_by_hand(s, w):
    mark = sa.literal_column("'case_identity'='case_identity'", sa.Boolean())
    return s.scalars(core_names.where(mark)).all()


@reads()
def an_operator_of_words(s, w):
    words = "|| (SELECT max(last_name) FROM case_identity) ||"
    return s.scalars(sa.select(Institution.name.op(words)(""))).all()


@reads()
def a_prefix_of_words(s, w):
    words = "(SELECT max(last_name) FROM case_identity) ||"
    return s.execute(sa.select(Institution.name).prefix_with(words)).all()


@reads()
def a_suffix_of_words(s, w):
    return s.scalars(names.where(sa.true()).suffix_with("OR 1=1")).all()


@reads()
def a_hint_of_words(s, w):
    return s.scalars(names.where(sa.true()).with_statement_hint("OR 1=1")).all()


@reads()
def a_lambda_as_statement(s, w):
    return s.scalars(sa.lambda_stmt(lambda: sa.select(IDENTITY.c.last_name))).all()


@reads()
def a_lambda_in_a_condition(s, w):
    return s.scalars(names.where(lambda: sa.text("1=1 OR 1=1"))).all()


# Tables instead of models


@reads()
def a_table(s, w):
    return s.execute(sa.select(IDENTITY)).all()


@reads()
def a_column_of_a_table(s, w):
    return s.scalars(core_names).all()


@reads()
def a_column_of_the_mapper(s, w):
    return s.scalars(sa.select(sa.inspect(CaseIdentity).columns.last_name)).all()


@reads()
def a_model_beside_a_table(s, w):
    condition = IDENTITY.c.institution_id == Institution.id
    return s.execute(sa.select(Institution.name, IDENTITY.c.last_name).where(condition)).all()


@reads()
def a_model_joined_to_a_table(s, w):
    statement = sa.select(Institution.name, IDENTITY.c.last_name)
    return s.execute(
        statement.join(IDENTITY, IDENTITY.c.institution_id == Institution.id, isouter=True)
    ).all()


@reads()
def a_table_in_a_sub_query(s, w):
    inner = core_largest.scalar_subquery()
    return s.execute(sa.select(Person.id, inner)).all()


@reads()
def a_table_in_a_condition(s, w):
    inner = sa.select(IDENTITY.c.institution_id).where(IDENTITY.c.last_name == CANARY)
    return [
        seen_if(each)
        for each in s.scalars(sa.select(Institution.id).where(Institution.id.in_(inner)))
    ]


@reads()
def a_table_in_a_common_table_expression(s, w):
    common = core_names.cte()
    return s.scalars(sa.select(common.c.last_name)).all()


@reads()
def a_table_in_a_union(s, w):
    return s.scalars(sa.union_all(core_names, sa.select(Person.last_name))).all()


@reads()
def a_table_under_another_name(s, w):
    return s.scalars(sa.select(IDENTITY.alias("x").c.last_name)).all()


@reads()
def a_table_under_a_rules_name(s, w):
    return s.scalars(sa.select(IDENTITY.alias("rule_access").c.last_name)).all()


@reads()
def the_access_table_under_a_rules_name(s, w):
    lines = table_of(CaseAccess).alias("rule_access")
    return [seen_if(key == w.far.id) for key in s.scalars(sa.select(lines.c.case_id))]


@reads()
def a_table_behind_a_model(s, w):
    other = aliased(CaseIdentity, sa.select(IDENTITY).subquery())
    return [row.last_name for row in s.scalars(sa.select(other))]


@reads()
def a_table_as_entities(s, w):
    return [
        row.last_name
        for row in s.scalars(sa.select(CaseIdentity).from_statement(sa.select(IDENTITY)))
    ]


@reads()
def a_filtered_statement_as_entities(s, w):
    statement = sa.select(CaseIdentity).from_statement(sa.select(CaseIdentity))
    return [row.last_name for row in s.scalars(statement)]


@reads()
def a_table_hidden_by_a_second_mark(s, w):
    # A model over a sub-query carries its mark twice, which would cover for one unmarked table.
    other = aliased(CaseIdentity, sa.select(CaseIdentity).subquery())
    inner = core_largest.scalar_subquery()
    return s.execute(sa.select(other.case_id, inner)).all()


@reads()
def a_table_beside_its_model(s, w):
    other = IDENTITY.alias()
    return s.execute(
        sa.select(CaseIdentity.case_id, other.c.last_name).join(other, sa.true())
    ).all()


@reads()
def a_table_counted_in_a_sub_query(s, w):
    inner = sa.select(sa.func.count()).select_from(CASES).scalar_subquery()
    return more_than(2, s.execute(sa.select(Institution.name, inner)).all()[0][1])


@reads()
def tables_joined_in_a_sub_query(s, w):
    source = table_of(Institution).join(IDENTITY, IDENTITY.c.institution_id == Institution.id)
    inner = sa.select(sa.func.count()).select_from(source).scalar_subquery()
    return more_than(1, s.execute(sa.select(Person.id, inner)).all()[0][1])


@reads()
def a_table_in_the_order(s, w):
    inner = (
        sa.select(sa.func.count(IDENTITY.c.case_id))
        .where(IDENTITY.c.institution_id == Institution.id, IDENTITY.c.last_name == CANARY)
        .scalar_subquery()
    )
    first = s.scalars(sa.select(Institution.id).order_by(inner.desc(), Institution.name)).first()
    return seen_if(first in {w.house.institution[key] for key in ("cms_sion", "cms_sierre")})


@reads()
def a_table_known_by_name_only(s, w):
    bare = sa.table("case_identity", sa.column("last_name"))
    return s.scalars(sa.select(bare.c.last_name)).all()


@reads()
def a_table_of_a_schema(s, w):
    schema = "main" if s.get_bind().dialect.name == "sqlite" else "public"
    bare = sa.table("case_identity", sa.column("last_name"), schema=schema)
    return s.execute(
        sa.select(Person.id, sa.select(sa.func.max(bare.c.last_name)).scalar_subquery())
    ).all()


@reads(**POSTGRES)
def a_sample_of_a_table(s, w):
    return s.scalars(sa.select(IDENTITY.tablesample(100).c.last_name)).all()


@reads(**POSTGRES)
def whole_rows(s, w):
    return s.scalars(sa.select(sa.func.row_to_json(IDENTITY.table_valued()))).all()


@reads(**POSTGRES)
def a_statement_in_a_function(s, w):
    words = sa.literal("SELECT last_name FROM case_identity")
    call = sa.func.query_to_xml(words, True, False, "")
    return s.scalars(sa.select(sa.cast(call, sa.String()))).all()


# Round the session


@reads()
def its_connection(s, w):
    return s.connection().execute(names).all()


@reads()
def the_connection_of_its_transaction(s, w):
    s.scalars(sa.select(Person.id)).all()
    return s.get_transaction().connection(None).execute(core_names).all()


@reads()
def its_bind(s, w):
    return connection_of(s).execute(core_names).all()


@reads()
def its_bind_in_words(s, w):
    return connection_of(s).exec_driver_sql("SELECT last_name FROM case_identity").all()


@reads()
def its_engine(s, w):
    with engine_of(s).connect() as connection:
        return connection.execute(core_names).all()


@reads()
def its_engine_in_words(s, w):
    with engine_of(s).connect() as connection:
        return connection.exec_driver_sql("SELECT last_name FROM case_identity").all()


@reads()
def its_engine_in_a_model(s, w):
    with engine_of(s).connect() as connection:
        return connection.execute(names).all()


@reads()
def a_second_session(s, w):
    with Session(s.get_bind()) as other:
        return other.scalars(names).all()


@reads()
def options_that_name_the_guards_own(s, w):
    options = {"unguarded": True, "guarded_by": s, "refresh": True, "checked": True}
    return s.scalars(core_names.execution_options(**options)).all()


# Somebody else's values


def _of_bastien(w: World) -> dict[str, Any]:
    other = w.house.actor("yannick")
    return {
        "actor_reader": other.reader,
        "actor_institution": other.institution,
        "actor_person": other.person,
        "actor_day": other.day,
    }


@reads(**GUARD)
def values_of_somebody_else(s, w):
    return s.execute(names, _of_bastien(w)).all()


@reads(**GUARD)
def a_list_of_values_of_somebody_else(s, w):
    return s.execute(names, [_of_bastien(w)]).all()


@reads(**GUARD)
def values_of_somebody_else_in_the_statement(s, w):
    condition = sa.bindparam("actor_reader", _of_bastien(w)["actor_reader"], sa.Uuid()).is_not(None)
    return s.execute(names.where(condition).params(**_of_bastien(w))).all()


@reads(**GUARD)
def a_hot_read_with_values_of_somebody_else(s, w):
    return hot(s, lambda: names, **_of_bastien(w))


# Hot reads: they reach the driver without passing the engine


@reads()
def a_hot_read(s, w):
    return hot(s, lambda: names)


@reads()
def a_hot_read_of_words(s, w):
    return hot(
        s, lambda: sa.select(Person.id, sa.text("(SELECT max(last_name) FROM case_identity)"))
    )


@reads()
def a_hot_read_of_a_table(s, w):
    return hot(s, lambda: core_names)


@reads()
def a_hot_read_of_a_table_in_a_sub_query(s, w):
    return hot(
        s,
        lambda: sa.select(Person.id, core_largest.scalar_subquery()),
    )


@reads()
def a_hot_read_of_a_full_join(s, w):
    return hot(
        s,
        lambda: sa.select(Institution.name, CaseIdentity.last_name).join(
            CaseIdentity, CaseIdentity.institution_id == Institution.id, full=True
        ),
    )


@reads()
def a_hot_read_of_a_join(s, w):
    return hot(
        s,
        lambda: sa.select(Institution.name, CaseIdentity.last_name).join(
            CaseIdentity, CaseIdentity.institution_id == Institution.id, isouter=True
        ),
    )


# Reading by writing


@reads()
def an_expression_written_into_ones_own_row(s, w):
    row = s.get(Objective, w.own_objective)
    row.goal = core_largest.scalar_subquery()
    s.flush()
    s.refresh(row)
    return row.goal


@reads()
def what_a_change_returns(s, w):
    change = sa.update(CaseIdentity).values(place="Sion").returning(CaseIdentity.last_name)
    return s.execute(change).all()


@reads()
def what_a_deletion_returns(s, w):
    return s.execute(sa.delete(PastMeasure).returning(PastMeasure.name)).all()


@reads()
def what_a_copy_returns(s, w):
    chosen = sa.select(
        Case.id, Case.announcing_institution_id, largest.scalar_subquery(), sa.true()
    )
    s.execute(sa.delete(CaseNeed).where(CaseNeed.case_id == w.far.id))
    copy = sa.insert(CaseNeed).from_select(
        ["case_id", "institution_id", "reason", "intensive_coaching"],
        chosen.where(Case.id == w.far.id),
    )
    return s.execute(copy.returning(CaseNeed.reason)).all()


# Writing: rows that are not visible, or would not be afterwards


@writes()
def change_a_row_never_read(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    s.add(row)
    row.first_name = "X"


@writes()
def change_a_row_of_a_closed_topic(s, w):
    row = hidden(CaseIdentity, case_id=w.closed.id)
    s.add(row)
    row.first_name = "X"


@writes()
def delete_a_row_never_read(s, w):
    row = hidden(PastMeasure, id=w.far_measure)
    s.add(row)
    s.delete(row)


@writes()
def merge_a_row_never_read(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    known = s.merge(row, load=False)
    known.first_name = "X"


@writes()
def replace_a_row_never_read(s, w):
    old = hidden(CaseNeed, case_id=w.far.id)
    s.add(old)
    s.delete(old)
    s.add(CaseNeed(case_id=w.far.id, institution_id=w.house.institution["orp_sion"], reason="X"))


@writes()
def a_note_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        JournalEntry(
            case_id=w.far.id,
            institution_id=actor.institution,
            person_id=actor.person,
            topic=Topic.COACHING,
            kind=NoteKind.NOTE,
            day=today(),
        )
    )


@writes()
def a_text_to_a_hidden_note(s, w):
    actor = w.house.actor("amelie")
    s.add(
        JournalText(
            entry_id=w.far_note,
            version=2,
            case_id=w.far.id,
            institution_id=actor.institution,
            person_id=actor.person,
            topic=Topic.COACHING | Topic.NOTES,
            text="X",
        )
    )


@writes()
def an_objective_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        Objective(
            case_id=w.far.id,
            institution_id=actor.institution,
            person_id=actor.person,
            goal="X",
            domain=Domain.PLACEMENT,
            state_since=today(),
        )
    )


@writes()
def an_appointment_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        Appointment(
            case_id=w.far.id,
            institution_id=actor.institution,
            person_id=actor.person,
            at=now(),
        )
    )


@writes()
def a_file_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        StoredFile(
            case_id=w.far.id,
            topic=int(Topic.COACHING),
            institution_id=actor.institution,
            added_by=actor.person,
            name="x.pdf",
            media_type="application/pdf",
            size=1,
            sha256="0" * 64,
        )
    )


@writes()
def a_draft_in_a_hidden_case(s, w):
    s.add(JournalDraft(case_id=w.far.id, person_id=w.house.person["amelie"]))
    s.add(AnnouncementDraft(case_id=w.far.id, institution_id=w.house.institution["orp_sion"]))


@writes()
def a_step_in_a_hidden_case(s, w):
    s.add(CaseStep(case_id=w.far.id, state=State.CLOSED))


@writes()
def an_answer_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        CaseAnswer(
            case_id=w.far.id,
            state=State.REFUSED,
            person_id=actor.person,
            institution_id=actor.institution,
            addressee_id=actor.institution,
            text="X",
        )
    )


@writes()
def a_part_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        CasePart(
            case_id=w.far.id,
            institution_id=actor.institution,
            membership_id=actor.membership,
            part=PartKind.TANDEM_ORP,
            starts_on=today(),
        )
    )


@writes()
def a_procuration_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        Procuration(
            case_id=w.far.id,
            signed_on=today(),
            valid_from=today(),
            valid_until=today(),
            recorded_for=actor.institution,
        )
    )


@writes()
def a_revocation_in_a_hidden_case(s, w):
    actor = w.house.actor("amelie")
    s.add(
        Revocation(
            procuration_id=w.far.procurations[0],
            case_id=w.far.id,
            institution_id=actor.institution,
            recorded_by=actor.person,
        )
    )


@writes()
def a_case_in_which_one_has_no_part(s, w):
    actor = w.house.actor("amelie")
    s.add(
        Case(
            reference="VS-2026-9999",
            origin=Origin.ORP,
            announcing_institution_id=actor.institution,
            announcing_membership_id=actor.membership,
            state=State.DRAFT,
        )
    )


@writes()
def access_for_oneself(s, w):
    s.add(
        CaseAccess(
            reader_id=w.house.actor("amelie").reader,
            case_id=w.far.id,
            valid_from=today(),
            topics=1023,
            state=State.COACHING.value,
        )
    )


@writes()
def more_topics_for_oneself(s, w):
    statement = sa.select(CaseAccess).where(CaseAccess.case_id == w.closed.id)
    for line in s.scalars(statement):
        line.topics = 1023


@writes()
def ones_own_note_moved_into_a_hidden_case(s, w):
    s.get(JournalEntry, w.own_note).case_id = w.far.id


@writes()
def a_row_handed_to_another_institution(s, w):
    # The topic is closed to her: what she wrote she sees only as long as it is her institution's.
    row = s.scalars(
        sa.select(Objective).where(Objective.goal == "own", Objective.case_id == w.closed.id)
    ).one()
    row.institution_id = w.house.institution["cms_sierre"]


@writes()
def somebody_elses_trail(s, w):
    s.add(AuditEvent(act=Act.CASE_READ, person_id=w.house.person["bastien"], case_id=w.far.id))


@writes()
def a_changed_trail(s, w):
    for event in s.scalars(sa.select(AuditEvent)):
        event.ground = "X"


@writes()
def a_deleted_trail(s, w):
    for event in s.scalars(sa.select(AuditEvent)):
        s.delete(event)


@writes()
def another_name_for_an_institution(s, w):
    s.get(Institution, w.house.institution["orp_sion"]).name = "X"


@writes()
def another_person(s, w):
    s.add(Person(first_name="X", last_name="X", email="x@example.ch"))


# Writing by statement


def _far(w: World) -> Any:
    return CaseIdentity.case_id == w.far.id


@writes()
def a_change_by_statement(s, w):
    s.execute(sa.update(CaseIdentity).where(_far(w)).values(first_name="X"))


@writes()
def a_change_by_query(s, w):
    orm.Query(CaseIdentity, session=s).filter_by(case_id=w.far.id).update({"first_name": "X"})


@writes()
def a_deletion_by_statement(s, w):
    s.execute(sa.delete(PastMeasure).where(PastMeasure.case_id == w.far.id))


@writes()
def a_deletion_by_query(s, w):
    orm.Query(PastMeasure, session=s).filter_by(case_id=w.far.id).delete()


@writes()
def a_change_by_keys(s, w):
    s.execute(sa.update(CaseIdentity), [{"case_id": w.far.id, "first_name": "X"}])


def _step_values(w: World) -> dict[str, Any]:
    return {"case_id": w.far.id, "state": State.CLOSED}


@writes()
def an_addition_by_statement(s, w):
    s.execute(sa.insert(CaseStep).values(**_step_values(w)))


@writes()
def many_additions_by_statement(s, w):
    s.execute(sa.insert(CaseStep), [_step_values(w)])


@writes()
def a_copy_by_statement(s, w):
    s.execute(
        sa.insert(AnnouncementDraft).from_select(
            ["case_id", "institution_id", "typed", "saved_at"],
            sa.select(
                Case.id, Case.announcing_institution_id, sa.literal({}, sa.JSON()), sa.func.now()
            ).where(Case.id == w.far.id),
        )
    )


@writes()
def a_change_of_a_table(s, w):
    s.execute(IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X"))


@writes()
def objects_in_bulk(s, w):
    s.bulk_save_objects([CaseStep(**_step_values(w))])


@writes()
def mappings_in_bulk(s, w):
    s.bulk_insert_mappings(CaseStep, [_step_values(w)])


@writes()
def changes_in_bulk(s, w):
    s.bulk_update_mappings(CaseIdentity, [{"case_id": w.far.id, "first_name": "X"}])


@writes(**POSTGRES)
def a_change_within_a_select(s, w):
    change = (
        sa.update(PastMeasure)
        .where(PastMeasure.case_id == w.far.id)
        .values(name="X")
        .returning(PastMeasure.id)
        .cte()
    )
    s.execute(sa.select(change.c.id)).all()


# Writing round the session


@writes()
def a_change_by_its_connection(s, w):
    s.connection().execute(
        IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X")
    )


@writes()
def a_change_by_the_connection_of_its_transaction(s, w):
    s.scalars(sa.select(Person.id)).all()
    s.get_transaction().connection(None).execute(
        IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X")
    )


@writes()
def a_change_by_its_bind(s, w):
    connection_of(s).execute(
        IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X")
    )


@writes(**COMMITS)
def a_change_by_its_engine(s, w):
    s.rollback()
    with engine_of(s).begin() as connection:
        connection.execute(
            IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X")
        )


@writes(**COMMITS)
def a_change_by_its_engine_in_words(s, w):
    s.rollback()
    with engine_of(s).begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE case_identity SET first_name = 'X' WHERE last_name = '{CANARY}'"
        )


@writes(**COMMITS)
def a_change_by_a_second_session(s, w):
    s.rollback()
    with Session(s.get_bind()) as other:
        other.execute(
            IDENTITY.update().where(IDENTITY.c.case_id == w.far.id).values(first_name="X")
        )
        other.commit()


@writes()
def a_change_tried_again_after_a_refusal(s, w):
    row = hidden(CaseIdentity, case_id=w.far.id)
    s.add(row)
    row.first_name = "X"
    try:
        s.flush()
    except Exception:
        s.commit()
