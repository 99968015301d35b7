"""What the classifier's tests teach: a few sentences, with an encoder that knows letters but no meaning,
or some of the project's own training examples, for the real one."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
import yaml

from bot.intents.encoder import DIMENSIONS, Spaces, Vectors
from bot.intents.text import for_counting
from bot.settings import ROOT
from knowledge_base.engine.shipped import ENGLISH, is_english

_BINS = 384


class LetterEncoder:
    """A text's letters, by twos to fours, thrown into bins, in the spaces of the real one.

    Keeps what it was asked for.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str], spaces: Spaces = "own") -> Vectors:
        self.asked.extend(texts)
        out = np.zeros((len(texts), DIMENSIONS), np.float32)
        for row, text in enumerate(texts):
            plain = f" {for_counting(text)} "
            for size in (2, 3, 4):
                for start in range(len(plain) - size + 1):
                    piece = plain[start : start + size]
                    out[row, zlib.crc32(piece.encode()) % _BINS] += 1
            english = spaces != "shared" and is_english(text)
            if english:
                ENGLISH.of(out)[row, :_BINS] = out[row, :_BINS]
            if english and spaces == "own":
                out[row, :_BINS] = 0
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)


SENTENCES = {
    "hours": [
        "when do you open",
        "when do you close",
        "are you open on friday",
        "opening times please",
        "what are the hours today",
        "closing time on saturday",
        "متى تفتح المكتبة",
        "متى تغلق المكتبة",
        "ساعات الدوام يوم الجمعة",
        "open late tonight",
    ],
    "renewal": [
        "renew my book",
        "renew the loan",
        "extend my loan",
        "i want to renew it",
        "can i renew twice",
        "renewal of a book",
        "تجديد الكتاب",
        "أريد تجديد الاستعارة",
        "تمديد الإعارة",
        "renew online",
    ],
    "printing": [
        "how do i print",
        "printer is broken",
        "print a document",
        "colour printing price",
        "scan and print",
        "where is the printer",
        "كيف أطبع",
        "الطابعة معطلة",
        "طباعة ملونة",
        "printing from my laptop",
    ],
    "greeting": [
        "hello",
        "hi there",
        "good morning",
        "hey",
        "hello everyone",
        "مرحبا",
        "السلام عليكم",
        "صباح الخير",
        "hello dear",
        "hi",
    ],
}


TOPICS = (
    "hours",
    "renewal",
    "printing_wifi",
    "room_booking",
    "interlibrary_loan",
    "citation_help",
    "subject_librarian",
    "newspapers",
    "tech_checkout",
    "course_reserves",
)


def library_examples(each: int = 12) -> tuple[list[str], list[str]]:
    """Give the first examples of some topics from ``data/nlu``, and the topics."""
    texts, labels = [], []
    for topic in TOPICS:
        listed = yaml.safe_load((ROOT / "data" / "nlu" / f"{topic}.yml").read_text(encoding="utf-8"))["nlu"]
        lines = [line[2:] for line in listed[0]["examples"].splitlines()][:each]
        texts += lines
        labels += [topic] * len(lines)
    return texts, labels


def taught() -> tuple[list[str], list[str]]:
    """Give the sentences and their intents."""
    pairs = [(text, intent) for intent, texts in SENTENCES.items() for text in texts]
    return [text for text, _ in pairs], [intent for _, intent in pairs]
