"""What a person should know before trusting a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chainrule.explanation._numbers import cut
from chainrule.explanation.diagnosing._finding import counted
from chainrule.reporting._facts import Caution
from chainrule.reporting._prediction_facts import Estimate
from chainrule.reporting._writing import LONGEST, between, per_cent
from chainrule.reporting._writing import value as written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chainrule.reporting._facts import CourseFacts, DiagnosisFacts, TableFacts
    from chainrule.reporting._prediction_facts import ImportanceFacts, Quality, Score
    from chainrule.reporting._subject import Subject

__all__ = ["cautions"]

# Shares from which on something is worth a word.
_COMMON = 0.8
_FEW_OF_A_CLASS, _FEW_ROWS = 10, 100
_OFTEN_MISSING, _REPEATED = 0.3, 0.01
_NEARLY_PERFECT, _ALMOST_ALL = 0.98, 0.8
_NAMED = 5


def cautions(
    subject: Subject,
    *,
    quality: Quality,
    table: TableFacts | None,
    course: CourseFacts | None,
    diagnosis: DiagnosisFacts | None,
    importance: ImportanceFacts | None,
) -> tuple[Caution, ...]:
    """Find what stands against trusting the scores or the model.

    Parameters
    ----------
    subject : Subject
        The rows.
    quality, table, course, diagnosis, importance
        The facts.

    Returns
    -------
    tuple of Caution
        The serious ones first.
    """
    found = [
        *_which_rows(quality),
        *_no_better(quality),
        *_too_good(quality, importance),
        *_repeated(subject),
        *_few_rows(quality),
        *_few_of_a_class(quality),
        *_imbalance(quality),
        *_sureness(quality),
        *_unused(table),
        *_missing(table),
        *_stopped(course),
        *_findings(diagnosis),
    ]
    return tuple(sorted(found, key=lambda caution: not caution.serious))


def _which_rows(quality: Quality) -> Iterator[Caution]:
    if quality.part in ("train", "all"):
        which = "These are" if quality.part == "train" else "Among these are"
        yield Caution(
            title="Tested on rows it has learned from",
            words=f"{which} rows that the model has learned from: it may know them by heart, and "
            "new ones will be predicted worse.",
            serious=True,
        )
    if quality.part == "given":
        yield Caution(
            title="Are these rows new to it?",
            words="The scores are of the rows that were given to this report. They say how good "
            "the model is only if it has not learned from these rows.",
        )


def _no_better(quality: Quality) -> Iterator[Caution]:
    """Find rivals that are better, or, if they only guess, as good by every score."""
    score = quality.main
    for place, name in enumerate(quality.rivals):
        guesses = place == len(quality.rivals) - 1
        standing = _standing(score, place)
        others = [_standing(other, place) for other in quality.scores]
        if standing is None or standing > 0 or (1 in others if guesses else standing == 0):
            continue
        rival, own = cut(name, LONGEST), score.estimates[0].value
        yield Caution(
            title=f"{'Worse than' if standing < 0 else 'Not clearly better than'} “{rival}”",
            words=f"Its {score.label} is {written(score, own)}, that of “{rival}” "
            f"{written(score, score.estimates[place + 1].value)}.",
            serious=guesses,
            section="quality",
        )


def _standing(score: Score, place: int) -> int | None:
    """1 where the model is clearly better than a rival, -1 where worse, 0 where that is open."""
    lead = score.leads[place]
    if lead.low is None or lead.high is None:
        return None
    clear = int(lead.low > 0) - int(lead.high < 0)
    return clear if score.higher_is_better else -clear


def _too_good(quality: Quality, importance: ImportanceFacts | None) -> Iterator[Caution]:
    """Suspect a column that alone is enough for a nearly perfect score: it may hold the answer."""
    if importance is None or importance.score < _NEARLY_PERFECT or not importance.columns:
        return
    first = importance.columns[0]
    name = "accuracy" if importance.score_name == "accuracy" else "r2"
    score = quality.score(name)
    guess = score.estimates[-1].value if score and len(score.estimates) > 1 else None
    if guess is None or first.drop < _ALMOST_ALL * (importance.score - guess):
        return
    rest = [c.drop for c in importance.columns[1:]]
    if rest and max(rest) > first.drop / 3:
        return
    yield Caution(
        title=f"Is the answer hidden in “{cut(first.name, LONGEST)}”?",
        words="The scores are nearly perfect, and nearly all of that comes from this one column. "
        "Make sure that it is known before the answer is, and was not filled in because of it.",
        serious=True,
        section="columns",
    )


def _repeated(subject: Subject) -> Iterator[Caution]:
    if not subject.repeated or subject.repeated < _REPEATED * len(subject):
        return
    yield Caution(
        title="Rows that were learned from, too",
        words=f"{subject.repeated:,} of the {len(subject):,} test rows are the same, cell for "
        "cell, as rows it has learned from. If these are the same things entered twice, the scores "
        "flatter.",
        serious=subject.repeated > len(subject) / 5,
    )


def _few_rows(quality: Quality) -> Iterator[Caution]:
    if quality.rows >= _FEW_ROWS:
        return
    score = quality.main
    likely = between(score, score.estimates[0])
    told = (
        f": the {score.label} on many new rows may well be anywhere from {likely}" if likely else ""
    )
    yield Caution(
        title=f"Only {counted(quality.rows, 'row')} tested",
        words=f"So few rows leave much to chance{told}.",
        section="quality",
    )


def _few_of_a_class(quality: Quality) -> Iterator[Caution]:
    few = [c for c in quality.classes if c.rows < _FEW_OF_A_CLASS]
    if not few:
        return
    names = _listed([f"“{cut(c.name, LONGEST)}” ({c.rows})" for c in few])
    yield Caution(
        title="Classes with few test rows",
        words=f"How well it knows them can hardly be told: {names}.",
        section="quality",
    )


def _imbalance(quality: Quality) -> Iterator[Caution]:
    total = sum(c.rows for c in quality.classes)
    if len(quality.classes) < 2 or not total:
        return
    most = max(quality.classes, key=lambda c: c.rows)
    share, name = most.rows / total, cut(most.name, LONGEST)
    if share < _COMMON:
        return
    yield Caution(
        title=f"Most rows are “{name}”",
        words=f"Always saying “{name}” would be right in {per_cent(share)}. Look at what "
        "share of the other classes it finds, not at the accuracy.",
        section="quality",
    )


def _sureness(quality: Quality) -> Iterator[Caution]:
    accuracy = quality.score("accuracy")
    if quality.sure is None or accuracy is None:
        return
    own: Estimate = accuracy.estimates[0]
    if own.low is None or own.high is None or own.low <= quality.sure <= own.high:
        return
    over = quality.sure > own.high
    yield Caution(
        title="Surer than it should be" if over else "Less sure than it could be",
        words=f"It was {per_cent(quality.sure)} sure on average and right in "
        f"{per_cent(own.value)}: read its probabilities with that in mind.",
        section="calibration",
    )


def _unused(table: TableFacts | None) -> Iterator[Caution]:
    if table is None or not table.dropped:
        return
    names = _listed([f"“{cut(c.name, LONGEST)}”" for c in table.dropped])
    what = "column was" if len(table.dropped) == 1 else "columns were"
    yield Caution(
        title=f"{len(table.dropped)} {what} not used",
        words=f"{names}: what they say, the model does not know.",
        section="table",
    )


def _missing(table: TableFacts | None) -> Iterator[Caution]:
    if table is None or not table.rows:
        return
    holes = [c for c in table.columns if c.used and c.missing > _OFTEN_MISSING * table.rows]
    if not holes:
        return
    names = _listed(
        [f"“{cut(c.name, LONGEST)}” ({per_cent(c.missing / table.rows)})" for c in holes]
    )
    yield Caution(
        title="Columns with many missing cells",
        words=f"{names}. If they are missing for a reason that will change, so will the scores.",
        section="table",
    )


def _stopped(course: CourseFacts | None) -> Iterator[Caution]:
    if course is not None and course.stopped.startswith("by Ctrl-C"):
        yield Caution(
            title="Training was interrupted",
            words=f"It was stopped {course.stopped}; more training may make it better.",
            section="training",
        )


def _findings(diagnosis: DiagnosisFacts | None) -> Iterator[Caution]:
    if diagnosis is None or not diagnosis.findings:
        return
    first, *others = diagnosis.findings
    more = f" And {counted(len(others), 'more finding')}." if others else ""
    yield Caution(title=first.title, words=f"{first.evidence}{more}", section="diagnosis")


def _listed(names: list[str]) -> str:
    if len(names) > _NAMED:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} more"
    return ", ".join(names)
