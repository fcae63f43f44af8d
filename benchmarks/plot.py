"""The results as a picture: how many times slower each contestant is, and the share of the limit.

Colors are Okabe and Ito's, which the color-blind tell apart; each contestant has a mark of its own
as well, so that the picture reads in gray.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("agg")
import matplotlib.pyplot as plt

from contestants import CONTESTANTS
from table import OURS, peers
from workloads import WORKLOADS

COLORS = ("#000000", "#0072B2", "#E69F00", "#D55E00", "#56B4E9", "#009E73", "#CC79A7", "#999999")
MARKS = ("o", "s", "^", "v", "P", "D", "X", "*")
STYLE = {name: (COLORS[i], MARKS[i]) for i, name in enumerate(CONTESTANTS)}


def draw(results: list[dict[str, Any]], file: Path, *, caption: str) -> None:
    """Write the picture to a file; its kind is by the name's ending."""
    height = 1.6 + 0.42 * len(results)
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(10, height), sharey=True, width_ratios=(3, 1), layout="constrained"
    )
    for place, result in enumerate(results):
        _ratios(left, result, place)
        _shares(right, result, place)
    left.axvline(1, color="black", linewidth=1)
    left.set_xscale("log")
    left.set_yticks(range(len(results)), [result["workload"] for result in results])
    left.set_ylim(len(results) - 0.5, -0.5)
    left.set_xlabel("times slower than chainrule (the line at 1); | is the goal")
    left.xaxis.set_major_formatter(mpl.ticker.FuncFormatter(lambda x, _: f"{x:g}"))
    right.set_xlim(0, 1.2)
    right.set_xticks([0, 0.5, 1])
    right.xaxis.set_major_formatter(mpl.ticker.PercentFormatter(1.0))
    right.set_xlabel("chainrule's share of the limit")
    for axes in (left, right):
        axes.grid(axis="x", color="0.9")
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
    handles = [
        plt.Line2D([], [], color=color, marker=mark, linestyle="", label=CONTESTANTS[name].title)
        for name, (color, mark) in STYLE.items()
        if any(name in peers(result) for result in results)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4, frameon=False, fontsize=9)
    figure.supxlabel(caption, fontsize=8, color="0.35")
    figure.savefig(file, dpi=160)
    plt.close(figure)


def _ratios(axes: Any, result: dict[str, Any], place: int) -> None:
    ratios = peers(result)
    for name, value in ratios.items():
        color, mark = STYLE[name]
        axes.plot(value, place, color=color, marker=mark, markersize=7, linestyle="", alpha=0.9)
    if ratios:
        axes.hlines(place, 1, min(ratios.values()), color="0.6", linewidth=1.5, zorder=0)
    for goal in set(WORKLOADS[result["workload"]].goals.values()):
        axes.plot(goal, place, color="black", marker="|", markersize=16, linestyle="", zorder=1.5)


def _shares(axes: Any, result: dict[str, Any], place: int) -> None:
    share = result["contestants"].get(OURS, {}).get("share")
    if share is None:
        return
    axes.barh(place, share, height=0.5, color="0.6")
    axes.text(1.04, place, f"{share:.0%}", va="center", fontsize=9)
    wanted = WORKLOADS[result["workload"]].share
    if wanted is not None:
        axes.plot(wanted, place, color="black", marker="|", markersize=16, linestyle="")
