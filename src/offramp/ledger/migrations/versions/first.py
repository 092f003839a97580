"""The first tables, and the triggers that refuse to change or remove an entry.

Revision ID: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

GENESIS = "0" * 64


def upgrade() -> None:
    """Tables, then triggers in the database's own words."""
    _ledger()
    _watch()
    op.bulk_insert(
        sa.table("chain", sa.column("id"), sa.column("count"), sa.column("head")),
        [{"id": 1, "count": 0, "head": GENESIS}],
    )
    name = op.get_bind().dialect.name
    for line in _SQLITE if name == "sqlite" else _POSTGRESQL:
        op.execute(line)


def _ledger() -> None:
    op.create_table(
        "entries",
        sa.Column("n", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("case_key", sa.String(200), nullable=False, index=True),
        sa.Column("recorded", sa.String(32), nullable=False),
        sa.Column("as_of", sa.String(10), nullable=True),
        sa.Column("key", sa.String(200), nullable=False, unique=True),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )
    op.create_table(
        "chain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
    )
    op.create_table(
        "texts",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("report", sa.String(64), nullable=False, index=True),
        sa.Column("content", sa.Text, nullable=False),
    )


def _watch() -> None:
    op.create_table(
        "watched",
        sa.Column("case_key", sa.String(200), primary_key=True),
        sa.Column("case_text", sa.Text, nullable=False),
        sa.Column("country", sa.String(3), nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("added", sa.String(32), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("report", sa.String(64), nullable=False, index=True),
        sa.Column("text_hash", sa.String(64), nullable=True),
        sa.Column("guid", sa.String(64), nullable=False, index=True),
        sa.Column("source", sa.Text, nullable=True),
        sa.Column("title", sa.Text, nullable=True),
        sa.Column("published", sa.String(10), nullable=False),
        sa.Column("seen", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("origin", sa.Integer, nullable=True),
        sa.Column("replaced_by", sa.Integer, nullable=True),
        sa.Column("sketch", sa.Text, nullable=True),
        sa.Column("note", sa.Text, nullable=False),
    )
    op.create_table(
        "bearings",
        sa.Column("case_key", sa.String(200), primary_key=True),
        sa.Column("report_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("entry", sa.Integer, nullable=True),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("key", sa.String(64), nullable=False, unique=True),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("payload", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_try", sa.Float, nullable=False),
        sa.Column("delivered", sa.String(32), nullable=True),
        sa.Column("problem", sa.Text, nullable=True),
    )


_SQLITE = (
    "CREATE TRIGGER entries_stand BEFORE UPDATE ON entries "
    "BEGIN SELECT RAISE(ABORT, 'a ledger entry is never changed'); END",
    "CREATE TRIGGER entries_stay BEFORE DELETE ON entries "
    "BEGIN SELECT RAISE(ABORT, 'a ledger entry is never removed'); END",
    "CREATE TRIGGER texts_stand BEFORE UPDATE ON texts "
    "BEGIN SELECT RAISE(ABORT, 'a text is never changed, only erased'); END",
    "CREATE TRIGGER chain_grows BEFORE UPDATE ON chain WHEN NEW.count <> OLD.count + 1 OR NEW.id <> OLD.id "
    "BEGIN SELECT RAISE(ABORT, 'the chain grows by one entry at a time'); END",
    "CREATE TRIGGER chain_stays BEFORE DELETE ON chain BEGIN SELECT RAISE(ABORT, 'the chain is never removed'); END",
)

_POSTGRESQL = (
    "CREATE FUNCTION offramp_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'a ledger entry is never changed or removed (%)', TG_TABLE_NAME; END $$",
    "CREATE FUNCTION offramp_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN IF NEW.count <> OLD.count + 1 OR NEW.id <> OLD.id THEN "
    "RAISE EXCEPTION 'the chain grows by one entry at a time'; END IF; RETURN NEW; END $$",
    "CREATE TRIGGER entries_stand BEFORE UPDATE ON entries FOR EACH ROW EXECUTE FUNCTION offramp_refuse()",
    "CREATE TRIGGER entries_stay BEFORE DELETE ON entries FOR EACH ROW EXECUTE FUNCTION offramp_refuse()",
    "CREATE TRIGGER entries_all BEFORE TRUNCATE ON entries FOR EACH STATEMENT EXECUTE FUNCTION offramp_refuse()",
    "CREATE TRIGGER texts_stand BEFORE UPDATE ON texts FOR EACH ROW EXECUTE FUNCTION offramp_refuse()",
    "CREATE TRIGGER chain_grows BEFORE UPDATE ON chain FOR EACH ROW EXECUTE FUNCTION offramp_grows()",
    "CREATE TRIGGER chain_stays BEFORE DELETE ON chain FOR EACH ROW EXECUTE FUNCTION offramp_refuse()",
    "CREATE TRIGGER chain_all BEFORE TRUNCATE ON chain FOR EACH STATEMENT EXECUTE FUNCTION offramp_refuse()",
)
