"""Report: a `Brief` shown as one HTML file or as a few lines in the terminal. Thin: it computes no forecast.

`words` rounds, `outcomes` gives each ending its look, `views` makes rows, `charts` and `svg` draw, `highlight` cuts a
report at its evidence; `html.render`, `terminal.summary` and `files.write` are what other rooms call. docs/brief.md
says what the page promises, tests/report holds it to that.
"""
