"""The settings of what one sees, which the training knows nothing of."""

from __future__ import annotations

from chainrule.playground._conditions import known
from chainrule.playground._setting import Choice, Setting, Switch, Text

__all__ = ["VIEW_SETTINGS"]

_SPEEDS = (
    *(("1", "1 a second"), ("5", "5 a second"), ("20", "20 a second"), ("60", "60 a second")),
    *(("200", "200 a second"), ("1000", "1,000 a second"), ("max", "as fast as it goes")),
)
_UNITS = (("epoch", "epochs"), ("batch", "mini-batches"), ("point", "points"))


VIEW_SETTINGS: tuple[Setting, ...] = (
    Choice(
        name="speed",
        label="Speed",
        group="view",
        effect="view",
        default="60",
        choices=_SPEEDS,
        help="How fast it plays.",
    ),
    Choice(
        name="play_by",
        label="By",
        group="view",
        effect="view",
        default="epoch",
        choices=_UNITS,
        help="What is played one after another.",
    ),
    Switch(
        name="show_test",
        label="Show test points",
        group="view",
        effect="view",
        default=True,
        help="Draw the points that are not learned from, as rings.",
    ),
    Switch(
        name="decisions",
        label="Show decisions only",
        group="view",
        effect="view",
        default=False,
        applies=known(lambda facts: facts.classifies),
        help="Color the plane by the decided class instead of by how sure the network is.",
    ),
    Text(
        name="lesson",
        label="Lesson",
        group="view",
        effect="view",
        default="",
        help="Which page of which lesson is open.",
    ),
)
