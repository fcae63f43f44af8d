"""Reports: facts that are the model's, sections that are there or not, names that are only text."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, RidgeClassifier
from sklearn.metrics import accuracy_score, log_loss, mean_absolute_error, r2_score, recall_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import InputError, LogisticRegression, MLPClassifier, MLPRegressor, report
from chainrule.explanation import permutation_importance
from chainrule.reporting._gathering import table as table_facts
from chainrule.reporting._importance import importance
from chainrule.reporting._subject import of_training
from chainrule.reporting.training_report import Names, report_of_model, report_of_training
from chainrule.tables import Table, load_example
from chainrule.workflow import TrainSettings, load_model, save_model, train

ALL = ("asked", "table", "network", "training", "quality", "wrong", "columns", "diagnosis", "again")


def parsed(page):
    """Read the page as XML, which it is too."""
    return ET.fromstring(page.to_html().removeprefix("<!DOCTYPE html>"))  # noqa: S314 (our own)


def text_of(page):
    root = parsed(page)
    root.find("head").clear()
    return " ".join("".join(root.itertext()).split())


def headings(page):
    return [
        h.get("id") for h in parsed(page).iter("h2") if h.get("id") not in ("short", "contents")
    ]


@pytest.fixture(scope="module")
def penguins_page(penguins):
    names = Names(data="penguins", model="penguins.chainrule")
    return report_of_training(penguins, names=names)


@pytest.fixture(scope="module")
def diabetes_page(diabetes):
    return report_of_training(diabetes)


@pytest.fixture(scope="module")
def hostile_page(hostile):
    names = Names(data="<b>.csv", model="</pre>.chainrule")
    return report_of_training(hostile, names=names)


@pytest.fixture(scope="module")
def numbers():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 3))
    return X, X[:, 0] + 0.1 * rng.normal(size=120)


# ---------------------------------------------------------------------------- facts


def test_scores_are_those_of_the_training(penguins, penguins_page):
    quality = penguins_page.facts.quality
    assert quality.rivals == ("linear model", "always Adelie")
    assert quality.verdict == penguins.verdict
    for score in quality.scores:
        values = [estimate.value for estimate in score.estimates]
        told = [penguins.scores, *(rival.scores for rival in penguins.rivals)]
        assert values == [getattr(scores, score.name) for scores in told]
        for estimate in score.estimates:
            assert estimate.low <= estimate.value <= estimate.high


def test_scores_are_those_of_scikit_learn(penguins, penguins_page, diabetes, diabetes_page):
    tested, quality = penguins.tested, penguins_page.facts.quality
    said = tested.predicted.argmax(axis=1)
    own = {score.name: score.estimates[0].value for score in quality.scores}
    assert own["accuracy"] == pytest.approx(accuracy_score(tested.true, said))
    assert own["log_loss"] == pytest.approx(log_loss(tested.true, tested.predicted), rel=1e-5)
    recalls = recall_score(tested.true, said, average=None)
    assert [c.found.value for c in quality.classes] == pytest.approx(recalls.tolist())
    tested = diabetes.tested
    own = {s.name: s.estimates[0].value for s in diabetes_page.facts.quality.scores}
    assert own["r2"] == pytest.approx(r2_score(tested.true, tested.predicted))
    assert own["mae"] == pytest.approx(mean_absolute_error(tested.true, tested.predicted))
    assert diabetes_page.facts.quality.main.name == "mae"


def test_the_table_is_told_as_it_was_taken(penguins, penguins_page):
    facts = penguins_page.facts.table
    assert (facts.rows, facts.learned, facts.tested) == (344, 275, 69)
    assert facts.held_out == penguins.model.origin.split["held_out_rows"]
    assert [c.name for c in facts.columns] == [c.name for c in penguins.columns]
    assert facts.missing == 19
    assert facts.dropped == ()


def test_the_network_is_told_layer_by_layer(penguins, penguins_page):
    facts = penguins_page.facts.network
    assert [layer.nodes for layer in facts.layers] == penguins.model.layer_sizes
    assert [layer.activation for layer in facts.layers] == ["", "relu", "softmax"]
    assert facts.parameters == penguins.model.parameter_count


def test_the_course_is_the_trainings(penguins, penguins_page):
    facts = penguins_page.facts.course
    assert (facts.epochs, facts.best_epoch) == (5, penguins.model.origin.best_epoch)
    assert facts.stopped == "after all 5 epochs"
    assert facts.restarts == ()


@pytest.mark.parametrize(("nodes", "count"), [(8, 5), (2100, 3)])
def test_every_wrong_row_that_is_shown_is_worked_out(rng, nodes, count):
    X, y = rng.normal(size=(60, 20)), rng.integers(0, 2, 60)
    model = MLPClassifier((nodes,), max_iter=2, tol=0, random_state=0)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        page = report(model.fit(X[:30], y[:30]), X[30:], y[30:])
    rows = page.facts.wrong.rows
    assert len(rows) == count  # of a coin's throws many are wrong
    for row in rows:
        assert row.explanation.row == row.number
        assert row.explanation.text.splitlines()[0] in text_of(page)


def test_rows_most_wrong_are_numbered_as_in_the_table(penguins, penguins_page):
    frame = load_example("penguins").frame
    rows = penguins_page.facts.wrong.rows
    assert penguins_page.facts.wrong.wrong == int(
        (penguins.tested.predicted.argmax(axis=1) != penguins.tested.true).sum()
    )
    for row in rows:
        given = frame.row(row.number - 1, named=True)
        assert given["species"] == row.true
        assert dict(row.cells)["island"] == given["island"]
        assert row.explanation.row == row.number
    tested = penguins.tested
    given = tested.predicted[np.arange(69), tested.true]
    worst = tested.rows.places[np.argsort(given, kind="stable")[: len(rows)]] + 1
    assert [row.number for row in rows] == worst.tolist()


def test_columns_matter_as_when_raw_cells_are_shuffled(penguins, diabetes):
    for training in (penguins, diabetes):
        subject = of_training(training)
        facts = importance(subject)
        slow = permutation_importance(
            training.model, subject.rows.table, subject.labels.tolist(), repeats=facts.repeats
        )
        drops = dict(zip(slow.names, slow.mean.tolist(), strict=True))
        found = {column.name: column.drop for column in facts.columns}
        assert found == pytest.approx(drops, abs=1e-6)
        assert facts.score == pytest.approx(slow.score, abs=1e-6)


def test_it_tells_how_to_do_it_again(penguins, penguins_page):
    again = penguins_page.facts.again
    assert again.command == "chainrule train penguins --layers 8 --epochs 5"
    assert "load_example" in again.python
    assert dict(again.hashes)["hash of the table"] == penguins.model.origin.data["hash"]
    assert dict(again.versions)["scikit-learn"]
    text = text_of(penguins_page)
    assert again.command in text
    row = penguins_page.facts.wrong.rows[0].number
    assert f"chainrule explain penguins.chainrule penguins --row {row}" in text


def test_a_model_from_a_file_gives_the_same_report(penguins, penguins_page, tmp_path):
    path = tmp_path / "penguins.chainrule"
    save_model(path, penguins.model)
    table = load_example("penguins")
    names = Names(data="penguins", model="penguins.chainrule")
    later = report_of_model(load_model(path), table, names=names)
    assert later.to_dict() == penguins_page.to_dict()


def test_facts_are_plain_data_for_json(penguins_page, diabetes_page, hostile_page):
    for page in (penguins_page, diabetes_page, hostile_page):
        plain = json.loads(json.dumps(page.to_dict(), allow_nan=False))
        assert plain["quality"]["rows"] == page.facts.quality.rows
        assert plain["title"] == page.title


# ---------------------------------------------------------------------------- the page


def test_every_section_is_there_in_its_order(penguins_page, diabetes_page):
    assert headings(penguins_page) == list(ALL)
    assert headings(diabetes_page) == list(ALL)
    links = {a.get("href") for a in parsed(penguins_page).iter("a")}
    assert {f"#{name}" for name in ALL} <= links
    ids = {e.get("id") for e in parsed(penguins_page).iter() if e.get("id")}
    assert {link.removeprefix("#") for link in links} <= ids


def test_the_top_says_it_all(penguins_page):
    text = text_of(penguins_page)
    top = text[: text.index("Contents")]
    accuracy = penguins_page.facts.quality.main.estimates[0].value
    assert f"{100 * accuracy:.1f}" in top
    assert "69 test rows, which it had not seen" in top
    assert penguins_page.facts.quality.verdict in top
    assert "always Adelie" in top
    assert "Only 69 rows tested" in top


def test_pictures_have_words(penguins_page, diabetes_page):
    assert set(penguins_page.pictures) == {"network", "course", "confusion", "calibration"}
    assert set(diabetes_page.pictures) == {"network", "course", "predicted", "residuals"}
    for page in (penguins_page, diabetes_page):
        images = list(parsed(page).iter("img"))
        assert len(images) == 4
        assert all(len(image.get("alt")) > 20 for image in images)
        assert all(image.get("src").startswith("data:image/") for image in images)


def test_names_are_text_and_nothing_else(hostile_page):
    html = hostile_page.to_html()
    root = parsed(hostile_page)
    assert not list(root.iter("script"))
    assert not list(root.iter("i"))
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202e]", html)
    text = text_of(hostile_page)
    for name in ("<script>alert(1)</script>", "{{ 7 * 7 }}{% raw %}", "nul\ufffdbyte\ufffdbell"):
        assert name in text
    assert "<target> & {{ co }}" in text
    assert "<script>alert('c')</script>" in text
    assert "</pre>.chainrule" in text


def test_nothing_is_fetched_or_run(penguins_page, hostile_page):
    for page in (penguins_page, hostile_page):
        html = page.to_html()
        policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        assert f'http-equiv="Content-Security-Policy" content="{policy}"' in html
        for element in parsed(page).iter():
            assert element.tag not in ("script", "link", "iframe", "object", "form")
            assert not any(name.startswith("on") for name in element.attrib)
        assert not re.search(r"url\(|@import", html)


def test_it_is_small(penguins_page, diabetes_page, hostile_page):
    for page in (penguins_page, diabetes_page, hostile_page):
        assert len(page.to_html().encode()) < 1_000_000


def test_it_is_the_same_each_time(penguins, penguins_page):
    names = Names(data="penguins", model="penguins.chainrule")
    assert report_of_training(penguins, names=names).to_html() == penguins_page.to_html()


def test_long_tables_are_folded(hostile_page):
    folded = {d.find("summary").text for d in parsed(hostile_page).iter("details")}
    assert "189 more columns" in folded
    assert "186 more columns" in folded


def test_it_is_saved_and_shown(penguins_page, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("earlier")
    penguins_page.save(path)
    assert path.read_text(encoding="utf-8") == penguins_page.to_html()
    assert [p.name for p in tmp_path.iterdir()] == ["page.html"]
    told = repr(penguins_page)
    assert told.startswith("Report('Predicting species (penguins)', accuracy 0.")
    assert told.endswith("69 rows)")
    frame = ET.fromstring(penguins_page._repr_html_())  # noqa: S314 (our own)
    assert frame.get("srcdoc").split() == penguins_page.to_html().split()
    assert frame.get("sandbox") == ""


# ---------------------------------------------------------------------------- cautions


def titles(page):
    return [caution.title for caution in page.facts.cautions]


def test_rows_it_has_learned_from_are_no_test(penguins):
    page = report_of_model(penguins.model, load_example("penguins"), part="train")
    assert page.facts.cautions[0].serious
    assert titles(page)[0] == "Tested on rows it has learned from"
    assert page.facts.quality.verdict == ""
    assert "new rows it would likely" not in page.headline


def test_another_table(penguins):
    frame = load_example("penguins").frame[:200]
    page = report(penguins.model, frame)
    assert page.facts.quality.part == "new"
    assert page.facts.quality.rivals == ("always Adelie",)
    assert page.facts.quality.rows == 200
    assert "Tested on rows it has learned from" not in titles(page)


def test_pandas_and_the_title_and_the_path(penguins, tmp_path):
    frame = load_example("penguins").frame
    table = pd.DataFrame({name: frame[name].to_list() for name in frame.columns})
    path = tmp_path / "a.html"
    page = report(penguins.model, table, title="Which <bird>?", path=path)
    assert page.facts.quality.rows in (69, 344)
    assert "Which &lt;bird&gt;?" in path.read_text(encoding="utf-8")


def test_a_table_to_test_on():
    frame = load_example("iris").frame
    first, second = Table(frame[::2], "first", None, None, ""), frame[1::2]
    settings = TrainSettings(target="species", hidden_layer_sizes=(4,), epochs=3)
    training = train(first, settings, test=Table(second, "second", None, None, ""))
    at_once = report_of_training(training)
    assert at_once.facts.quality.part == "test"
    later = report(training.model, second)
    assert later.facts.quality.part == "test"
    assert later.facts.quality.rivals == at_once.facts.quality.rivals
    # Of the rivals only the scores are known by then.
    kept, lost = at_once.facts.quality.main.estimates[1], later.facts.quality.main.estimates[1]
    assert (lost.value, lost.low) == (kept.value, None)
    assert kept.low is not None
    assert "second" in later.facts.again.command
    assert titles(report(training.model, frame[::2]))[0] == "Tested on rows it has learned from"


def leaking(rows=300):
    rng = np.random.default_rng(0)
    target = rng.integers(0, 2, rows)
    return pl.DataFrame(
        {
            "noise": rng.normal(size=rows),
            "refunded": target * 3.0 + 0.1 * rng.normal(size=rows),
            "churned": np.array(["no", "yes"])[target],
            "filled": [None if i % 2 else float(i % 7) for i in range(rows)],
            "name": [f"n{i}" for i in range(rows)],
        }
    )


def trained(frame, **settings):
    table = Table(frame, "table", None, None, "")
    return train(table, TrainSettings(hidden_layer_sizes=(8,), **{"epochs": 60, **settings}))


def test_a_column_that_gives_the_answer_away():
    page = report_of_training(trained(leaking(), target="churned"))
    assert titles(page)[0] == "Is the answer hidden in “refunded”?"
    assert page.facts.cautions[0].serious
    told = titles(page)
    assert "1 column was not used" in told
    assert "Columns with many missing cells" in told
    assert "Is the answer hidden" not in " ".join(
        titles(report_of_training(trained(leaking().drop("refunded"), target="churned")))
    )


def test_no_better_than_guessing_is_said_first():
    frame = leaking().drop("refunded")
    page = report_of_training(trained(frame, target="churned", epochs=3))
    assert "etter than “always" in titles(page)[0] or "orse than “always" in titles(page)[0]


def test_most_rows_of_one_class_and_rows_that_are_there_twice():
    rng = np.random.default_rng(0)
    rare = rng.random(600) < 0.1
    x = np.round(rng.normal(size=600) + rare, 0)
    frame = pl.DataFrame({"x": x, "y": np.where(rare, "rare", "common")})
    told = titles(report_of_training(trained(frame, target="y")))
    assert "Most rows are “common”" in told
    assert "Rows that were learned from, too" in told


def test_a_training_that_was_interrupted(penguins):
    model = penguins.model
    origin = replace(model.origin, stopped="by Ctrl-C after 3 epochs")
    page = report_of_training(replace(penguins, model=replace(model, origin=origin)))
    assert "Training was interrupted" in titles(page)


# ---------------------------------------------------------------------------- kinds of models


@pytest.mark.parametrize(
    "settings",
    [
        {"model": "perceptron"},
        {"model": "logistic"},
        {"restarts": 3},
        {"restarts": 2, "combine": "average"},
        {"hidden_layer_sizes": ()},
        {"activation": "step", "hidden_layer_sizes": (3,), "epochs": 2},
        {"early_stopping": False, "epochs": 1},
        {"weights": "year"},
        {"groups": "island"},
        {"class_weight": {"Adelie": 2.0, "Chinstrap": 1.0, "Gentoo": 1.0}, "drop": ("sex",)},
    ],
    ids=str,
)
def test_every_way_of_training_has_a_report(settings):
    usual = {"epochs": 3, "hidden_layer_sizes": (4,)}
    if settings.get("model") in ("perceptron", "logistic"):
        usual = {"epochs": 3}
    training = train(load_example("penguins"), TrainSettings(**(usual | settings)))
    page = report_of_training(training)
    assert headings(page) == list(ALL)
    assert page.facts.quality.weights == settings.get("weights")
    others = dict(page.facts.table.others)
    named = {*settings.get("drop", ()), settings.get("weights"), settings.get("groups")} - {None}
    assert set(others) == named
    if "restarts" in settings:
        assert len(page.facts.course.restarts) == settings["restarts"]
        assert page.facts.course.averaged == (settings.get("combine") == "average")
    assert ("calibration" in page.pictures) == (settings.get("model") != "perceptron")


def test_counts():
    rng = np.random.default_rng(0)
    x = rng.normal(size=200)
    frame = pl.DataFrame({"x": x, "count": rng.poisson(np.exp(x))})
    page = report_of_training(trained(frame, target="count", loss="poisson", epochs=5))
    assert page.facts.network.layers[-1].activation == "exp"
    assert page.facts.asked.task == "regression"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model",
    [
        MLPClassifier((4,), max_iter=5, random_state=0),
        make_pipeline(StandardScaler(), MLPClassifier((4,), max_iter=5, random_state=0)),
        LogisticRegression(solver="newton"),
        RandomForestClassifier(5, random_state=0),
        RidgeClassifier(),
        DummyClassifier(),
        GridSearchCV(LogisticRegression(solver="newton"), {"alpha": [1.0, 2.0]}, cv=2),
    ],
    ids=lambda model: type(model).__name__,
)
def test_any_classifier_and_its_test_rows(model, numbers):
    X, y = numbers
    y = np.where(y > 0, "up", "down")
    model.fit(X[:80], y[:80])
    page = report(model, X[80:], y[80:])
    facts = page.facts
    assert facts.quality.rows == 40
    accuracy = accuracy_score(y[80:], model.predict(X[80:]))
    assert facts.quality.main.estimates[0].value == pytest.approx(accuracy)
    assert facts.quality.rivals[0].startswith("always ")
    assert facts.again is None
    ours = type(getattr(model, "best_estimator_", model)).__module__.startswith("chainrule")
    ours = ours or hasattr(model, "steps")
    assert (facts.network is not None, facts.course is not None) == (ours, ours)
    wanted = [name for name in ALL if name != "again"]
    if not ours:
        wanted = [n for n in wanted if n not in ("network", "training", "diagnosis")]
    assert headings(page) == wanted
    assert "Are these rows new to it?" in titles(page)
    assert ("calibration" in page.pictures) == hasattr(model, "predict_proba")
    assert "counted from 0 in X" in text_of(page) or not facts.wrong.rows


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(
    "model",
    [
        MLPRegressor(hidden_layer_sizes=(4,), max_iter=5),
        LinearRegression(),
        RandomForestRegressor(5),
    ],
    ids=lambda model: type(model).__name__,
)
def test_any_regressor_and_its_test_rows(model, numbers):
    X, y = numbers
    model.fit(X[:80], y[:80])
    page = report(model, X[80:], y[80:], sample_weight=np.arange(40.0))
    assert page.facts.quality.rows == 39  # one has weight 0
    found = page.facts.quality.score("r2").estimates[0].value
    weights = np.arange(40.0)
    assert found == pytest.approx(r2_score(y[80:], model.predict(X[80:]), sample_weight=weights))
    assert page.facts.quality.rivals == ("always the mean",)
    assert "predicted" in page.pictures


def test_columns_of_a_table_are_told_by_their_names(numbers):
    X, y = numbers
    frame = pd.DataFrame(X, columns=["age", "<b>", "x"])
    frame.iloc[90, 0] = np.nan
    model = RandomForestRegressor(5).fit(frame[:80], y[:80])
    page = report(model, frame[80:], pd.Series(y[80:], name="price"))
    columns = page.facts.table.columns
    assert [(c.name, c.missing) for c in columns] == [("age", 1), ("<b>", 0), ("x", 0)]
    assert page.facts.asked.target == "price"
    assert page.facts.table.of_test_rows


def test_columns_that_are_no_kind_of_column_are_left_out(numbers):
    X, y = numbers
    model = LinearRegression().fit(X, y)
    constant = np.ones((5, 3))
    assert table_facts(of_estimator_of(model, constant)) is None


def of_estimator_of(model, X):
    from chainrule.reporting._subject import of_estimator

    return of_estimator(model, X, np.arange(len(X)))


def test_one_row_and_one_class(numbers):
    X, y = numbers
    model = LogisticRegression(solver="newton").fit(X, y > 0)
    one = report(model, X[:1], y[:1] > 0)
    assert one.facts.quality.rows == 1
    assert one.facts.importance is None
    of_one_class = report(model, X[y > 0], y[y > 0] > 0)
    assert of_one_class.facts.quality.score("roc_auc") is None
    assert parsed(of_one_class) is not None


# ---------------------------------------------------------------------------- misuse


def test_misuse_is_told_in_one_sentence(penguins, numbers, tmp_path):
    X, y = numbers
    fitted = LinearRegression().fit(X, y)
    table = load_example("penguins")
    for given, said in (
        ((fitted, X), "report needs y"),
        ((fitted, X, y[:5]), "X has 120 rows but y has 5"),
        ((fitted, X, ["a"] * 120), "y holds 'a'"),
        ((fitted, X, np.full(120, np.nan)), "no finite number"),
        ((LinearRegression, X, y), "the class LinearRegression"),
        ((StandardScaler().fit(X), X, y), "not about StandardScaler"),
        ((LinearRegression().fit(X, X), X, y), "several targets"),
        ((None, X, y), "not about NoneType"),
        ((penguins.model, table, [1]), "leave out y"),
        ((penguins.model, table.frame.drop("island")), "lack the column 'island'"),
        ((penguins.model, table.frame.drop("species")), "no column 'species'"),
    ):
        with pytest.raises(InputError, match=re.escape(said)) as error:
            report(*given)
        assert "\n" not in str(error.value)
    with pytest.raises(InputError, match="sample_weight must be"):
        report(fitted, X, y, sample_weight=[-1.0] * 120)
    with pytest.raises(InputError, match="leave out sample_weight"):
        report(penguins.model, table, sample_weight=[1.0])
    with pytest.raises(InputError, match="does not exist"):
        report(fitted, X, y, path=tmp_path / "absent" / "a.html")
    with pytest.raises(NotFittedError, match="call fit first"):
        report(LinearRegression(), X, y)
    with pytest.raises(InputError, match="which is none of"):
        report(LogisticRegression(solver="newton").fit(X, y > 0), X, np.full(120, 7))
