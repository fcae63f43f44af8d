"""Learning curves: the numbers of the record, and what is drawn of them."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
import sklearn.neural_network
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from sklearn.compose import TransformedTargetRegressor
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from chainrule import InputError, LogisticRegression, MLPClassifier, MLPRegressor, Perceptron
from chainrule.plots import LearningCurves
from chainrule.plots.learning._course import Start, thinned, wants_log
from chainrule.tables import load_example
from chainrule.training import Epoch, History
from chainrule.workflow import TrainSettings, load_model, save_model, train

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(120, 3))
Y = (X[:, 0] + 0.5 * RNG.normal(size=120) > 0).astype(int)
T = X @ [1.0, 2.0, -1.0] + 5


def classifier(**parameters):
    given = {"hidden_layer_sizes": (4,), "max_iter": 12, "random_state": 0, **parameters}
    return MLPClassifier(**given).fit(X, Y)


def curves(model, **asked):
    return LearningCurves.from_estimator(model, ax=Figure().subplots(), **asked)


def record(losses, **columns):
    """A history with these losses, at a learning rate of 0.1."""
    history = History()
    for i, loss in enumerate(losses):
        others = {name: values[i] for name, values in columns.items()}
        empty = {"validation_loss": None, "validation_score": None, "learning_rate": 0.1}
        history.append(Epoch(i + 1, loss, **{**empty, **others}, seconds=1, samples_per_second=1))
    return history


def drawn(history, **asked):
    return LearningCurves.from_history(history, ax=Figure().subplots(), **asked)


def ys(line):
    return np.asarray(line.get_ydata(), float)


# ---------------------------------------------------------------------------- the numbers


def test_the_curves_are_the_record():
    model = classifier(early_stopping=True, learning_rate="cosine", n_iter_no_change=20)
    found = curves(model)
    assert found.panels_ == ["loss", "score", "learning_rate"]
    names = {"train_loss", "validation_loss", "validation_score", "learning_rate"}
    assert set(found.lines_) == names
    for name in names:
        assert ys(found.lines_[name]).tolist() == model.history_.column(name)
    assert found.best_epoch == found.kept_epoch == model.best_epoch_
    assert found.headline == f"Best epoch {model.best_epoch_} of 12"
    assert found.ending == "Stopped after 12 epochs: reached max_iter=12 epochs."
    assert (found.loss_name, found.score_name) == ("cross-entropy", "accuracy")


def test_without_early_stopping_the_lowest_held_out_loss_is_best():
    model = MLPClassifier((4,), max_iter=30, learning_rate_init=0.3, random_state=0)
    model.fit(X[:20], Y[:20], validation_data=(X[20:], Y[20:]))
    found = curves(model)
    held_out = model.history_.column("validation_loss")
    assert found.best_epoch == int(np.argmin(held_out)) + 1 < 30
    assert found.headline == f"Best epoch {found.best_epoch} of 30, last kept"


def test_the_penalty_is_drawn_apart_where_it_can_be_seen():
    model = classifier(alpha=10.0)
    found = curves(model)
    assert ys(found.lines_["data_loss"]) == pytest.approx(model.history_.column("data_loss"))
    assert ys(found.lines_["train_loss"]).tolist() == model.history_.column("train_loss")
    texts = [text.get_text() for text in found.axes_[0].get_legend().get_texts()]
    assert "penalty" in texts
    assert found.data_loss is not None
    slight = curves(classifier(alpha=1e-4))
    assert slight.data_loss is None
    assert set(slight.lines_) == {"train_loss"}


@pytest.mark.parametrize(("combine", "words"), [("best", "Best"), ("average", "Average")])
def test_other_starts_stand_behind_the_best(combine, words):
    model = classifier(restarts=3, combine=combine, early_stopping=True, max_iter=5)
    found = curves(model)
    others = [run for i, run in enumerate(model.restarts_) if i != model.restarts_.best]
    losses, scores = found.other_lines_[:2], found.other_lines_[2:]
    for run, loss, score in zip(others, losses, scores, strict=True):
        assert ys(loss).tolist() == run.history.column("validation_loss")
        assert ys(score).tolist() == run.history.column("validation_score")
        assert loss.get_zorder() < found.lines_["validation_loss"].get_zorder()
    best = model.restarts_[model.restarts_.best].history
    assert found.validation_loss.tolist() == best.column("validation_loss")
    assert found.headline.startswith(f"{words} of 3 starts: best epoch ")


def test_a_perceptron_shows_its_mistakes():
    model = Perceptron(max_iter=8, random_state=0).fit(X, Y)
    found = curves(model)
    assert found.panels_ == ["mistakes", "loss"]
    assert ys(found.lines_["mistakes"]).tolist() == model.mistakes_
    assert found.ending.endswith("rows were still misclassified.")


@pytest.mark.parametrize("solver", ["lbfgs", "newton"])
def test_solvers_of_all_rows_count_iterations(solver):
    model = LogisticRegression(solver=solver).fit(X, Y)
    found = curves(model)
    assert found.unit == found.axes_[-1].get_xlabel() == "iteration"
    assert len(found.epochs) == found.best_epoch == len(model.history_)
    assert "converged" in found.ending
    assert "L-BFGS" not in found.ending
    assert found.panels_ == ["loss"]


def test_scores_and_losses_by_their_names():
    model = MLPRegressor(hidden_layer_sizes=(4,), early_stopping=True, max_iter=3).fit(X, T)
    assert (curves(model).score_name, curves(model).loss_name) == ("R²", "half squared error")
    found = curves(classifier(early_stopping=True, monitor="roc_auc", max_iter=3))
    assert found.axes_[1].get_ylabel() == "roc_auc"


# ---------------------------------------------------------------------------- models of all kinds


def test_models_within_others():
    network = MLPRegressor(hidden_layer_sizes=(4,), max_iter=3, random_state=0)
    wrapped = TransformedTargetRegressor(network, transformer=StandardScaler())
    model = make_pipeline(StandardScaler(), wrapped).fit(X, T)
    found = curves(model)
    inner = model[-1].regressor_
    assert found.train_loss.tolist() == inner.history_.column("train_loss")
    assert found.loss_name == "half squared error of the transformed target"
    search = GridSearchCV(MLPClassifier((2,), max_iter=2), {"alpha": [0.1]}, cv=2).fit(X, Y)
    assert curves(search).train_loss.tolist() == search.best_estimator_.loss_curve_


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A model of three starts, read from its file."""
    path = tmp_path_factory.mktemp("models") / "m.chainrule"
    settings = TrainSettings(hidden_layer_sizes=(4,), epochs=4, restarts=3, combine="average")
    save_model(path, train(load_example("iris"), settings).model)
    return load_model(path)


