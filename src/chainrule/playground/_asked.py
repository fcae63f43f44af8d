"""What a session can be asked: the six steps of a point, and all about a node or a weight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from chainrule.errors import InputError
from chainrule.playground._naming import names_of
from chainrule.playground.answers import answer_of
from chainrule.playground.course import Course
from chainrule.playground.frames import Picked
from chainrule.playground.inspection import look_closely, tell_node, tell_point, tell_weight
from chainrule.playground.journal import Moved
from chainrule.playground.saving import model_file, python_code

if TYPE_CHECKING:
    from chainrule.explanation.worked.close_up import CloseUp
    from chainrule.playground.session import Session

__all__ = ["Asked"]


class Asked:
    """The part of a session that answers questions about the network that is shown.

    Attributes
    ----------
    course : Course
        The training.
    picked : Picked or None
        The point that is sent through.
    """

    course: Course
    picked: Picked | None
    # The last point that was worked out, and of which state it was.
    _close: tuple[Any, CloseUp] | None = None

    @property
    def leading(self) -> Course:
        """The training that is shown."""
        return self.course

    def explain(self) -> dict[str, Any]:
        """Tell the six steps of learning for the point that is picked, else for the first."""
        return {"type": "explanation", **tell_point(self._close_up())}

    def inspect_node(self, layer: int, node: int) -> dict[str, Any]:
        """Tell all of a node's numbers for the point that is picked.

        Parameters
        ----------
        layer : int
            0 for the inputs.
        node : int
            Counted from 0.
        """
        sizes = self.leading.training.network.sizes
        if not (0 <= layer < len(sizes) and 0 <= node < sizes[layer]):
            raise InputError(f"there is no node {node + 1} in layer {layer}")
        return {"type": "inspection", **tell_node(self._close_up(), layer, node)}

    def inspect_weight(self, layer: int, source: int | None, to: int) -> dict[str, Any]:
        """Tell a weight's whole chain, and its update, for the point that is picked.

        Parameters
        ----------
        layer : int
            Counted from 1.
        source : int or None
            Where it comes from; None for a bias.
        to : int
            Where it leads to.
        """
        Moved(layer, source, to, 0.0).place_in(self.leading.training.network)
        return {"type": "inspection", **tell_weight(self._close_up(), layer, source, to)}

    def python(self) -> str:
        """Return the Python that trains the same network."""
        course = self.course
        return python_code(course.data, course.start, course.told, course.training)

    def model_file(self) -> tuple[str, bytes]:
        """Return the network as a model file, and what to call it."""
        return model_file(self.course.data, self.course)

    def bundle(self) -> tuple[str, bytes]:
        """Return the teacher's page with this run recorded, and what to call it."""
        from chainrule.playground.bundle import bundle_name, make_bundle

        session = cast("Session", self)
        return bundle_name(session), make_bundle(session)

    def _close_up(self) -> CloseUp:
        """Return the picked point worked out, the same as before if nothing has changed since."""
        training, picked = self.leading.training, self.picked
        where = training.parameters.tobytes(), training.epoch, training.rows_into, training.steps
        state = (self.leading, self.leading.settings, picked, where)
        if self._close is None or self._close[0] != state:
            self._close = state, self._look_closely(picked)
        return self._close[1]

    def _look_closely(self, picked: Picked | None) -> CloseUp:
        data, training = self.course.data, self.leading.training
        if picked is None:
            picked = Picked(data, row=int(data.train[0]))
        answer = None if picked.row is None else answer_of(data, picked.row)
        return look_closely(
            training.estimator,
            picked.x,
            answer,
            names=names_of(data, row=picked.row, at=picked.at),
            row=picked.row,
            learning_rate=training.learning_rate,
        )
