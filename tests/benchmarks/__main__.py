"""``make bench``: print all figures, and keep them as JSON in results/."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import desk, messengers, quality, speed
from tests.conftest import ROOT, SHARED

QUESTIONS = 150


def main() -> None:
    """Measure what is asked for: ``quality``, ``speed``, ``desk``, ``messengers``, or all."""
    wanted = sys.argv[1:] or ["speed", "desk", "messengers", "quality"]
    if {"quality", "speed"} & set(wanted) and not (SHARED / "data").is_dir():
        raise SystemExit(
            "The folder ../shared with measuring data is not there; measure `desk` or `messengers`."
        )
    found: dict[str, object] = {}
    if "desk" in wanted:
        found["desk"] = desk.measure()
    with tempfile.TemporaryDirectory(prefix="dalil-bench-") as name:
        folder = Path(name)
        if "speed" in wanted:
            rows = quality.rows(SHARED / "data" / "library_questions" / "dev.jsonl")
            questions = [row["question"] for row in rows[:QUESTIONS]]
            with speed.dalil(folder) as (url, seconds), speed.starter(folder) as (other, seconds_other):
                found["speed"] = asyncio.run(speed.side_by_side(url, other, questions))
                found["start_seconds"] = {"dalil": round(seconds, 1), "rasa init": round(seconds_other, 1)}
                found["memory_mb"] = speed.memory_mb(url)
        if "quality" in wanted:
            found.update(quality.measure(folder))
        if "messengers" in wanted:
            found["messengers"] = asyncio.run(messengers.measure(folder))
    print(json.dumps(found, ensure_ascii=False, indent=2))
    results = ROOT / "results"
    results.mkdir(exist_ok=True)
    (results / "bench.json").write_text(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
