"""A stand-in for TensorFlow, for a model that has no part built on it.

Rasa imports TensorFlow in two places that only training of its neural components uses. Importing the real
one takes longer than everything else at start, and 300 MB.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NEURAL = (
    "DIETClassifier",
    "TEDPolicy",
    "UnexpecTEDIntentPolicy",
    "ResponseSelector",
    "ConveRTFeaturizer",
    "LanguageModelFeaturizer",
)
_REPLACED = ("tensorflow", "tensorflow_hub", "tensorflow_text", "keras")


class _Absent(type):
    """A class that stands for anything of TensorFlow's; it can be named and inherited, not used."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__name__}.{name}")

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(f"{cls.__name__} was wanted, but the engine runs without TensorFlow")


def _absent(name: str) -> Any:
    return _Absent(name, (), {})


class _Module(ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{self.__name__}.{name}")


class _Finder(MetaPathFinder, Loader):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.split(".", 1)[0] not in _REPLACED:
            return None
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        return None


def needs_tensorflow(config: str) -> bool:
    """Whether a config.yml names one of Rasa's neural components."""
    lines = (line.split("#", 1)[0] for line in config.splitlines())
    return any(name in line for line in lines for name in NEURAL)


def pretend_tensorflow() -> None:
    """Let every import of TensorFlow give the stand-in, in this process."""
    if "tensorflow" in sys.modules:
        raise RuntimeError("TensorFlow is already imported")
    sys.meta_path.insert(0, _Finder())
