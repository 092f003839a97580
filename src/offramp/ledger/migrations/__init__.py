"""Migrations of a ledger's tables, run by `offramp.ledger.store` when it opens one."""
