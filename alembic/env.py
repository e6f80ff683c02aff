"""Run migrations: on the connection the program hands over, or on GROUNDING_DATABASE__URL."""

import os

from alembic import context
from sqlalchemy import Connection, create_engine

from indexer.tables import Base


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    url = os.environ.get("GROUNDING_DATABASE__URL", "sqlite:///data/grounding.db")
    with create_engine(url).connect() as own, own.begin():
        run(own)
