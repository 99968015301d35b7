"""``dalil``: every command, put together."""

from __future__ import annotations

import sys

import typer

from bot.cli import ask, channels, desk, evaluate, export, handoffs, kb, learn, librarian, run
from bot.errors import DalilError
from knowledge_base.engine.problems import KnowledgeBaseError

app = typer.Typer(
    name="dalil",
    help="Dalil, a library's assistant: run it, look after it, measure it.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command()(run.run)
app.command()(run.serve)
app.command()(run.train)
app.command()(ask.ask)
app.command()(learn.learn)
app.add_typer(kb.app, name="kb")
app.add_typer(evaluate.app, name="eval")
app.add_typer(librarian.app, name="librarian")
app.add_typer(channels.app, name="channels")
app.add_typer(desk.app, name="desk")
app.command()(handoffs.handoffs)
app.command()(export.export)


def main() -> None:
    """Run the command line; what is wrong with the library's own files or settings is one line."""
    try:
        app()
    except (DalilError, KnowledgeBaseError) as error:
        sys.exit(f"dalil: {error}")


if __name__ == "__main__":
    main()
