"""Placeholder until the measuring modules land."""
import typer

app = typer.Typer(help="Measure.", no_args_is_help=True)


@app.callback()
def main() -> None:
    """Measure."""
