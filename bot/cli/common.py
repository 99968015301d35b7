"""What the commands share: settings, the store, printing, and errors as one plain line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn

from bot.errors import DalilError
from bot.settings import Settings, load_settings
from bot.store.store import Store

console = Console(stderr=True, highlight=False)
JsonOption = typer.Option(False, "--json", help="Print one JSON object, for machines.")


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn our own errors and missing files into one line and exit status 1."""
    try:
        yield
    except DalilError as error:
        fail(str(error))
    except FileNotFoundError as error:
        fail(f"{error.filename}: there is no such file")


def fail(reason: str) -> NoReturn:
    """Say why, and end with status 1."""
    console.print(f"dalil: {reason}", style="red", soft_wrap=True, markup=False)
    raise typer.Exit(1)


def settings() -> Settings:
    """Give the checked settings, or end with the line that names the wrong one."""
    with plain_errors():
        return load_settings()
    raise typer.Exit(1)


@contextmanager
def store() -> Iterator[Store]:
    """Open the store for one command."""
    with plain_errors():
        opened = Store.open(settings().database())
        try:
            yield opened
        finally:
            opened.close()


def print_json(value: Any) -> None:
    """Print one JSON value on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2, default=str)
    print()


@contextmanager
def index_progress() -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how far the index is; nothing is shown where nothing is to be done."""
    columns = (TextColumn("Indexing what changed in the knowledge base"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        tasks: list[TaskID] = []
        tenths = [0]  # told of already, where there is no bar

        def show(done: int, total: int) -> None:
            if not tasks:
                tasks.append(bar.add_task("", total=total))
                if bar.disable:
                    console.print(f"Indexing {total} texts of the knowledge base …")
            tenth = done * 10 // total if total else 0
            if bar.disable and tenth > tenths[0]:
                tenths[0] = tenth
                console.print(f"  {done} of {total}")
            bar.update(tasks[0], completed=done, total=total)

        yield show
