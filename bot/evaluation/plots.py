"""Pictures of the measures, as PNG. matplotlib comes with what the tests need, not with the program."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.evaluation.curves import RECALL, Judged, Point, accuracy_at, bins, expected_calibration_error
from bot.evaluation.rows import DataError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_INK, _LINE, _BARS = "#1f2937", "#0f766e", "#99d5cf"


def require_matplotlib() -> None:
    """Raise DataError, before anything is measured, where no picture could be drawn afterwards."""
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise DataError("pictures need matplotlib, which is not installed; run: make setup-test") from error


def draw(path: Path, title: str, judged: Sequence[Judged], curve: Sequence[Point] = ()) -> None:
    """Draw the reliability of a confidence and, beside it, the curve of what is out of scope."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11 if curve else 5.5, 5.4), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    axes: Any = figure.subplots(1, 2 if curve else 1, squeeze=False)[0]
    _reliability(axes[0], judged)
    if curve:
        _trade(axes[1], curve)
    figure.suptitle(title, color=_INK)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="png")
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}") from error


def _reliability(axes: Axes, judged: Sequence[Judged]) -> None:
    found = bins(judged)
    most = max(one.count for one in found)
    axes.bar(
        [one.sure for one in found],
        [0.25 * one.count / most for one in found],
        width=0.06,
        color=_BARS,
        label="how many (scaled)",
    )
    axes.plot([0, 1], [0, 1], linestyle=":", color=_INK, label="as sure as it is right")
    axes.plot(
        [one.sure for one in found], [one.right for one in found], marker="o", color=_LINE, label="found"
    )
    axes.set(xlabel="confidence", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1.02))
    error = expected_calibration_error(judged)
    axes.set_title(
        f"Reliability ({len(judged)} questions, expected calibration error {error:.3f})", fontsize=10
    )
    axes.legend(loc="upper left", frameon=False)


def _trade(axes: Axes, curve: Sequence[Point]) -> None:
    at = accuracy_at(curve)
    axes.plot([p.oos_recall for p in curve], [p.in_scope_accuracy for p in curve], color=_LINE)
    axes.plot([RECALL], [at], marker="o", color=_LINE)
    axes.annotate(
        f"{at:.3f}", (RECALL, at), textcoords="offset points", xytext=(-8, -14), ha="right", color=_INK
    )
    axes.axvline(RECALL, linestyle=":", color=_INK)
    axes.set(
        xlabel="out of scope that is recognised", ylabel="in-scope accuracy", xlim=(0, 1), ylim=(0, 1.02)
    )
    axes.set_title("What recognising out of scope costs", fontsize=10)
