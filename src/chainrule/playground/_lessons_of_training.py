"""The lessons about training: overfitting, what helps against it, and where learning ends."""

from __future__ import annotations

from chainrule.playground._lesson import Lesson, LessonPage

__all__ = ["TRAINING"]

# Few points, some of them on the wrong side by chance: there is something to learn by heart.
_NOISY = {"data": "circle", "points": 200, "noise": 35, "train_share": 30, "optimizer": "adam",
          "learning_rate": 0.03, "speed": "60"}  # fmt: skip
_LARGE = {**_NOISY, "layers": (16, 16)}
_CROSS = {"data": "xor", "layers": (3,), "seed": 2, "speed": "200"}

TRAINING = (
    Lesson(
        "overfitting",
        "Overfitting",
        (
            LessonPage(
                title="Too little",
                text="A noisy disk in a ring, and a network with a single hidden node. Its "
                "boundary is one line, and the loss stays high even on the points that it learns "
                "from: it underfits.",
                question="Play to epoch 300. Does a longer training help?",
                answer="No: both curves soon lie flat, and high. Only a larger network helps.",
                settings={**_NOISY, "layers": (1,)},
            ),
            LessonPage(
                title="Too much",
                text="The same points and a network with two layers of sixteen. There are only "
                "60 points to learn from, and hundreds of weights to learn them by heart with.",
                question="Play to epoch 500. Where is the loss on the test points lowest, and "
                "what happens after that?",
                answer="The training loss keeps falling. The test loss is lowest early, and then "
                "rises: the boundary winds around single points that lie where they do by chance.",
                settings=_LARGE,
            ),
            LessonPage(
                title="More points",
                text="The same network, the same noise, but twenty times as many points to "
                "learn from. Single points matter less now.",
                question="Play, and compare the gap between the curves with that of the page "
                "before.",
                answer="The curves stay together: nothing helps against overfitting as much as "
                "more data.",
                settings={**_LARGE, "points": 2000, "train_share": 60},
            ),
        ),
    ),
    Lesson(
        "regularization",
        "Regularization",
        (
            LessonPage(
                title="Small weights: L2",
                text="The network that overfitted, with one more term in its error: "
                "λ ½ΣW². Large weights, which make sharp turns, now cost something.",
                question="Play to epoch 500. Then go on with λ = 0: what do the curves do?",
                answer="With the penalty the boundary stays smooth and the test loss low. Without "
                "it the weights grow again, and the test loss rises.",
                settings={**_LARGE, "l2": 0.2},
            ),
            LessonPage(
                title="Nodes that are missing: dropout",
                text="In every step, three in ten hidden nodes are switched off at random, so "
                "that none can rely on another. To predict, all are there.",
                question="Play to epoch 500. Why does the curve of the training loss tremble?",
                answer="Every step trains another network. The training loss ends higher than "
                "without dropout, and the test loss lower.",
                settings={**_LARGE, "dropout": 0.3},
            ),
            LessonPage(
                title="Stop in time",
                text="A fifth of the training points is held out. When their loss has not fallen "
                "for 20 epochs the training stops, and goes back to the weights of the best epoch.",
                question="Play until it stops. Which epoch was the best one?",
                answer="It stops by itself long before epoch 500, and its test loss is lower than "
                "at the end of a training that went on.",
                settings={**_LARGE, "early_stopping": True},
            ),
        ),
    ),
    Lesson(
        "minima",
        "Local minima",
        (
            LessonPage(
                title="Where it begins",
                text="Learning goes downhill from where it starts. Three hidden nodes are "
                "enough for exclusive or, but from these first weights it ends in a hollow that "
                "is not the deepest.",
                question="Play to epoch 400, where the loss hardly falls any more. Then press "
                "“New start”, and play again.",
                answer="The first start ends at a loss of 0.37, the second at 0.11: the same "
                "network on the same points, from other first weights.",
                settings=_CROSS,
            ),
            LessonPage(
                title="Several starts race",
                text="Since nobody knows which start is good, one takes several and keeps the "
                "best: random restart.",
                question="Let eight starts race for 400 epochs. How many different ends are there?",
                answer="Most reach the same low loss, one lies in between, and two are left high "
                "up, each in a hollow of its own. The best one is kept.",
                settings=_CROSS,
            ),
            LessonPage(
                title="All zero is no beginning",
                text="Here every weight begins at zero. All nodes of a layer then get the same "
                "slope, make the same step, and stay the same for ever.",
                question="Play, then compare the weights of the hidden nodes.",
                answer="They are equal to the last digit: four nodes do the work of none. "
                "Random first weights are there to break this symmetry.",
                settings={"data": "circle", "layers": (4,), "initialization": "zeros",
                          "speed": "20"},
            ),
        ),
    ),
)  # fmt: skip
"""In the order of the curriculum."""
