"""Too little, enough, or too much network: many are trained, and compared on unseen rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import nullcontext
from functools import partial
from numbers import Integral, Real
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.utils import check_random_state, indexable

from chainrule.errors import InputError
from chainrule.estimators._complexity_course import Course, train_cell
from chainrule.estimators._complexity_graph import Cell, ComplexityGraph
from chainrule.estimators._complexity_model import Split, network_in, prepare_split
from chainrule.estimators._complexity_zones import ZONES
from chainrule.network.team import alone
from chainrule.network.threads import available_threads, one_blas_thread

__all__ = ["ZONES", "Cell", "ComplexityGraph", "model_complexity"]

_LARGEST_SEED = 2**31 - 1
Places = tuple[NDArray[np.int64], NDArray[np.int64]]


def model_complexity(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    epochs: int | Iterable[int] | None = None,
    sizes: Iterable[int | Sequence[int]] | None = None,
    penalties: Iterable[float] | None = None,
    penalty: str = "alpha",
    splits: Any = 5,
    test_size: float = 0.2,
    sample_weight: Any = None,
    scoring: Any = None,
    n_jobs: int | None = None,
    random_state: int | np.random.RandomState | None = 0,
    progress: Callable[[int, int], None] | None = None,
) -> ComplexityGraph:
    """Train every size under every penalty on several splits, and follow both errors by epoch.

    One training to the largest number of epochs gives all of them: after each, the weights as they
    then are are tried on all training rows and on the test rows. (The ``train_loss`` of a history
    is another number: the average over an epoch while the weights changed.) Early stopping is
    switched off and ``tol`` ends nothing, so that overfitting is to be seen; a training that comes
    to an end by itself, as 'lbfgs' does, stays where it is. A schedule that ends with the training
    goes by the largest number of epochs.

    Parameters
    ----------
    estimator : estimator, Pipeline or TransformedTargetRegressor
        One of this package's, or scikit-learn's ``MLPClassifier`` or ``MLPRegressor`` that takes
        steps; or what ends in one. All steps before it are fitted on the training part of each
        split alone. It is not changed.
    X : array, sparse matrix or table of n rows
        The rows.
    y : array of shape (n,) or (n, k)
        Their targets.
    epochs : int or sequence of int, optional
        Every epoch up to this one, or after which ones to look; by default the estimator's
        ``max_iter``.
    sizes : sequence of int or tuple of int, optional
        ``hidden_layer_sizes`` to try; ``()`` is no hidden layer. By default the estimator's own.
    penalties : sequence of float, optional
        Strengths to try; by default the estimator's own.
    penalty : {"alpha", "l1"}
        Which penalty: on the squares of the weights, or on their absolute values.
    splits : int, splitter of scikit-learn's, or sequence of (train, test)
        How often the rows are divided at random, with the same share of every class; or by what.
    test_size : float
        Share of the rows to test on, above 0 and below 1.
    sample_weight : array of shape (n,), optional
        How much each row counts, in training and in errors and scores.
    scoring : str or callable, optional
        A scorer of scikit-learn's, which then decides in the place of the error; without it, scores
        are accuracy or R².
    n_jobs : int, optional
        How many networks are trained at once; None for one on each core. The numbers are the same.
    random_state : int, RandomState or None
        Seeds the splits and, in each split, the networks: all of a split begin with the same seed.
    progress : callable, optional
        Called with how many of the trainings are done, and how many there are.

    Returns
    -------
    ComplexityGraph
        After Ctrl-C, of the splits that were finished by then.

    Raises
    ------
    InputError
        Something cannot be used: the estimator, a size, a penalty, the rows; or every training
        diverged.
    KeyboardInterrupt
        Ctrl-C before the first split was finished.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from chainrule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(learning_rate_init=0.01, random_state=0)
    >>> graph = model_complexity(model, X, y, epochs=20, sizes=[(), 2, 16], splits=3)
    >>> graph.test_errors.shape, graph.parameters
    ((3, 3, 1, 20), array([ 15,  19, 131]))
    >>> str(graph.zones[0, 0, 0])
    'underfit'
    """
    network = network_in(estimator)
    stages = _epochs(epochs, network)
    shapes = _sizes(sizes, network)
    strengths, penalty_name = _penalties(penalties, penalty, network)
    workers = _workers(n_jobs)
    rows = _rows(X, y, sample_weight)
    random = check_random_state(random_state)
    places = _places(splits, rows, network, test_size=test_size, random=random)
    seeds = [int(seed) for seed in random.randint(_LARGEST_SEED, size=len(places))]
    scorer = _scorer(scoring)
    models = [_with(network, size, penalty_name, p) for size in shapes for p in strengths]
    with one_blas_thread() if workers > 1 else nullcontext():
        prepared = [prepare_split(estimator, rows, *one) for one in zip(places, seeds, strict=True)]
        courses = _train_all(models, prepared, stages, scorer, workers, progress)
    done = [number for number, split in enumerate(courses) if split]
    graph = _collect([courses[number] for number in done], shapes, strengths, penalty_name)(
        epochs=stages,
        score_name=_score_name(scoring, network),
        decides="error" if scoring is None else "score",
        tested=tuple(places[number][1] for number in done),
        seeds=tuple(seeds[number] for number in done),
        interrupted=len(done) < len(places),
    )
    if (graph.zones == "diverged").all():
        raise InputError(
            "every training diverged: scale the columns, or take smaller steps (a lower learning "
            "rate)"
        )
    return graph


def _collect(
    courses: list[list[Course]],
    sizes: list[tuple[int, ...] | None],
    penalties: list[float],
    penalty: str | None,
) -> Callable[..., ComplexityGraph]:
    """Put the numbers of all trainings in order: fewest weights first, weakest penalty first."""
    table = np.array([[course.numbers for course in split] for split in courses])
    table = table.reshape(len(courses), len(sizes), len(penalties), 4, -1)
    counts = np.array([c.parameters for c in courses[0]]).reshape(len(sizes), -1)[:, 0]
    by_size = np.argsort(counts, kind="stable")
    by_penalty = np.argsort(penalties, kind="stable")
    table = table[:, by_size][:, :, by_penalty]
    numbers = [np.ascontiguousarray(table[..., place, :]) for place in range(4)]
    return partial(
        ComplexityGraph,
        sizes=tuple(sizes[place] or () for place in by_size),
        penalties=np.array(penalties, np.float64)[by_penalty],
        penalty=penalty,
        parameters=counts[by_size],
        train_errors=numbers[0],
        test_errors=numbers[1],
        train_scores=numbers[2],
        test_scores=numbers[3],
        error_name=courses[0][0].error_name,
    )


# ---------------------------------------------------------------------------- all trainings


def _train_all(
    models: list[Any],
    splits: list[Split],
    epochs: NDArray[np.int64],
    scorer: Any,
    workers: int,
    progress: Callable[[int, int], None] | None,
) -> list[list[Course]]:
    """Train all models on all splits; of a split that was not finished, nothing."""
    stop = threading.Event()

    def run(model: Any, split: Split) -> Course:
        with alone() if workers > 1 else nullcontext():
            return train_cell(model, split, epochs, scorer=scorer, stop=stop)

    # Split by split, so that what Ctrl-C leaves is whole; in each the largest networks first.
    tasks = [(s, m) for s in range(len(splits)) for m in reversed(range(len(models)))]
    with ThreadPoolExecutor(workers) as pool:
        futures = {(s, m): pool.submit(run, models[m], splits[s]) for s, m in tasks}
        _wait_for(list(futures.values()), stop, progress)
    courses = []
    for s in range(len(splits)):
        own = [futures[s, m] for m in range(len(models))]
        whole = all(not f.cancelled() and f.result().finished for f in own)
        courses.append([f.result() for f in own] if whole else [])
    if not any(courses):
        raise KeyboardInterrupt
    return courses


def _wait_for(
    futures: list[Future[Course]],
    stop: threading.Event,
    progress: Callable[[int, int], None] | None,
) -> None:
    waiting = set(futures)
    try:
        while waiting:
            try:
                # Now and then awake: a signal that another thread got is seen only then.
                done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_COMPLETED)
                for future in done:
                    if not future.cancelled():
                        future.result()
                if progress is not None and done and not stop.is_set():
                    progress(len(futures) - len(waiting), len(futures))
            except KeyboardInterrupt:
                if stop.is_set():
                    raise
                waiting = _stop(futures, stop)
    except BaseException:
        _stop(futures, stop)
        raise


def _stop(futures: list[Future[Course]], stop: threading.Event) -> set[Future[Course]]:
    """Let what runs end with its epoch, and nothing else begin; returns what still runs."""
    stop.set()
    for future in futures:
        future.cancel()
    return {future for future in futures if not future.done()}


def _with(network: Any, size: tuple[int, ...] | None, penalty: str | None, strength: float) -> Any:
    given: dict[str, Any] = {} if size is None else {"hidden_layer_sizes": size}
    if penalty is not None:
        given[penalty] = strength
    return clone(network).set_params(**given)


# ---------------------------------------------------------------------------- what is asked for


def _epochs(epochs: Any, network: Any) -> NDArray[np.int64]:
    asked = network.max_iter if epochs is None else epochs
    if isinstance(asked, Integral):
        asked = range(1, int(asked) + 1)
    counts = list(asked) if isinstance(asked, Iterable) and not isinstance(asked, str) else []
    if not counts or not all(isinstance(c, Integral) and int(c) >= 1 for c in counts):
        raise InputError(f"epochs takes a whole number of at least 1, or several; got {epochs!r}")
    return np.array(sorted(set(map(int, counts))))


def _sizes(sizes: Any, network: Any) -> list[tuple[int, ...] | None]:
    own = getattr(network, "hidden_layer_sizes", None)
    if own is None:
        if sizes is not None:
            raise InputError(
                f"{type(network).__name__} has no hidden layers to try sizes of: take an "
                "MLPClassifier or an MLPRegressor, whose size () is the same neuron"
            )
        return [None]
    asked = [own] if sizes is None else sizes
    if not isinstance(asked, Iterable) or isinstance(asked, str):
        raise InputError(f"sizes takes several sizes, such as [(), 4, (64, 32)]; got {sizes!r}")
    found: list[tuple[int, ...] | None] = list(dict.fromkeys(_size(size) for size in asked))
    if not found:
        raise InputError("sizes is empty: give at least one, such as [(), 4, (64, 32)]")
    return found


def _size(size: Any) -> tuple[int, ...]:
    layers = [size] if isinstance(size, Integral) else size
    valid = isinstance(layers, Iterable) and not isinstance(layers, str)
    layers = list(layers) if valid else []
    if not valid or not all(isinstance(nodes, Integral) and int(nodes) >= 1 for nodes in layers):
        raise InputError(
            f"{size!r} is no size of a network: give the nodes of each hidden layer, such as 16 or "
            "(64, 32), or () for none"
        )
    return tuple(map(int, layers))


def _penalties(penalties: Any, penalty: str, network: Any) -> tuple[list[float], str | None]:
    if penalty not in ("alpha", "l1"):
        raise InputError(f"penalty is 'alpha' or 'l1', not {penalty!r}")
    if not hasattr(network, penalty):
        if penalties is None:
            return [0.0], None
        raise InputError(f"{type(network).__name__} has no {penalty}: take this package's class")
    if penalties is None:
        return [float(getattr(network, penalty))], penalty
    asked = list(penalties) if isinstance(penalties, Iterable) else []
    if not asked or not all(isinstance(p, Real) and 0 <= float(p) < np.inf for p in asked):
        raise InputError(
            f"penalties takes strengths of at least 0, such as [0, 1e-4, 1e-2]; got {penalties!r}"
        )
    return list(dict.fromkeys(map(float, asked))), penalty


def _workers(n_jobs: int | None) -> int:
    if n_jobs is None or n_jobs == -1:
        return available_threads()
    if not isinstance(n_jobs, Integral) or n_jobs < 1:
        raise InputError(f"n_jobs is a number of at least 1, or None for all cores; got {n_jobs!r}")
    return int(n_jobs)


def _rows(X: Any, y: Any, sample_weight: Any) -> tuple[Any, NDArray[Any], NDArray[Any] | None]:
    targets = np.asarray(y)
    weights = None if sample_weight is None else np.asarray(sample_weight, np.float64)
    try:
        X = indexable(X, targets, weights)[0]
    except (ValueError, TypeError) as error:
        raise InputError(f"X, y and sample_weight do not go together: {error}") from error
    return X, targets, weights


def _places(
    splits: Any,
    rows: tuple[Any, NDArray[Any], Any],
    network: Any,
    *,
    test_size: float,
    random: np.random.RandomState,
) -> list[Places]:
    from sklearn.model_selection import ShuffleSplit, StratifiedShuffleSplit  # takes a while

    X, y, _ = rows
    if isinstance(splits, Integral):
        if splits < 1 or not 0 < test_size < 1:
            raise InputError(
                "splits is a number of at least 1 and test_size above 0 and below 1; got "
                f"splits={splits!r}, test_size={test_size!r}"
            )
        kind = StratifiedShuffleSplit if is_classifier(network) and y.ndim == 1 else ShuffleSplit
        splits = kind(int(splits), test_size=test_size, random_state=random)
    try:
        pairs = splits.split(X, y) if hasattr(splits, "split") else splits
        places = [(np.asarray(train), np.asarray(test)) for train, test in pairs]
    except (ValueError, TypeError) as error:
        raise InputError(f"the rows cannot be divided into training and test: {error}") from error
    if not places or not all(len(train) and len(test) for train, test in places):
        raise InputError("splits leaves no rows to train on, or none to test on")
    return places


def _scorer(scoring: Any) -> Any:
    if scoring is None or callable(scoring):
        return scoring
    from sklearn.metrics import get_scorer

    try:
        return get_scorer(scoring)
    except (ValueError, TypeError) as error:
        raise InputError(f"there is no scorer {scoring!r} in scikit-learn") from error


def _score_name(scoring: Any, network: Any) -> str:
    if scoring is None:
        return "accuracy" if is_classifier(network) else "R²"
    name = scoring if isinstance(scoring, str) else getattr(scoring, "__name__", "score")
    return name.replace("_", " ")
