"""The widget's build, done in milliseconds when the gateway starts: no Node, and nothing built in git.

The modules under ``static/`` run in a browser as they are. For patrons they are put into one, because
twelve requests, each after the one that names it, cost more than all their bytes; then comments and
spaces go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rcssmin import cssmin
from rjsmin import jsmin

_IMPORT = re.compile(r'^import \{[\w\s,]+\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:class|function|const) )", re.MULTILINE)
_NAME = re.compile(r"^(?:export )?(?:async )?(?:class|function|const|let) (\w+)", re.MULTILINE)
_NAMES = re.compile(r"^(?:export )?(?:const|let) [\[{]([^\]}]+)[\]}]", re.MULTILINE)


class CannotBundle(ValueError):
    """Two modules do not fit into one; whoever changed them is told where."""


def bundle(entry: str, files: Mapping[str, bytes]) -> str:
    """Give one module with what ``entry`` exports, and all that it imports before it.

    Understands what our modules use: ``import {a, b} from "./x.js"`` and ``export`` before a
    declaration. Raises CannotBundle for anything else, and where two modules declare one name.
    """
    order = _in_order(entry, files, ())
    declared: dict[str, str] = {}
    parts = []
    for name in order:
        text = files[name].decode()
        for made in _declared(text):
            if made in declared:
                raise CannotBundle(f"{name} and {declared[made]} both declare {made}: rename one")
            declared[made] = name
        text = _IMPORT.sub("", text)
        parts.append(text if name == entry else _EXPORT.sub("", text))
        left = re.search(
            r"^(?:import\b|export (?!async |class |function |const )).*", parts[-1], re.MULTILINE
        )
        if left:
            raise CannotBundle(f"{name}: not understood: {left[0]}")
    return "\n".join(parts)


def shorten(name: str, body: bytes) -> bytes:
    """Leave out comments and spaces that only people need."""
    if name.endswith(".js"):
        return str(jsmin(body.decode())).encode()
    if name.endswith(".css"):
        return str(cssmin(body.decode())).encode()
    return body


def _in_order(name: str, files: Mapping[str, bytes], inside: tuple[str, ...]) -> list[str]:
    """Give the modules that ``name`` needs, each before those that need it, and itself last."""
    if name in inside:
        raise CannotBundle(f"{' → '.join((*inside, name))}: modules import each other in a circle")
    if name not in files:
        raise CannotBundle(f"{inside[-1] if inside else 'the bundle'} imports {name}, and there is none")
    order: list[str] = []
    for other in _IMPORT.findall(files[name].decode()):
        order += [found for found in _in_order(other, files, (*inside, name)) if found not in order]
    return [*order, name]


def _declared(text: str) -> list[str]:
    names = _NAME.findall(text)
    for several in _NAMES.findall(text):
        names += re.findall(r"\w+", several)
    return names