def test_a_model_from_a_file(stored):
    found, origin = curves(stored), stored.origin
    for name in ("train_loss", "validation_loss", "validation_score"):
        assert ys(found.lines_[name]).tolist() == origin.history[name]
    assert found.best_epoch == found.kept_epoch == origin.best_epoch
    assert found.headline.startswith("Average of 3 starts: ")
    assert found.ending == "Stopped after all 4 epochs."
    runs = [run for i, run in enumerate(origin.restarts["runs"]) if i != origin.restarts["best"]]
    assert [start.loss.tolist() for start in found.other_starts] == [
        run["validation_loss_curve"] for run in runs
    ]


def test_a_file_may_tell_only_how_each_start_ended(stored):
    origin = copy.deepcopy(stored.origin)
    for run in origin.restarts["runs"]:
        del run["validation_loss_curve"], run["train_loss_curve"]
    found = curves(dataclasses.replace(stored, origin=origin))
    runs = [run for i, run in enumerate(origin.restarts["runs"]) if i != origin.restarts["best"]]
    assert [s.loss.tolist() for s in found.other_starts] == [[run["final_loss"]] for run in runs]
    assert [s.epochs.tolist() for s in found.other_starts] == [[run["best_epoch"]] for run in runs]
    # And so does the pipeline in it, by itself.
    inner = curves(stored.pipeline)
    assert [s.loss.tolist() for s in inner.other_starts] == [[run["final_loss"]] for run in runs]
    assert inner.other_lines_[0].get_marker() == "o"


