"""Whether an answer to a form's question is none: “idk”, “skip”, “مش عارف”."""

from __future__ import annotations

import re

from actions.talk import Talk
from knowledge_base.engine.text import fold

_SKIPS = re.compile(
    r"^\W*(?:(?:um+|uh|hmm+|well|sorry|oh|والله|بصراحه)\W+)*"
    r"(?:i(?:'m| am|m)? )?(?:really |honestly )?"
    r"(?:skip(?: it| this| that)?|next|pass|idk|dunno|no (?:idea|clue)|not sure|unsure|"
    r"(?:don'?t|do not) (?:know|remember|care|mind)|n/?a|no preference|whatever|anything|any|no matter|"
    r"(?:مش|مو|ما|مب|لا|لست|ماني|مني) ?(?:عارف|بعرف|اعرف|متاكد|فاكر|ادري|متذكر|مهم|بتفرق|يهم|اتذكر|بتذكر)\w*|"
    r"(?:ما|ماعندي|مافي) ?(?:عندي )?(?:فكره|علم)|مدري|معرفش|ماعرف|مابعرف|تخطي|تخط|تجاوز|التالي|اي شي|اي شيء)"
    r"(?:\W+(?:yet|sorry|really|tbh|honestly|question|one|لسا|لسه|بعد|والله|بصراحه|هلق|السوال))*\W*$"
)
_NO_LETTER = re.compile(r"^[\W_]+$")


def skips(talk: Talk) -> bool:
    """Whether a message passes a question over: by its intent, its words, or because it says nothing."""
    text = " ".join(talk.turn.text.split())
    if talk.turn.intent == "skip" or not text:
        return True
    return bool(_NO_LETTER.match(text) or _SKIPS.match(fold(text)))
