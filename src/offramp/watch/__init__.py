"""Watch: standoffs that are followed. Reports come in, evidence ages, forecasts are recorded, changes raise alerts.

`sources` gives reports from folders, feeds, mailboxes and JSON lines; `likeness` knows the same text in another outlet;
`desk` takes a report in (new, repeated, corrected, retracted) and says which cases it bears on; `standing` turns all
that is known of a case into its statement on a day; `step` makes the forecast and records it with the reason it moved;
`outbox` delivers alerts; `runner` is the loop. Everything that must not be lost or doubled is one transaction in the
ledger's database, so a watcher can be stopped at any moment. docs/watch.md says it to users.
"""
