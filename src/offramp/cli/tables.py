"""Tables for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from offramp.case.models import Case


def show_case(case: Case) -> None:
    """Prints a case: parties, state, the months observed, and the assessments with what they rest on."""
    console = Console()
    ruler = case.ruler
    console.print(f"[bold]{case.name}[/bold]   as of {case.as_of}")
    console.print(
        f"Ruler: {ruler.name} ({ruler.country}), {ruler.office or 'office unknown'}, in office since "
        f"{ruler.in_office_since or 'unknown'}, born {ruler.birth_year or 'unknown'}, regime {ruler.regime}"
    )
    console.print("Pressed by: " + "; ".join(f"{c.name} ({c.id})" for c in case.coercers))
    state = case.state
    console.print(
        f"State: pressure {state.pressure}, offer {state.offer}, counter-demand {state.counter_demand}, "
        f"guarantor {state.guarantor}"
    )
    for month in case.history:
        console.print(f"  {month.month}: {month.pressure}, offer {month.offer}, ruler {month.reply or 'not seen'}")
    table = Table("assessment", "low", "central", "high", "evidence", "reason", title="Assessments (90 % intervals)")
    for name, value in case.assessments:
        sources = ", ".join(source.evidence for source in value.evidence) or "-"
        table.add_row(name, f"{value.low:.2f}", f"{value.central:.2f}", f"{value.high:.2f}", sources, value.reason)
    console.print(table)
    if case.overrides:
        console.print("Overridden: " + "; ".join(f"{path} = {o.value}" for path, o in case.overrides.items()))
