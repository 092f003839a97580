"""Web: pages and API over a ledger, for one analyst or a team.

`app.create_app` joins the parts: `settings` (file, environment, option), `tokens` and `access` (who may do what),
`guards` (limits and headers on every request), `library` (what the ledger holds), `live` (a case solved so that a
slider is answered at once), `briefs` (whole briefs made again from entries), `api` and `pages`, `client` (the API from
Python). Nothing here computes a forecast: that is `offramp.exitgame` and `offramp.forecast`. docs/serve.md is for
users, docs/security.md says what is defended against what.
"""
