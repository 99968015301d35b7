"""``dalil``: every command, put together. A command's code is loaded when it is called, not before."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from bot.errors import DalilError
from knowledge_base.engine.problems import KnowledgeBaseError


@dataclass(frozen=True, slots=True)
class Entry:
    """A command or a group of them: where it is, and its line in ``dalil --help``."""

    module: str
    name: str  # of a function, or of a Typer with commands of its own
    about: str


ENTRIES: Mapping[str, Entry] = {
    "run": Entry("bot.cli.run", "run", "Train what changed, start everything, keep it running."),
    "serve": Entry("bot.cli.run", "serve", "Start the gateway alone; the engine runs elsewhere."),
    "train": Entry("bot.cli.run", "train", "Train the engine's model, if its inputs changed."),
    "ask": Entry("bot.cli.ask", "ask", "Ask one question; show the answer and its sources."),
    "learn": Entry("bot.cli.learn", "learn", "Teach the assistant your own patrons' questions."),
    "kb": Entry("bot.cli.kb", "app", "The knowledge base: check, build, search, import."),
    "eval": Entry("bot.cli.evaluate", "app", "Measure: answers, topics, intents, retrieval."),
    "librarian": Entry("bot.cli.librarian", "app", "Accounts of the librarians on the desk."),
    "channels": Entry("bot.cli.channels", "app", "Telegram and Slack: whether they are set up."),
    "desk": Entry("bot.cli.desk", "app", "The desk's rules and its hours on certain days."),
    "handoffs": Entry("bot.cli.handoffs", "handoffs", "Show the open handoffs, oldest first."),
    "export": Entry("bot.cli.export", "export", "Write what is kept, one JSON object a line."),
}


class Loading(dict[str, Any]):
    """Commands by name, each loaded when it is first looked up: the encoders alone take seconds to import."""

    def get(self, name: str, default: Any = None) -> Any:
        """Give a command; ``default`` where there is none of that name."""
        if name in self and self[name] is None:
            self[name] = _load(name, ENTRIES[name])
        return super().get(name, default)


class Entries(TyperGroup):
    """A group that knows the names and lines of its commands before it has loaded any."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands = Loading(dict.fromkeys(ENTRIES))

    def list_commands(self, ctx: Any) -> list[str]:
        """Give the names in the order of the help."""
        return list(self.commands)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.about) for name, entry in ENTRIES.items()])


def _load(name: str, entry: Entry) -> Any:
    found = getattr(import_module(entry.module), entry.name)
    around = typer.Typer(rich_markup_mode=None)
    if isinstance(found, typer.Typer):
        around.add_typer(found, name=name)
    else:
        around.command(name)(found)
    return get_group(around).commands[name]


app = typer.Typer(
    name="dalil", cls=Entries, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.callback()
def dalil() -> None:
    """Dalil, a library's assistant: run it, look after it, measure it."""


def main() -> None:
    """Run the command line; what is wrong with the library's own files or settings is one line."""
    try:
        app()
    except (DalilError, KnowledgeBaseError) as error:
        sys.exit(f"dalil: {error}")


if __name__ == "__main__":
    main()
