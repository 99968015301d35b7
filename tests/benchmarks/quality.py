"""Quality, by the product's own measuring commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.conftest import ROOT, SHARED

DALIL = [sys.executable, "-m", "bot.cli.main"]
DATA = SHARED / "data"
INTENTS = ("banking77", "clinc150", "hwu64")


def measure(folder: Path) -> dict[str, Any]:
    """Run every measuring command; ``folder`` takes data sets written in the commands' shape."""
    found: dict[str, Any] = {
        "topics": dalil("eval", "topics", DATA / "library_questions" / "dev.jsonl"),
    }
    for name in INTENTS:
        found[f"intents {name}"] = dalil(
            "eval",
            "intents",
            "--train",
            DATA / "intents" / f"{name}_train_10.jsonl",
            "--test",
            DATA / "intents" / f"{name}_test.jsonl",
        )
    both = _joined(folder / "clinc_with_oos.jsonl", ("clinc150_test.jsonl", "clinc150_oos_test.jsonl"))
    found["intents clinc150 with out-of-scope"] = dalil(
        "eval",
        "intents",
        "--train",
        DATA / "intents" / "clinc150_train_10.jsonl",
        "--test",
        both,
        "--oos",
        "oos",
    )
    for name, corpus, queries in _retrieval_sets(folder):
        found[f"retrieval {name}"] = dalil("eval", "retrieval", "--corpus", corpus, "--queries", queries)
    return found


def dalil(*arguments: object) -> dict[str, Any]:
    """Run one command with --json, and give what it printed."""
    command = [*DALIL, *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON Lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def write(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    """Write JSON Lines."""
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def _joined(path: Path, names: tuple[str, ...]) -> Path:
    return write(path, (row for name in names for row in rows(DATA / "intents" / name)))


def _retrieval_sets(folder: Path) -> list[tuple[str, Path, Path]]:
    source = DATA / "retrieval"
    answers = rows(source / "stackfaq_corpus_faqs.jsonl")
    of_thread: dict[str, list[str]] = {}
    for answer in answers:
        of_thread.setdefault(answer["faq_id"], []).append(answer["id"])
    sets = [
        (
            "StackFAQ",
            write(
                folder / "sf_corpus.jsonl",
                ({"id": a["id"], "title": a["question"], "text": a["answer"]} for a in answers),
            ),
            write(
                folder / "sf_queries.jsonl",
                (
                    {"id": q["id"], "question": q["question"], "doc_id": of_thread[q["relevant_faq"]]}
                    for q in rows(source / "stackfaq_queries.jsonl")
                ),
            ),
        )
    ]
    for asked, held in (("en", "en"), ("ar", "ar"), ("ar", "en"), ("en", "ar")):
        sets.append(
            (
                f"XQuAD {asked} to {held}",
                source / f"xquad_corpus_{held}.jsonl",
                source / f"xquad_queries_{asked}.jsonl",
            )
        )
    return sets
