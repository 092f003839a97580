"""`offramp case`: make, check and show case files, and print their JSON Schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Make, check and show case files.",
    no_args_is_help=True,
    epilog="Example: offramp case new report.md > my.case.yaml",
)

File = Annotated[Path, typer.Argument(help="A case file (YAML).")]


@app.command("new", epilog="Example: offramp case new report.md --out venezuela.case.yaml")
def new(
    reports: Annotated[list[str] | None, typer.Argument(help="Reports to draft from; without one, a template.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write here instead of to standard output.")] = None,
    country: Annotated[str, typer.Option(help="Country of the template's ruler, as ISO-3 code or name.")] = "",
    coercer: Annotated[str, typer.Option(help="The template's coercer: a country or an organisation.")] = "",
    as_of: Annotated[str, typer.Option(help="Date of the case, YYYY-MM-DD; default: the newest report's.")] = "",
    ruler: Annotated[str, typer.Option(help="Which ruler, where the reports hold several standoffs.")] = "",
    force: Annotated[bool, typer.Option(help="Overwrite an existing file.")] = False,
) -> None:
    """Draft a case from reports, or print a template to fill in."""
    from offramp.case import draft, files
    from offramp.cli.shared import parse_date, read_sources, write_text

    day = parse_date(as_of, "--as-of")
    if reports:
        reading = read_sources(reports)
        case = draft.draft_case(reading, as_of=day, ruler=ruler or None).case
    else:
        case = draft.template(country, coercer, as_of=day)
    text = files.dump(case)
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text, force=force)
        typer.echo(str(out))


@app.command("validate", epilog="Example: offramp case validate venezuela.case.yaml")
def validate(file: File) -> None:
    """Check a case file; silence and status 0 mean that it is valid."""
    from offramp.case import files, overrides

    overrides.effective(files.load(file))
    typer.echo(f"{file}: valid", err=True)


@app.command("show", epilog="Example: offramp case show venezuela.case.yaml --json")
def show(
    file: File,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")] = False,
) -> None:
    """Show what a case file states, overrides applied."""
    from offramp.case import files, overrides

    case = overrides.effective(files.load(file))
    if as_json:
        typer.echo(case.model_dump_json(by_alias=True, indent=2))
    else:
        from offramp.cli.tables import show_case

        show_case(case)


@app.command("schema", epilog="Example: offramp case schema --brief > brief.schema.json")
def schema(
    brief: Annotated[bool, typer.Option(help="The schema of brief.json instead.")] = False,
) -> None:
    """Print the JSON Schema of case files, or of brief.json."""
    if brief:
        from offramp.forecast.brief import Brief

        model = Brief.model_json_schema(by_alias=True)
    else:
        from offramp.case.models import Case

        model = Case.model_json_schema(by_alias=True)
    typer.echo(json.dumps(model, indent=2))
