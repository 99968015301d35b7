"""Where to cut a text that is too long for one message: at the end of a paragraph, a sentence, a word."""

from __future__ import annotations

import re
from collections.abc import Callable

_ENDS = (
    re.compile(r"\n\n+"),
    re.compile(r"\n"),
    re.compile(r"(?<=[.!?؟…])[\"'»”)\]]*\s+"),
    re.compile(r"(?<=[،؛;,:])\s+"),
    re.compile(r"\s+"),
)


def cut(text: str, limit: int, length: Callable[[str], int] = len) -> list[tuple[int, int]]:
    """Give the start and end of each part; no part is longer than ``limit`` as ``length`` measures it.

    White space between two parts belongs to neither. A part is at least half full where a sentence, or
    failing that a word, ends there. ``length`` must not shrink as a text grows.
    """
    parts: list[tuple[int, int]] = []
    start = 0
    while length(text[start:]) > limit:
        end, following = _next_cut(text, start, _reach(text, start, limit, length))
        parts.append((start, end))
        start = following
    if text[start:] or not parts:
        parts.append((start, len(text)))
    return parts


def _reach(text: str, start: int, limit: int, length: Callable[[str], int]) -> int:
    """Find how far a part may go at most."""
    low, high = start + 1, min(len(text), start + limit)
    while low < high:
        middle = (low + high + 1) // 2
        if length(text[start:middle]) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _next_cut(text: str, start: int, reach: int) -> tuple[int, int]:
    half = start + (reach - start) // 2
    for ends in _ENDS:
        found = [m for m in ends.finditer(text, half, min(len(text), reach + 1)) if m.start() <= reach]
        if found:
            after = re.compile(r"\s*").match(text, found[-1].end())
            return found[-1].start() + _closing(found[-1]), after.end() if after else found[-1].end()
    return reach, reach


def _closing(found: re.Match[str]) -> int:
    """Keep closing quotes and brackets with their sentence."""
    return len(found[0]) - len(found[0].lstrip("\"'»”)]"))
