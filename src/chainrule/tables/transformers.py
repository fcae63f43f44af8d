"""Further steps of the encoder: numbers, categories, features of two of them, the matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import numpy as np
import polars as pl
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.preprocessing import OneHotEncoder
from sklearn.utils.validation import check_is_fitted

from chainrule.tables.cells import MOST_LEVELS, rare_below, strongly_skewed
from chainrule.tables.names import subscripted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PLANE_FEATURES", "CategoryColumns", "NetworkInput", "NumberColumns", "PlaneFeatures"]

#: What a network can be given of the two columns that span a plane; the first two are themselves.
PLANE_FEATURES = ("x1", "x2", "x1_squared", "x2_squared", "product", "sin_x1", "sin_x2")

_RARE = "(rare)"
_FARTHEST = 1000.0
_INDICATOR = "missingindicator_"


class NumberColumns(TransformerMixin, BaseEstimator):
    """Numbers as a float32 matrix, centered, after the logarithm of what is strongly skewed.

    A column without negative values whose skewness exceeds 2 becomes log(1 + x), if that makes it
    less skewed. Centering by the median, in double precision, keeps what single precision
    would lose of large numbers that differ little, such as times in seconds. A number further from
    the median than a thousand times the range seen in ``fit`` is cut to that.

    Parameters
    ----------
    adjust : bool
        False leaves the numbers as they are.

    Attributes
    ----------
    logarithm_ : ndarray of bool, shape (n_features,)
        Which columns are taken the logarithm of.
    center_ : ndarray of float64, shape (n_features,)
        The median of each column, after the logarithm.
    reach_ : ndarray of float64, shape (n_features,)
        How far from the median a number may be.
    empty_ : ndarray of bool, shape (n_features,)
        Which columns had no value in ``fit``; they become 0.

    Examples
    --------
    >>> NumberColumns().fit_transform(pl.DataFrame({"a": [1.0, 2.0, None]}))
    array([[-0.5],
           [ 0.5],
           [ nan]], dtype=float32)
    """

    def __init__(self, *, adjust: bool = True) -> None:
        self.adjust = adjust

    def fit(self, X: pl.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn which columns are skewed, and the medians.

        Parameters
        ----------
        X : polars.DataFrame, shape (n_rows, n_features)
            Columns of Float64.
        y : ignored

        Returns
        -------
        self
        """
        self.n_features_in_ = X.width
        skewed = [self.adjust and strongly_skewed(column) for column in X]
        self.logarithm_ = np.array(skewed, dtype=bool)
        self.empty_ = np.array([column.count() == 0 for column in X], dtype=bool)
        self.center_ = np.zeros(X.width)
        self.reach_ = np.full(X.width, 0.0 if self.adjust else np.inf)
        for place, column in enumerate(X):
            if self.adjust and not self.empty_[place]:
                scaled = self._scaled(column, place).drop_nulls().to_numpy()
                self.center_[place] = np.median(scaled)
                self.reach_[place] = _FARTHEST * (scaled.max() - scaled.min())
        return self

    def transform(self, X: pl.DataFrame) -> NDArray[np.float32]:
        """Fill the matrix, column by column.

        Parameters
        ----------
        X : polars.DataFrame, shape (n_rows, n_features)
            Columns of Float64.

        Returns
        -------
        ndarray of float32, shape (n_rows, n_features)
            NaN where a cell is missing.
        """
        check_is_fitted(self)
        matrix = np.empty((X.height, X.width), np.float32)
        for place, column in enumerate(X):
            centered = self._scaled(column, place) - self.center_[place]
            reach = self.reach_[place]
            matrix[:, place] = centered.clip(-reach, reach).to_numpy()
        # Nothing is known of a column that had no value in ``fit``.
        matrix[:, self.empty_] = 0.0
        return matrix

    def get_feature_names_out(self, input_features: Sequence[str]) -> NDArray[np.object_]:
        """Return the names of the input, which stay.

        Parameters
        ----------
        input_features : sequence of str
            Names of the input columns.

        Returns
        -------
        ndarray of str
        """
        return np.asarray(input_features, dtype=object)

    def _scaled(self, column: pl.Series, place: int) -> pl.Series:
        if not self.logarithm_[place]:
            return column
        # A negative number that turns up later counts as zero.
        return column.clip(lower_bound=0.0).log1p()