def test_a_model_from_a_file_that_learned_from_all_rows():
    settings = TrainSettings(hidden_layer_sizes=(4,), epochs=4, early_stopping=False)
    found = curves(train(load_example("iris"), settings).model)
    assert found.kept_epoch == 4
    assert found.best_epoch == int(found.train_loss.argmin()) + 1
    assert found.panels_ == ["loss"]


@pytest.mark.parametrize("early_stopping", [True, False])
def test_scikit_learns_perceptrons(early_stopping):
    given = {"max_iter": 40, "n_iter_no_change": 3, "tol": 0.02, "random_state": 0}
    model = sklearn.neural_network.MLPClassifier((4,), early_stopping=early_stopping, **given)
    found = curves(model.fit(X, Y))
    assert found.train_loss.tolist() == model.loss_curve_
    what = "validation score" if early_stopping else "training loss"
    assert (
        f"{model.n_iter_} epochs: the {what} did not improve by more than tol=0.02" in found.ending
    )
    if early_stopping:
        assert ys(found.lines_["validation_score"]).tolist() == model.validation_scores_
        best = found.at(found.validation_score, found.best_epoch)
        assert best == model.best_validation_score_
    else:
        assert found.at(found.train_loss, found.best_epoch) == model.best_loss_
    assert found.unit == "epoch"


def test_what_has_no_record():
    tree = DecisionTreeClassifier().fit(X, Y)
    with pytest.raises(
        InputError, match="and a DecisionTreeClassifier has none: give it a network"
    ):
        curves(tree)
    peer = sklearn.neural_network.MLPClassifier((2,), solver="lbfgs", max_iter=5)
    with pytest.raises(NotFittedError, match="this MLPClassifier has not been: call fit"):
        curves(peer)
    with pytest.raises(InputError, match="keeps no losses with solver='lbfgs'"):
        curves(peer.fit(X, Y))
    with pytest.raises(NotFittedError, match="call fit"):
        curves(make_pipeline(StandardScaler(), MLPClassifier((2,))))
    with pytest.raises(InputError, match="not the class MLPClassifier"):
        curves(MLPClassifier)
    with pytest.raises(InputError, match="a NoneType has none"):
        curves(None)
    with pytest.raises(InputError, match="its History to LearningCurves"):
        curves(classifier().history_)


# ---------------------------------------------------------------------------- histories


def test_a_history_or_its_columns():
    history = record([0.9, 0.5, 0.4], validation_loss=[0.8, 0.6, 0.7])
    found = drawn(history, stopped="by hand")
    assert found.best_epoch == 2
    assert found.ending == "Stopped by hand."
    again = drawn(history.to_dict(), best_epoch=3)
    assert (again.best_epoch, again.ending) == (3, "")
    assert found.train_loss.tolist() == again.train_loss.tolist()


@pytest.mark.parametrize(
    ("history", "asked", "words"),
    [
        ([0.5, 0.4], {}, "takes a History, or a dict of lists with 'train_loss' in it, not a list"),
        ({"loss": [1.0]}, {}, "not a dict without it"),
        ({"train_loss": ["much"]}, {}, "'train_loss' holds something else than numbers"),
        (
            {"train_loss": [1.0], "learning_rate": [1, 2]},
            {},
            "1 values of 'train_loss' and 2 of 'learning_rate'",
        ),
        ({"train_loss": [1.0]}, {"best_epoch": 2}, "no epoch 2 in this history of 1"),
    ],
)
def test_other_things_are_refused(history, asked, words):
    with pytest.raises(InputError, match=words):
        drawn(history, **asked)


def test_one_epoch():
    found = drawn(record([0.7], validation_loss=[0.8]))
    assert found.axes_[0].get_xticks().tolist() == [1]
    assert found.lines_["train_loss"].get_marker() == "o"
    assert found.headline == "Best epoch 1 of 1"


