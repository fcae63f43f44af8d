"""One page that tells a person who did not train a network whether to trust it."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import InputError
from chainrule.files import write_beside
from chainrule.reporting import _gathering as gathering
from chainrule.reporting._cautions import cautions
from chainrule.reporting._facts import Facts, Names
from chainrule.reporting._importance import importance
from chainrule.reporting._page import write_page
from chainrule.reporting._pictures import Picture, draw_pictures
from chainrule.reporting._quality import quality
from chainrule.reporting._subject import Subject, of_estimator, of_model, of_training
from chainrule.reporting._telling import headline, usual_title
from chainrule.reporting._wrong_rows import wrong_rows
from chainrule.workflow.model import Model

if TYPE_CHECKING:
    from chainrule.workflow import Training

__all__ = ["Names", "Report", "report", "report_of_model", "report_of_training"]


@dataclass(frozen=True, eq=False, repr=False)
class Report:
    """A report: the facts, the pictures, and the page that is written from both.

    Attributes
    ----------
    title : str
        What stands above it.
    facts : Facts
        Everything that is told, as typed records; None for what is not known.
    pictures : dict of str to Picture
        Everything that is shown, each with its description in words.

    Examples
    --------
    >>> from chainrule.reporting import report
    >>> from chainrule.tables import load_example
    >>> from chainrule.workflow import TrainSettings, train
    >>> iris = load_example("iris")
    >>> model = train(iris, TrainSettings(hidden_layer_sizes=(4,), epochs=2)).model
    >>> page = report(model, iris)
    >>> page.facts.quality.rows, page.facts.quality.rivals
    (30, ('linear model', 'always setosa'))
    >>> page.to_html()[:15]
    '<!DOCTYPE html>'
    """

    title: str
    facts: Facts
    pictures: dict[str, Picture]

    @property
    def headline(self) -> str:
        """How good the model is, in a sentence or two."""
        return headline(self.facts)

    def to_html(self) -> str:
        """Return the page: one file of HTML that loads nothing and runs nothing."""
        return write_page(self.facts, self.pictures, title=self.title)

    def save(self, path: str | Path) -> None:
        """Write the page, beside an earlier one and then in its place.

        Parameters
        ----------
        path : str or Path
            Usually ``NAME.html``.

        Raises
        ------
        InputError
            It cannot be written; a file that was there before is as it was.
        """
        with write_beside(path) as file:
            file.write(self.to_html().encode())

    def to_dict(self) -> dict[str, Any]:
        """Return the facts as plain data for JSON."""
        return {"title": self.title, **self.facts.to_dict()}

    def __repr__(self) -> str:
        """Say what it is about and how good that is."""
        score = self.facts.quality.main
        value = score.estimates[0].value
        told = "" if value is None else f", {score.label} {value:.4g}"
        return f"Report({self.title!r}{told}, {self.facts.quality.rows} rows)"

    def _repr_html_(self) -> str:
        """Show the page in a notebook, in a frame of its own."""
        return (
            f'<iframe title="{escape(self.title)}" sandbox="" '
            'style="border: 0; width: 100%; height: 40rem" '
            f'srcdoc="{escape(self.to_html())}"></iframe>'
        )


def report(
    model: Any,
    X: Any,
    y: Any = None,
    *,
    sample_weight: Any = None,
    path: str | Path | None = None,
    title: str | None = None,
) -> Report:
    """Tell on one page how good a model is and what speaks against trusting it.

    Of a model that ``chainrule train`` or :func:`chainrule.workflow.train` made, the page also
    tells what was asked, the table, how training went and how to do it again; of other models what
    can be told of them and of the rows: scores, which classes are taken for which, whether
    probabilities can be believed, the rows that are most wrong and the columns that matter.

    Parameters
    ----------
    model : Model or estimator
        From a training or :func:`chainrule.workflow.load_model`; or any fitted classifier or
        regressor, of this package or of scikit-learn's, a Pipeline, or a search that has found one.
    X : table, array or sparse matrix of shape (n, d)
        Rows that the model has not learned from. For a Model a table with the target among its
        columns: of the table that it was trained with the test part is taken.
    y : array or column of shape (n,), optional
        What is right for the rows; not for a Model.
    sample_weight : array of shape (n,), optional
        How much each row counts; rows of weight 0 are left out. Not for a Model, whose table holds
        the weights.
    path : str or Path, optional
        Write the page to this file, too.
    title : str, optional
        What stands above it.

    Returns
    -------
    Report
        With ``save``, ``to_html``, ``to_dict`` and all ``facts``; a notebook shows the page.

    Raises
    ------
    InputError
        The model predicts several targets or none; rows, targets or weights do not fit one another
        or the model; a column is missing; the file cannot be written.
    sklearn.exceptions.NotFittedError
        The model is not fitted.

    Examples
    --------
    >>> from chainrule import LogisticRegression
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = LogisticRegression(solver="newton").fit(X[::2], y[::2])
    >>> page = report(model, X[1::2], y[1::2])
    >>> page.facts.quality.rows, page.facts.quality.main.name
    (75, 'accuracy')
    """
    if isinstance(model, Model):
        if y is not None or sample_weight is not None:
            what = "y" if y is not None else "sample_weight"
            raise InputError(
                f"leave out {what}: this model knows which column of the table holds it; give X "
                "with that column"
            )
        return report_of_model(model, X, path=path, title=title)
    return _report(of_estimator(model, X, y, sample_weight), path=path, title=title)


def report_of_model(
    model: Model,
    X: Any,
    *,
    part: str | None = None,
    path: str | Path | None = None,
    title: str | None = None,
    names: Names | None = None,
) -> Report:
    """Report on a model from a file, on a part of a table.

    Parameters
    ----------
    model, X, path, title
        As for :func:`report`.
    part : {"all", "test", "train"}, optional
        Of the table it was trained with; the test part if not given.
    names : Names, optional
        What files and tables are called on the command line.

    Returns
    -------
    Report
    """
    return _report(of_model(model, X, part), path=path, title=title, names=names)


def report_of_training(
    training: Training,
    *,
    path: str | Path | None = None,
    names: Names | None = None,
) -> Report:
    """Report on a training that has just ended.

    Parameters
    ----------
    training : Training
        With its test rows.
    path, names
        As for :func:`report_of_model`.

    Returns
    -------
    Report
    """
    return _report(of_training(training), path=path, names=names)


def _report(
    subject: Subject,
    *,
    path: str | Path | None,
    title: str | None = None,
    names: Names | None = None,
) -> Report:
    facts = _facts(subject, names)
    pictures = draw_pictures(subject, facts)
    found = Report(title or usual_title(facts), facts, pictures)
    if path is not None:
        found.save(path)
    return found


def _facts(subject: Subject, names: Names | None) -> Facts:
    told: dict[str, Any] = {
        "table": gathering.table(subject),
        "course": gathering.course(subject),
        "diagnosis": gathering.diagnosis(subject),
        "quality": quality(subject),
        "importance": importance(subject),
    }
    return Facts(
        asked=gathering.asked(subject),
        network=gathering.network(subject),
        wrong=wrong_rows(subject),
        again=gathering.again(subject, names),
        names=names,
        cautions=cautions(subject, **told),
        **told,
    )
