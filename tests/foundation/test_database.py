"""What the database's engine keeps to itself."""

import pytest
import sqlalchemy as sa

from cii.foundation.database import create_engine


def test_an_error_of_the_database_does_not_repeat_what_was_written(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path / 'cii.db'}")
    person = sa.Table("person", sa.MetaData(), sa.Column("avs", sa.String, primary_key=True))
    with engine.execution_options(writes=True).begin() as connection:
        person.create(connection)
        connection.execute(person.insert(), {"avs": "7561234567897"})
    with pytest.raises(sa.exc.IntegrityError) as failure, engine.begin() as connection:
        connection.execute(person.insert(), {"avs": "7561234567897"})
    engine.dispose()
    assert "INSERT INTO person" in str(failure.value)
    assert "7561234567897" not in str(failure.value)


def test_there_are_two_kinds_of_database():
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        create_engine("mysql://somewhere/cii")