class CategoryColumns(TransformerMixin, BaseEstimator):
    """Categories one-hot, by scikit-learn's OneHotEncoder, the rare values of a column in one.

    A value is rare if it has fewer than 10 rows (in small tables: one row in a hundred, at
    least 2) or 100 values are more frequent. A value never seen counts as rare, or as none of the
    known where none was rare.

    Attributes
    ----------
    levels_ : list of list of str
        The values of each column in order; their places are what the OneHotEncoder sees.
    one_hot_ : OneHotEncoder
        The fitted encoder.

    Examples
    --------
    >>> columns = CategoryColumns().fit(pl.DataFrame({"pet": ["cat", "dog", "cat", "dog"]}))
    >>> columns.transform(pl.DataFrame({"pet": ["dog", "emu"]}))
    array([[0., 1.],
           [0., 0.]], dtype=float32)
    >>> columns.get_feature_names_out().tolist()
    ['pet=cat', 'pet=dog']
    """

    def fit(self, X: pl.DataFrame, y: object = None) -> Self:  # noqa: ARG002
        """Learn the values of each column.

        Parameters
        ----------
        X : polars.DataFrame, shape (n_rows, n_features)
            Columns of String without missing.
        y : ignored

        Returns
        -------
        self
        """
        self.n_features_in_ = X.width
        self.names_ = list(X.columns)
        self.levels_ = [column.unique().sort().to_list() for column in X]
        self.one_hot_ = OneHotEncoder(
            categories=[np.arange(len(levels), dtype=np.float32) for levels in self.levels_],
            handle_unknown="infrequent_if_exist",
            min_frequency=rare_below(X.height),
            max_categories=MOST_LEVELS,
            sparse_output=False,
            dtype=np.float32,
        ).fit(self._codes(X))
        return self

    def transform(self, X: pl.DataFrame) -> NDArray[np.float32]:
        """Encode the columns.

        Parameters
        ----------
        X : polars.DataFrame, shape (n_rows, n_features)
            Columns of String without missing.

        Returns
        -------
        ndarray of float32, shape (n_rows, n_values)
        """
        check_is_fitted(self)
        matrix: NDArray[np.float32] = self.one_hot_.transform(self._codes(X))
        return matrix

    def get_feature_names_out(self, input_features: object = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Name the columns like "sex=female", and "sex=(rare)" for rare values in one.

        Parameters
        ----------
        input_features : ignored

        Returns
        -------
        ndarray of str
        """
        names: list[str] = []
        rare = self.one_hot_.infrequent_categories_
        for name, levels, grouped in zip(self.names_, self.levels_, rare, strict=True):
            places = set() if grouped is None else set(grouped.astype(int).tolist())
            names += [f"{name}={level}" for i, level in enumerate(levels) if i not in places]
            names += [f"{name}={_RARE}"] if places else []
        return np.array(names, dtype=object)

    def _codes(self, X: pl.DataFrame) -> NDArray[np.float32]:
        codes = np.empty((X.height, X.width), np.float32)
        for place, (column, levels) in enumerate(zip(X, self.levels_, strict=True)):
            codes[:, place] = column.replace_strict(
                pl.Series(levels, dtype=pl.String),
                pl.Series(range(len(levels)), dtype=pl.Float32),
                default=-1.0,
                return_dtype=pl.Float32,
            ).to_numpy()
        return codes


class _OfMatrix(TransformerMixin, BaseEstimator):
    """What is done to a matrix, of which nothing but its width is learned."""

    def fit(self, X: NDArray[Any], y: object = None) -> Self:  # noqa: ARG002
        """Learn the number of columns.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)
            Any matrix.
        y : ignored

        Returns
        -------
        self
        """
        self.n_features_in_ = X.shape[1]
        return self


class PlaneFeatures(_OfMatrix):
    r"""Squares, the product and sines of two columns, put behind what there is.

    .. math:: z_1^2,\; z_2^2,\; z_1 z_2,\; \sin \pi z_1,\; \sin \pi z_2,

    where :math:`z_1` and :math:`z_2` are the columns as they come, which is standardized.

    Parameters
    ----------
    first : int
        Which column x1 is.
    second : int or None
        Which column x2 is, of which there are no features without it.
    features : list of str
        Of ``PLANE_FEATURES``; a column that is not among them, as x1 and x2, is left out itself.

    Examples
    --------
    >>> features = PlaneFeatures(0, 1, ["x2", "x1_squared", "product"])
    >>> features.fit_transform(np.array([[2.0, 3.0, 7.0]]))
    array([[3., 7., 4., 6.]])
    >>> features.get_feature_names_out(["numbers__x1", "numbers__age", "flags__paid"]).tolist()
    ['numbers__age', 'flags__paid', 'features__x₁²', 'features__x₁ · age']
    """

    def __init__(self, first: int, second: int | None, features: list[str]) -> None:
        self.first = first
        self.second = second
        self.features = features

    def transform(self, X: NDArray[Any]) -> NDArray[Any]:
        """Leave out what is not among the features, and put the others behind.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_columns)
            As in ``fit``.

        Returns
        -------
        ndarray, shape (n_rows, n_features)
            Of the type of X.
        """
        check_is_fitted(self)
        more = [
            np.sin(np.pi * X[:, places[0]])
            if name.startswith("sin")
            else X[:, places[0]] * X[:, places[-1]]
            for name, places in self.made_of.items()
        ]
        return np.column_stack([X[:, self.kept], *more])

    @property
    def kept(self) -> list[int]:
        """The places of the columns that stay, in order."""
        left_out = {
            place
            for name, place in (("x1", self.first), ("x2", self.second))
            if place is not None and name not in self.features
        }
        return [place for place in range(self.n_features_in_) if place not in left_out]

    @property
    def made_of(self) -> dict[str, tuple[int, ...]]:
        """The places of the columns that each feature put behind is made of, in order."""
        first = (self.first,)
        second = () if self.second is None else (self.second,)
        sources = (first, second, (*first, *second), first, second)
        pairs = zip(PLANE_FEATURES[2:], sources, strict=True)
        return {name: source for name, source in pairs if name in self.features}

    def get_feature_names_out(self, input_features: Sequence[str]) -> NDArray[np.object_]:
        """Name the features as "x₁²", or "age²" by the columns' own names.

        Parameters
        ----------
        input_features : sequence of str
            Names from the ColumnTransformer: "numbers__x1".

        Returns
        -------
        ndarray of str
        """
        places = (self.first, self.first if self.second is None else self.second)
        own = [_plain_name(input_features[place]) for place in places]
        first, second = map(subscripted, own)
        # Only symbols can stand side by side as factors.
        symbols = first != own[0] and second != own[1]
        names = (
            *(f"{first}²", f"{second}²", f"{first}{second}" if symbols else f"{first} · {second}"),
            *(f"sin π{name}" if symbols else f"sin π · {name}" for name in (first, second)),
        )
        pairs = zip(PLANE_FEATURES[2:], names, strict=True)
        more = [f"features__{name}" for feature, name in pairs if feature in self.features]
        return np.array([*(input_features[i] for i in self.kept), *more], dtype=object)


class NetworkInput(_OfMatrix):
    """The last step: float32, rows contiguous in memory, readable names.

    Examples
    --------
    >>> NetworkInput().fit_transform(np.array([[1, 2]]))
    array([[1., 2.]], dtype=float32)
    """

    def transform(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Convert, copying only if need be.

        Parameters
        ----------
        X : ndarray, shape (n_rows, n_features)
            Any matrix.

        Returns
        -------
        ndarray of float32, shape (n_rows, n_features), C-contiguous
        """
        return np.ascontiguousarray(X, dtype=np.float32)

    def get_feature_names_out(self, input_features: Sequence[str]) -> NDArray[np.object_]:
        """Take the names of the step before without prefix, indicators as "age is missing".

        Parameters
        ----------
        input_features : sequence of str
            Names from the ColumnTransformer: "numbers__age", "numbers__missingindicator_age".

        Returns
        -------
        ndarray of str
        """
        return np.array([_readable(name) for name in input_features], dtype=object)


def _readable(name: str) -> str:
    name = _plain_name(name)
    if not name.startswith(_INDICATOR):
        return name
    return f"{name.removeprefix(_INDICATOR).removesuffix(': days')} is missing"


def _plain_name(name: str) -> str:
    # The ColumnTransformer puts the name of the branch first: "numbers__age".
    return name.partition("__")[2]
