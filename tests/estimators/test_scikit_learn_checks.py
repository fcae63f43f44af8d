"""Every check that scikit-learn has for estimators; none is expected to fail."""

from unittest import SkipTest

import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from chainrule import (
    LinearRegression,
    LogisticRegression,
    MLPClassifier,
    MLPRegressor,
    Perceptron,
)

KINDS = (MLPClassifier, MLPRegressor)
# What a check itself says does not concern these classes or this environment.
NOT_CONCERNED = (
    "SCIPY_ARRAY_API is not set",
    "does not have a decision_function method",
    "does not have a predict_proba method",
)

# Checks whose own assumption does not hold for a setting, for scikit-learn's two classes as for
# ours; the same checks run on every other setting.
SPLIT_OFF = {
    "check_fit_score_takes_y",  # calls partial_fit, which early stopping refuses
    "check_n_features_in_after_fitting",
    "check_estimators_partial_fit_n_features",
    "check_estimators_nan_inf",
    "check_regressors_no_decision_function",  # too few rows to split any off
    "check_classifiers_one_label",
    "check_fit2d_1feature",
    "check_sample_weight_equivalence_on_dense_data",  # other rows are split off
    "check_sample_weight_equivalence_on_sparse_data",
    "check_class_weight_classifiers",  # stops at once on the few rows that are split off
}
DROPPED_OUT = {
    "check_sample_weight_equivalence_on_dense_data",  # other rows are dropped out otherwise
    "check_sample_weight_equivalence_on_sparse_data",
}
SATURATED = {
    # asks for p < 1 where p rounds to 1
    "check_classifiers_multilabel_output_format_predict_proba",
}
VARIANTS = [
    ({}, set()),
    ({"solver": "sgd", "learning_rate": "adaptive"}, set()),
    ({"solver": "gd", "initialization": "he"}, set()),
    ({"l1": 1e-4, "activation": ["gelu"]}, set()),
    ({"solver": "lbfgs"}, SATURATED),
    ({"dropout": 0.2}, DROPPED_OUT),
    ({"early_stopping": True}, SPLIT_OFF),
]
# Seeing a row twice is not seeing it once with twice the weight, for scikit-learn's as for ours.
ONE_BY_ONE = DROPPED_OUT
NEURONS = [
    (Perceptron(), ONE_BY_ONE),
    (LogisticRegression(), set()),
    (LogisticRegression(l1=0.1), set()),
    (LogisticRegression(solver="sgd"), set()),
    (LogisticRegression(solver="lbfgs", l1=0.1), set()),
    (LinearRegression(), set()),
    (LinearRegression(solver="adam"), set()),
]


def all_checks():
    """Collect the checks of every variant, those that a setting rules out left away."""
    networks = [([kind(**settings) for kind in KINDS], out) for settings, out in VARIANTS]
    neurons = [([neuron], out) for neuron, out in NEURONS]
    for estimators, ruled_out in networks + neurons:
        mark = parametrize_with_checks(estimators).mark
        for parameters in mark.args[1]:
            estimator, check = parameters
            if name_of(check) not in ruled_out:
                yield pytest.param(
                    estimator, check, id=mark.kwargs["ids"](estimator) + "-" + name_of(check)
                )


def name_of(check):
    return getattr(check, "func", check).__name__


# The checks fit for a few epochs only, with what data they have.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("estimator", "check"), list(all_checks()))
def test_scikit_learns_checks(estimator, check):
    reason = NOT_CONCERNED[0]
    try:
        check(estimator)
    except SkipTest as skipped:
        reason = str(skipped)
    assert any(known in reason for known in NOT_CONCERNED)


def test_the_filter_names_what_is_raised():
    with pytest.warns(ConvergenceWarning, match="Maximum iterations"):
        MLPClassifier(max_iter=1).fit([[0.0], [1.0]], [0, 1])
