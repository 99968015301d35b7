"""Checks of calls to Slack: against Slack's own OpenAPI file where it is there, and Block Kit's limits.

The file is of 2021: required fields and patterns hold; what came later is listed in ``LATER``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator

from tests.conftest import SHARED

SPEC = SHARED / "specs" / "slack" / "slack_web_openapi_v2.json"
LATER: dict[str, set[str]] = {
    "chat.postMessage": {"metadata"},
    "chat.update": {"metadata"},
    "conversations.history": {"include_all_metadata"},
    "conversations.replies": {"include_all_metadata"},
}
Json = dict[str, Any]


class Spec:
    """Slack's Web API. ``there`` is false where its file is not; then nothing is found wrong by it."""

    def __init__(self, path: Path = SPEC) -> None:
        self.there = path.is_file()
        loaded: Json = json.loads(path.read_text()) if self.there else {"paths": {}, "definitions": {}}
        self._paths: Json = loaded["paths"]
        self._definitions = _open(loaded["definitions"])

    def wrong_request(self, method: str, params: Json) -> str | None:
        """Say what is wrong with a call's parameters."""
        known = self._method(method)
        if known is None:
            return None
        names = {p["name"] for p in known["parameters"]}
        missing = {p["name"] for p in known["parameters"] if p.get("required")} - {"token"} - params.keys()
        if method == "chat.update" and "blocks" in params:
            missing.discard("text")
        if missing:
            return f"{method}: {', '.join(sorted(missing))} is missing"
        unknown = params.keys() - names - LATER.get(method, set()) - {"token"}
        return f"{method}: there is no {', '.join(sorted(unknown))}" if unknown else None

    def wrong_answer(self, method: str, answer: Json) -> str | None:
        """Say what is wrong with our own answer to a call."""
        known = self._method(method)
        if known is None or not answer["ok"]:
            return None
        schema = _open(known["responses"]["200"].get("schema", {})) | {"definitions": self._definitions}
        if method in ("conversations.history", "conversations.replies", "conversations.info", "users.info"):
            schema = {"required": schema.get("required", [])}  # their object schemas changed much since
        error = next(iter(Draft4Validator(schema).iter_errors(answer)), None)
        if error is None:
            return None
        where = "/".join(str(part) for part in error.absolute_path)
        return f"{method}: our answer: {where or 'the whole'}: {error.message[:300]}"

    def _method(self, method: str) -> Json | None:
        path = self._paths.get(f"/{method}")
        return next(iter(path.values())) if path else None


def _open(schema: Any) -> Any:
    """Take the schema's word for what must be there, and not for what may be."""
    if isinstance(schema, dict):
        kept = {k: _open(v) for k, v in schema.items() if k not in ("additionalProperties", "enum", "items")}
        return kept
    return [_open(one) for one in schema] if isinstance(schema, list) else schema


@cache
def spec() -> Spec:
    """Give the file, read once."""
    return Spec()


# Block Kit. The numbers are those of Slack's reference of Block Kit.

_TEXTS = {"section": 3000, "header": 150, "button": 75, "option": 75, "title": 24}
_KNOWN = {
    "message": {"section", "header", "actions", "context", "divider", "rich_text", "input"},
    "modal": {"section", "header", "actions", "context", "divider", "rich_text", "input"},
    "home": {"section", "header", "actions", "context", "divider", "rich_text", "input"},
}
_TS = re.compile(r"^\d{10}\.\d{6}$")


def wrong_blocks(blocks: list[Json], surface: str) -> str | None:
    """Say what Slack would call invalid in a list of blocks."""
    return next(_faults(blocks, surface), None)


def wrong_view(view: Json) -> str | None:
    """Say what Slack would call invalid in a view."""
    if view["type"] == "modal":
        for part, most in (("title", 24), ("submit", 24), ("close", 24)):
            if len(view.get(part, {}).get("text", "")) > most:
                return f"{part} is too long: {view[part]['text']}"
        if "title" not in view:
            return "a modal has a title"
        if any(block["type"] == "input" for block in view["blocks"]) and "submit" not in view:
            return "a modal with inputs has a submit"
    if len(view.get("private_metadata", "")) > 3000:
        return "private_metadata is too long"
    return wrong_blocks(view["blocks"], view["type"])


