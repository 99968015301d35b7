"""``dalil learn``: a library's own labelled questions, checked, kept outside of the code, trained on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from bot.cli.common import JsonOption, console, fail, plain_errors, print_json, settings
from bot.evaluation.rows import Row
from bot.intents.recogniser import Recogniser
from bot.knowledge import TOPICS, intent_topics
from bot.learning import lines as kept
from bot.learning.measure import before_and_after, shipped_rows
from bot.settings import ROOT, Settings

_WORDS = {"kept": "kept", "masked": "masked", "refused": "NOT USED", "known": "known already"}


def learn(
    file: Annotated[Path | None, typer.Argument(help="JSON Lines: {question, intent or topic}.")] = None,
    refuse: Annotated[
        bool, typer.Option("--refuse", help="Leave out lines with personal data; by default it is masked.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check and measure; keep and train nothing.")
    ] = False,
    forget: Annotated[
        bool, typer.Option("--forget", help="Forget what was learnt from FILE, or without FILE everything.")
    ] = False,
    as_json: bool = JsonOption,
) -> None:
    """Teach the assistant your own patrons' questions, and show what that changes.

    Each line is checked for personal data first; none of it is kept. A fifth of the lines is held out to
    measure the change, and then learnt as well. A running Dalil uses the new model once it is restarted.
    """
    found = settings()
    with plain_errors():
        if forget:
            _forget(found, file, dry_run, as_json)
            return
        if file is None:
            fail("name the file to learn from: dalil learn FILE")
        others = kept.learned_rows(
            f for f in kept.learned_files(found.learned_folder()) if f.stem != _name(file)
        )
        base = [*shipped_rows(ROOT / "data" / "nlu"), *others]
        labels = kept.Labels.of(yaml.safe_load(TOPICS.read_text(encoding="utf-8"))["topics"])
        lines = kept.read_lines(file, labels, (row.question for row in base), refuse)
        rows = kept.accepted(lines)
        if not as_json:
            _list(lines)
        if not rows:
            raise kept.NothingToLearn(f"{file}: no line is left to learn from")
        again = any(f.stem == _name(file) for f in kept.learned_files(found.learned_folder()))
        report = _measured(found, base, rows, None if again else _model_in_use(found))
        if not dry_run:
            place = found.learned_folder() / f"{_name(file)}.jsonl"
            before = place.read_bytes() if place.exists() else None
            where = kept.keep(rows, found.learned_folder(), _name(file))
            console.print(f"{len(rows)} examples are kept in {where}.", markup=False, soft_wrap=True)
            _trained(found, where, before)
    _report(lines, report, as_json)


def _trained(found: Settings, kept_in: Path, before: bytes | None) -> None:
    """Train; where that fails, put back what was kept, so that Dalil still starts."""
    from bot.training import TrainingFailed, train_if_needed

    try:
        train_if_needed(found, console)
    except TrainingFailed:
        if before is None:
            kept_in.unlink()
        else:
            kept_in.write_bytes(before)
        raise


def _name(file: Path) -> str:
    return kept.file_name(file.stem)


def _forget(found: Settings, file: Path | None, dry_run: bool, as_json: bool) -> None:
    from bot.training import train_if_needed

    folder = found.learned_folder()
    listed = [f for f in kept.learned_files(folder) if file is None or f.stem == _name(file)]
    if file is not None and not listed:
        fail(f"nothing is kept of {file}; there are: {', '.join(f.stem for f in kept.learned_files(folder))}")
    if not dry_run:
        kept.forget(folder, None if file is None else _name(file))
        train_if_needed(found, console)
    if as_json:
        print_json({"forgotten": [f.name for f in listed], "dry_run": dry_run})
        return
    for one in listed:
        print(f"{'would be forgotten' if dry_run else 'forgotten'}  {one.name}")
    if not listed:
        console.print("Nothing was learnt.")


def _model_in_use(found: Settings) -> Recogniser | None:
    """Give what is trained on the examples as they are, if it is there: it need not be trained again."""
    from bot.training import model_path

    path = model_path(found)
    return Recogniser.from_archive(path) if path.exists() else None


def _measured(
    found: Settings, base: Sequence[Row], rows: Sequence[Row], known: Recogniser | None
) -> dict[str, Any]:
    from bot.intents.encoder import CachedEncoder

    taught, held = kept.halves(rows)
    if not held:
        return {"held_out": 0, "before": None, "after": None}
    # The vectors of our own examples are there from the last training; those of new ones are not kept.
    encoder = CachedEncoder(found.models / ".vectors.npz")
    with console.status(f"Learning {len(taught)} examples, asking the other {len(held)} …"):
        before, after = before_and_after(base, taught, held, intent_topics(), encoder, known)
    return {"held_out": len(held), "before": before, "after": after}


def _list(lines: Sequence[kept.Line]) -> None:
    for line in lines:
        if line.state != "kept":
            print(f"{_WORDS[line.state]:14} {line.where}: {line.reason}")


def _report(lines: Sequence[kept.Line], report: dict[str, Any], as_json: bool) -> None:
    counts = {state: sum(line.state == state for line in lines) for state in _WORDS}
    if as_json:
        told = [
            {"where": line.where, "state": line.state, "reason": line.reason or None}
            for line in lines
            if line.state != "kept"
        ]
        print_json(counts | report | {"lines": told})
        return
    print(", ".join(f"{count} {_WORDS[state]}" for state, count in counts.items() if count))
    before, after = report["before"], report["after"]
    if before is None:
        console.print("Too few lines to hold some out and measure the change.")
        return
    print(f"On {report['held_out']} of them, held out:     top1     top3")
    print(f"  before                      {before['top1']:.4f}   {before['top3']:.4f}")
    print(f"  after learning the others   {after['top1']:.4f}   {after['top3']:.4f}")