def test_no_epochs():
    found = curves(MLPClassifier((2,)).initialize(X, Y))
    assert [text.get_text() for text in found.axes_[0].texts] == [
        "Initialized, not trained.",
        "no epoch was run",
    ]
    assert found.alt_text == "Learning curves without an epoch. Initialized, not trained."


def test_numbers_that_are_not_finite_are_crossed():
    losses = [1.0, 3.0, np.inf, 2.0, np.nan, np.nan]
    found = drawn(record(losses, validation_loss=[1.0, 2.0, 3.0, 4.0, np.nan, np.nan]))
    assert found.not_finite.tolist() == [3, 5, 6]
    (crosses,) = (line for line in found.axes_[0].lines if line.get_marker() == "X")
    assert crosses.get_xdata().tolist() == [3, 5, 6]
    assert crosses.get_label() == "not a finite number, first in epoch 3"
    assert found.best_epoch == 1
    nothing = drawn(record([np.nan, np.nan]))
    assert nothing.headline == "2 epochs, none of them best"
    assert "no finite number" in nothing.alt_text
    nothing.figure_.canvas.draw()


def test_of_a_training_that_diverged_nothing_is_said_to_be_kept():
    model = classifier()
    model.stopping_reason_ = "diverged: the loss grew; the weights from before are kept"
    model.history_.append(model.history_[-1]._replace(epoch=13, train_loss=1e9))
    found = curves(model)
    assert found.kept_epoch is None
    assert found.headline == f"Best epoch {model.best_epoch_} of 13"
    assert found.ending.startswith("Stopped after 13 epochs: diverged: ")


def test_long_trainings_are_thinned_and_keep_their_extremes():
    losses = np.exp(-np.arange(20_000) / 5000)
    losses[[77, 13_337]] = 9.0, 0.001
    found = drawn(record(losses.tolist()))
    x, y = found.lines_["train_loss"].get_data()
    assert len(x) <= 1200
    assert (y.max(), y.min()) == (9.0, 0.001)
    assert x[y.argmax()] == 78
    assert x[[0, -1]].tolist() == pytest.approx([1, 20_000], abs=40)
    assert len(found.train_loss) == 20_000


def test_thinning_leaves_out_what_is_not_finite_where_it_can():
    curve = np.arange(5000.0)
    curve[10] = np.nan
    assert np.isfinite(curve[thinned(curve, 100)]).all()
    assert thinned(curve[:100], 100).tolist() == list(range(100))


@pytest.mark.parametrize(
    ("losses", "log"),
    [
        ([1.0, 0.5, 0.2], False),
        ([1.0, 0.1, 0.009], True),
        ([50.0, 1.0, 0.9, 0.8, 0.7], True),
        ([1.0, 0.1, 0.0], False),
        ([1.0, 0.01, -0.5], False),
        ([np.nan, np.inf], False),
    ],
)
def test_the_axis_of_losses_is_logarithmic_where_it_helps(losses, log):
    assert wants_log([np.array(losses)]) is log
    ax = drawn(record(losses)).axes_[0]
    assert ax.get_yscale() == ("log" if log else "linear")
    assert ("(log scale)" in ax.get_ylabel()) is log


def test_the_axis_may_be_chosen():
    history = record([1.0, 0.5])
    assert drawn(history, log=True).axes_[0].get_yscale() == "log"
    assert drawn(record([1.0, 0.001]), log=False).axes_[0].get_yscale() == "linear"
    with pytest.raises(InputError, match="log=True needs losses above 0"):
        drawn(record([1.0, 0.0]), log=True)


@pytest.mark.parametrize("losses", [[1e-5, 3e-6], [1e300, 1e-300], [2e6, 1.9e6], [0.5, 0.5]])
def test_ticks_are_numbers_without_formulas(losses):
    found = drawn(record(losses))
    found.figure_.canvas.draw()
    labels = [text.get_text() for text in found.axes_[0].get_yticklabels()]
    assert len(labels) >= 2
    assert not any("$" in label for label in labels)


# ---------------------------------------------------------------------------- where it is drawn