def _faults(blocks: list[Json], surface: str) -> Iterator[str]:
    most = 50 if surface == "message" else 100
    if len(blocks) > most:
        yield f"{len(blocks)} blocks"
    ids = [block["block_id"] for block in blocks if "block_id" in block]
    if len(ids) != len(set(ids)):
        yield "a block_id is there twice"
    actions: list[str] = []
    for block in blocks:
        if block["type"] not in _KNOWN[surface]:
            yield f"no such block: {block['type']}"
        yield from _block_faults(block)
        elements = block.get("elements", []) if block["type"] == "actions" else []
        held = [*elements, *(block[k] for k in ("element", "accessory") if k in block)]
        actions += [element["action_id"] for element in held if "action_id" in element]
        for element in held:
            yield from _element_faults(element)
    if len(actions) != len(set(actions)):
        yield "an action_id is there twice"


def _block_faults(block: Json) -> Iterator[str]:
    kind = block["type"]
    text = block.get("text", {}).get("text", "")
    if kind in _TEXTS and "text" in block and not 0 < len(text) <= _TEXTS[kind]:
        yield f"a {kind} of {len(text)} characters"
    if kind == "actions" and not 0 < len(block["elements"]) <= 25:
        yield f"actions with {len(block['elements'])} elements"
    if kind == "context" and not 0 < len(block["elements"]) <= 10:
        yield f"a context with {len(block['elements'])} elements"
    texts = [one["text"] for one in block.get("elements", []) if kind == "context" and "text" in one]
    if not all(0 < len(one) <= 3000 for one in texts):
        yield "a context with a text that is empty or too long"
    if not 0 < len(block.get("label", {}).get("text", "-")) <= 2000 or len(block.get("block_id", "")) > 255:
        yield "a label or a block_id that is too long"
    if kind == "rich_text":
        yield from _rich_faults(block)


def _rich_faults(block: Json) -> Iterator[str]:
    if not block["elements"]:
        yield "rich text without elements"
    for part in block["elements"]:
        if part["type"] not in (
            "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted"
        ):  # fmt: skip
            yield f"rich text holds {part['type']}"
        sections = part["elements"] if part["type"] == "rich_text_list" else [part]
        for section in sections:
            for element in section["elements"]:
                if element["type"] not in ("text", "link", "emoji"):
                    yield f"rich text holds {element['type']}"
                if element["type"] == "text" and not element["text"]:
                    yield "an empty text in rich text"
                if element["type"] == "link" and not (element["url"] and element.get("text", "-")):
                    yield "a link without an address, or with an empty text"


def _element_faults(element: Json) -> Iterator[str]:
    if element["type"] == "button":
        if not 0 < len(element["text"]["text"]) <= _TEXTS["button"]:
            yield f"a button that says {element['text']['text']!r}"
        if len(element.get("value", "")) > 2000:
            yield "a button's value is too long"
    if len(element.get("action_id", "")) > 255:
        yield "an action_id is too long"
    if not 0 < element.get("max_length", 1) <= 3000:
        yield "a field of more than 3000 characters"
    for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        asked = element.get("confirm", {}).get(part, {}).get("text")
        if asked is not None and not 0 < len(asked) <= most:
            yield f"a confirmation whose {part} has {len(asked)} characters"
    options = element.get("options")
    if options is not None:
        if not 0 < len(options) <= (10 if element["type"] in ("radio_buttons", "checkboxes") else 100):
            yield f"{element['type']} with {len(options)} options"
        for option in options:
            if not 0 < len(option["text"]["text"]) <= _TEXTS["option"] or len(option["value"]) > 150:
                yield f"an option that is too long: {option}"
            if len(option.get("description", {}).get("text", "")) > 75:
                yield f"an option's description is too long: {option}"
        values = [option["value"] for option in options]
        if len(values) != len(set(values)):
            yield "two options have the same value"
        initial = element.get("initial_option")
        if initial is not None and initial not in options:
            yield "the initial option is none of the options"
    if len(element.get("placeholder", {}).get("text", "")) > 150:
        yield "a placeholder is too long"


def is_ts(text: object) -> bool:
    """Whether something is a message's timestamp as Slack writes it."""
    return isinstance(text, str) and bool(_TS.match(text))
