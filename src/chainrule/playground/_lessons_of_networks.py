"""The lessons about networks: lines combined, and backpropagation."""

from __future__ import annotations

from chainrule.playground._lesson import Lesson, LessonPage, Weight

__all__ = ["NETWORKS"]

_SIGMOIDS = {"layers": (2,), "activations": ("logistic",)}
_CORNER = {"data": "circle", "seed": 3, "optimizer": "adam", "learning_rate": 0.03, "speed": "60"}
# The network that the curriculum works out by hand, set weight by weight.
_BY_HAND = {
    (1, "0", 0): 0.1, (1, "0", 1): -0.2, (1, "1", 0): 0.4, (1, "1", 1): 0.3,
    (1, "b", 0): 0.05, (1, "b", 1): -0.1,
    (2, "0", 0): 0.6, (2, "1", 0): -0.5, (2, "b", 0): 0.2,
}  # fmt: skip
_SET_BY_HAND = "~".join(f"w.{layer}.{i}.{j}.{value}" for (layer, i, j), value in _BY_HAND.items())
# Where in the plane of these clouds the network is given (1, 2), and a row close to it.
_BY_HAND_AT = (2.3703007087, 4.5901183432)
_NEAR_IT = 211

NETWORKS = (
    Lesson(
        "combining",
        "Combining lines",
        (
            LessonPage(
                title="Two lines are not yet a corner",
                text="A hidden node draws a line; the node behind it weighs the lines and draws "
                "one through them. One or two lines leave the circle open on a side.",
                question="Play. Then add a third node to the hidden layer, and play again.",
                answer="With two nodes there is a strip, or a corner, and many points stay wrong. "
                "With three, the lines close around the disk.",
                settings={**_CORNER, "layers": (2,)},
            ),
            LessonPage(
                title="Every node has its own picture",
                text="The network with three hidden nodes. The small picture in a node shows "
                "where in the plane it is large: each of the three has a line of its own.",
                question="Play, then point at the hidden nodes. How does the output combine them?",
                answer="Each line keeps one side of the ring away; the output is sure of the disk "
                "only where all three agree. Look at the signs of the three weights to the right.",
                settings={**_CORNER, "layers": (3,)},
            ),
            LessonPage(
                title="Deeper: shapes made of shapes",
                text="Two arms of a spiral are more than a few lines can part. The second hidden "
                "layer combines what the first one made: corners and strips instead of lines.",
                question="Play until the accuracy on the test points is above 95 %. Then take the "
                "second layer away, and play again.",
                answer="With two layers of eight the spiral is learned within 300 epochs; with "
                "one layer of eight it stays patchy in the same time.",
                settings={"data": "spiral", "layers": (8, 8), "optimizer": "adam", "speed": "60"},
            ),
        ),
    ),
    Lesson(
        "backpropagation",
        "Backpropagation",
        (
            LessonPage(
                title="Feedforward, by hand",
                text="Two inputs, two hidden nodes and one output, all sigmoids, with weights "
                "that can be worked out by hand. The place where x = (1, 2) is sent through: its "
                "feedforward is told below, one part after another.",
                question="Before you press “Next”: what number do you expect? Begin with "
                "z¹₁ = 1·0.1 + 2·0.4 + 0.05.",
                answer="z¹ = (0.95, 0.3), h¹ = (0.721115, 0.574443), z² = 0.345448 and "
                "ŷ = 0.585513.",
                settings={"data": "gaussians", **_SIGMOIDS, "optimizer": "sgd"},
                did=_SET_BY_HAND,
                pick=_BY_HAND_AT,
            ),
            LessonPage(
                title="The error runs backwards",
                text="How would the error change if this one weight were a little larger? Follow "
                "the edges from it to the output, and multiply the slopes on the way: that is the "
                "chain rule, and here it stands on one line.",
                question="Which factor of the chain would make the whole product vanish?",
                answer="Any that is zero: an input of 0, a node at the flat end of its sigmoid, a "
                "weight of 0 further on, or a prediction that is right already.",
                settings={"data": "gaussians", **_SIGMOIDS, "optimizer": "sgd"},
                did=_SET_BY_HAND,
                pick=_NEAR_IT,
                opened=Weight(1, 0, 0),
            ),
            LessonPage(
                title="One step down",
                text="Each weight goes a little against its slope: W ← W − α · ∂E/∂W. The point "
                "that is picked is the one that comes next, and the weight that is open tells "
                "beforehand where its step will lead.",
                question="Read off the new weight, then press “Point”. Is that its value now?",
                answer="Yes, as far as its digits go: a step is nothing but this, for every "
                "weight at the same time. Then the next point comes.",
                settings={"data": "gaussians", "points": 100, **_SIGMOIDS, "batch_size": 1,
                          "learning_rate": 0.5, "play_by": "point", "speed": "1"},
                pick=68,
                opened=Weight(2, 0, 0),
            ),
        ),
    ),
)  # fmt: skip
"""In the order of the curriculum."""