def test_a_figure_of_its_own_and_again():
    model = classifier(early_stopping=True)
    found = LearningCurves.from_estimator(model)
    assert plt.get_fignums() == [found.figure_.number]
    assert len(found.axes_) == 2
    assert not found.axes_[0].xaxis.get_tick_params()["labelbottom"]
    other = Figure().subplots()
    assert found.plot(ax=other, show=["score"]) is found
    assert found.axes_ == [other]
    assert found.panels_ == ["score"]
    assert plt.get_fignums() == [1]


def test_axes_for_each_panel():
    axes = Figure().subplots(1, 2)
    found = LearningCurves.from_estimator(classifier(early_stopping=True), ax=axes)
    assert found.axes_ == axes.tolist()
    assert [ax.get_xlabel() for ax in axes] == ["epoch", "epoch"]


def test_panels_that_are_not_there():
    with pytest.raises(InputError, match="the panels that there are, 'loss', not"):
        curves(classifier(), show=["score"])
    with pytest.raises(InputError, match="not \\[\\]"):
        curves(classifier(), show=[])
    assert curves(classifier(), show="loss").panels_ == ["loss"]


def test_settings_of_others_stay_as_they_are():
    before = dict(plt.rcParams)
    curves(classifier())
    assert dict(plt.rcParams) == before


def test_numbers_can_be_kept():
    found = curves(classifier())
    fields = {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}
    again = LearningCurves(**pickle.loads(pickle.dumps(fields)))  # noqa: S301 (our own)
    assert again.plot(ax=Figure().subplots()).alt_text == found.alt_text


def test_the_picture_in_words():
    history = record(
        [0.9, 0.5, 0.4], validation_loss=[0.8, 0.6, 0.7], validation_score=[0.5, 0.75, 0.7]
    )
    assert drawn(history, stopped="the validation loss rose").alt_text == (
        "Learning curves of 3 epochs: training loss from 0.9 to 0.4; held-out loss from 0.8 to "
        "0.7, 0.6 in the best; held-out score from 0.5 to 0.7, 0.75 in the best. "
        "Best epoch 2 of 3. Stopped after 3 epochs: the validation loss rose."
    )


def test_the_sentence_is_wrapped_to_its_panel():
    figure = Figure(layout="constrained")
    axes = figure.subplots(1, 3)
    found = drawn(record([1.0, 0.5]), stopped="it " + "went on and on " * 6)
    found.plot(ax=axes[1], show=["loss"])
    figure.canvas.draw()
    (note,) = axes[1].texts
    assert note.get_text().count("\n") >= 3
    assert note.get_window_extent().x1 < axes[2].get_window_extent().x1


# ---------------------------------------------------------------------------- pictures on record


def test_picture_of_everything(looks_as_recorded):
    epochs = np.arange(1, 61)
    data = 0.1 + 0.9 * np.exp(-epochs / 10)
    found = LearningCurves(
        epochs=epochs,
        train_loss=data + 0.15,
        penalty=np.full(60, 0.15),
        validation_loss=0.2 + 0.8 * np.exp(-epochs / 10) + 0.00008 * epochs**2,
        validation_score=0.95 - 0.5 * np.exp(-epochs / 8) - 0.001 * epochs,
        learning_rate=0.01 * 0.95**epochs,
        best_epoch=36,
        kept_epoch=36,
        stopped="held-out loss had not improved for 24 epochs",
        loss_name="cross-entropy",
        score_name="accuracy",
    )
    starts = [
        found.validation_loss * factor + 0.02 * np.sin(epochs / 5) for factor in (1.1, 1.3, 1.5)
    ]
    found.other_starts = [Start(epochs, loss, None) for loss in starts]
    looks_as_recorded(found.plot().figure_, "learning_curves")


def test_picture_of_a_training_that_fails(looks_as_recorded):
    losses = [0.7 * 4.0**i for i in range(20)] + [np.nan] * 4
    found = LearningCurves.from_history(
        record(losses), stopped="diverged: the loss or the weights are not finite after epoch 21"
    )
    looks_as_recorded(found.figure_, "learning_curves_diverged")
