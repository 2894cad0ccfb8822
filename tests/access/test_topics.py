"""Each row that carries a topic carries one that the person can open or strike out: the database sees to it."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import with_loader_criteria
from sqlmodel import SQLModel, select

from cii.access.guard import RULES, Refused
from cii.access.models import sees
from cii.access.system import Reason
from cii.coaching.models import Appointment, JournalEntry, JournalText, Objective
from cii.consent.topics import Topic
from cii.files.models import StoredFile
from tests.access.world import Scene

BOTH = pytest.mark.parametrize(
    "scene", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def test_every_table_with_a_topic_says_so() -> None:
    tables: list[sa.Table] = [sa.inspect(model).local_table for model in RULES]
    carry_a_topic = {table.name for table in tables if "topic" in table.c}
    assert "stored_file" in carry_a_topic
    assert carry_a_topic == {
        table.name
        for table in tables
        for constraint in table.constraints
        if str(constraint.name).endswith("has_a_topic")
    }


def _change_topic(scene: Scene, model: Any, topic: Topic) -> None:
    with scene.store.system(Reason.CHECK) as session:
        row = session.exec(select(model)).first()
        row.topic = topic
        session.add(row)


@BOTH
@pytest.mark.parametrize("topic", [Topic(0), Topic.CASE, Topic.NOTES, Topic.CASE | Topic.NOTES])
@pytest.mark.parametrize("model", [JournalEntry, JournalText, Objective, Appointment, StoredFile])
def test_a_row_has_a_topic(scene: Scene, model: type[SQLModel], topic: Topic) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="has_a_topic"):
        _change_topic(scene, model, topic)


_TWO_TOPICS = Topic.COACHING | Topic.NOTES


def _put_together_inside(entry: Any) -> sa.ColumnElement[bool]:
    return sees(entry.case_id, Topic.COACHING | Topic.NOTES)


def _put_together_outside(entry: Any) -> sa.ColumnElement[bool]:
    return sees(entry.case_id, _TWO_TOPICS)


def test_a_rule_names_several_topics_by_a_constant() -> None:
    """Inside a rule | becomes the OR of SQL: true for whoever has a part, whatever is open to him or her."""
    with pytest.raises(Refused, match="outside of the rule"):
        with_loader_criteria(JournalEntry, _put_together_inside)
    kept = with_loader_criteria(JournalEntry, _put_together_outside)
    assert " OR " not in str(sa.select(JournalEntry.id).options(kept))


@BOTH
def test_the_text_of_a_note_is_never_without_its_mark(scene: Scene) -> None:
    """The bureau CII, which reads the topic and no notes, would read it."""
    with pytest.raises(sa.exc.IntegrityError, match="has_a_topic"):
        _change_topic(scene, JournalText, Topic.COACHING)
