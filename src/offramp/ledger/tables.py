"""The tables of a ledger, as SQLAlchemy sees them; the migrations make them, and a test holds the two together.

`entries` and `chain` are the ledger proper. `texts` holds what came from reports, by hash, so that it can be erased
while the chain stands. `watched`, `reports`, `bearings` and `outbox` belong to `offramp.watch`: they lie in the same
store because a forecast, the report that caused it and the alerts it raises are written in one transaction.
Times are text in UTC (ISO 8601), so that both databases sort and return them alike.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

entries = sa.Table(
    "entries",
    metadata,
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

chain = sa.Table(
    "chain",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("head", sa.String(64), nullable=False),
)

texts = sa.Table(
    "texts",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("report", sa.String(64), nullable=False, index=True),
    sa.Column("content", sa.Text, nullable=False),
)

watched = sa.Table(
    "watched",
    metadata,
    sa.Column("case_key", sa.String(200), primary_key=True),
    sa.Column("case_text", sa.Text, nullable=False),
    sa.Column("country", sa.String(3), nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("added", sa.String(32), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)

reports = sa.Table(
    "reports",
    metadata,
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

bearings = sa.Table(
    "bearings",
    metadata,
    sa.Column("case_key", sa.String(200), primary_key=True),
    sa.Column("report_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("entry", sa.Integer, nullable=True),
)

outbox = sa.Table(
    "outbox",
    metadata,
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
