"""Lessons: from one neuron to a network that generalizes, a few guided pages each."""

from __future__ import annotations

from typing import Any

from chainrule.playground._lesson import Lesson, LessonPage, Node, Weight
from chainrule.playground._lessons_of_networks import NETWORKS
from chainrule.playground._lessons_of_training import TRAINING

__all__ = ["LESSONS", "Lesson", "LessonPage", "Node", "Weight", "lesson_page", "tell_lessons"]

_CLOUDS = {"data": "gaussians", "points": 100}
_PERCEPTRON = {"model": "perceptron", "play_by": "point", "speed": "5", "learning_rate": 0.3}

_NEURONS = (
    Lesson(
        "perceptron",
        "A perceptron",
        (
            LessonPage(
                title="A line that learns from its mistakes",
                text="This neuron multiplies x₁ and x₂ by a weight each, adds a bias, and says one "
                "class where the sum is below zero and the other where it is not: its boundary is "
                "a line. It looks at one point at a time, and only a mistake moves the line.",
                question="Press “Point” again and again. Which points move the line?",
                answer="Those on the wrong side pull it towards themselves; those on the right "
                "side leave it where it is. After two rounds there is no mistake left, and it "
                "stops.",
                settings={**_CLOUDS, **_PERCEPTRON},
            ),
            LessonPage(
                title="What no line can do",
                text="Here the classes lie crosswise: exclusive or. Wherever a line is drawn, it "
                "has points of both classes on each side, so there is always another mistake.",
                question="Play. Does the line ever come to rest?",
                answer="No: it goes on turning for ever, and about every other point stays wrong. "
                "One neuron is not enough; this stopped the research of the 1970s for years.",
                settings={"data": "xor", **_PERCEPTRON, "play_by": "epoch", "speed": "20"},
            ),
        ),
    ),
    Lesson(
        "sigmoid",
        "From yes or no to how sure",
        (
            LessonPage(
                title="A soft step",
                text="The same line, but with a sigmoid instead of the step: the neuron no longer "
                "says one class or the other, but how probable each is. Near the line it is "
                "unsure, and the plane is pale.",
                question="Play, and watch the pale band. Then turn on “Show decisions only”.",
                answer="The longer it learns, the narrower the band becomes; the line itself "
                "soon hardly moves. With decisions only, one is back at the perceptron's step.",
                settings={**_CLOUDS, "layers": (), "speed": "20"},
            ),
            LessonPage(
                title="An error that can be made smaller",
                text="A step is right or wrong, and small changes of a weight change nothing. A "
                "probability can be a little better: the log loss says how bad it is, and its "
                "slope says which way each weight should go.",
                question="Play. Compare the curve of the loss with the accuracy in the numbers.",
                answer="The loss falls in every epoch, also when the accuracy stays the same: "
                "there is always something left to gain.",
                settings={
                    "data": "gaussians",
                    "layers": (),
                    "optimizer": "gd",
                    "learning_rate": 0.3,
                    "speed": "20",
                },
            ),
            LessonPage(
                title="The same neuron with other inputs",
                text="A circle is no line, and on x₁ and x₂ one neuron fails. Here it is given "
                "their squares instead: a line through these is an ellipse in the plane.",
                question="Play. Then switch the squares off and x₁ and x₂ on, and play again.",
                answer="With the squares it learns the circle almost at once. Without them it "
                "does no better than guessing, however long it plays.",
                settings={
                    "data": "circle",
                    "layers": (),
                    "speed": "20",
                    "features": ("x1_squared", "x2_squared"),
                },
            ),
        ),
    ),
)

LESSONS: tuple[Lesson, ...] = (*_NEURONS, *NETWORKS, *TRAINING)
"""All lessons, in the order of the curriculum."""


def tell_lessons() -> list[dict[str, Any]]:
    """Return all lessons as plain data, as ``welcome`` tells the browser of them.

    Returns
    -------
    list of dict
        id, title, and pages: title, text, question, answer, address, and what is to be sent as
        ``pick`` and selected (None for nothing).

    Examples
    --------
    >>> [lesson["id"] for lesson in tell_lessons()][:3]
    ['perceptron', 'sigmoid', 'combining']
    """
    return [lesson.to_dict() for lesson in LESSONS]


def lesson_page(key: str) -> LessonPage | None:
    """Return the page that the setting ``lesson`` names.

    Parameters
    ----------
    key : str
        Such as ``perceptron/1``.

    Returns
    -------
    LessonPage or None
        None if there is no such page.

    Examples
    --------
    >>> lesson_page("perceptron/2").title
    'What no line can do'
    """
    pages = {
        f"{lesson.id}/{at}": page for lesson in LESSONS for at, page in enumerate(lesson.pages, 1)
    }
    return pages.get(key)
