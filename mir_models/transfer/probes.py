"""Probes: simple classifiers on embeddings, evaluated by nested cross-validation that keeps groups together.

Tracks are divided into folds that keep groups (works, albums) together and classes balanced; a probe is trained on all
folds but one and predicts that one, until all are predicted. Its hyperparameters are chosen within its training folds,
by inner folds. So no track that is scored was seen, whether by the probe or by the choice of its hyperparameters.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mir_models.errors import MirlitonError

N_FOLDS, INNER_FOLDS = 5, 4
PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
NEIGHBOURS = (1, 3, 5, 9)

Indices = NDArray[np.int64]


def _logistic(n_tracks: int) -> tuple[Any, dict[str, Sequence[float]]]:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000, class_weight="balanced"), {"C": PENALTIES}


def _svm(n_tracks: int) -> tuple[Any, dict[str, Sequence[float]]]:
    from sklearn.svm import SVC

    return SVC(class_weight="balanced"), {"C": PENALTIES}


def _neighbours(n_tracks: int) -> tuple[Any, dict[str, Sequence[float]]]:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(), {"n_neighbors": [n for n in NEIGHBOURS if n <= n_tracks / 2]}


PROBES: dict[str, Callable[[int], tuple[Any, dict[str, Sequence[float]]]]] = {
    "logistic regression": _logistic,
    "SVM": _svm,
    "kNN": _neighbours,
}
"""Name to a function of the number of tracks: an estimator, and the hyperparameters to choose from."""


def folds(classes: ArrayLike, groups: ArrayLike, seed: int, n_folds: int = N_FOLDS) -> list[tuple[Indices, Indices]]:
    """Indices of training and test tracks, by fold.

    Parameters
    ----------
    classes, groups : (n_tracks,) str
        Groups are never divided; classes are as even as they allow.
    seed : int

    Raises
    ------
    MirlitonError
        Where a class has fewer groups than there are folds: it would be missing in the training tracks of some fold.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    names, of = np.asarray(classes), np.asarray(groups)
    few = {str(name): len(set(of[names == name])) for name in np.unique(names)}
    few = {name: n for name, n in few.items() if n < n_folds}
    if few or len(np.unique(names)) < 2:
        remedy = "add tracks, leave these classes out, or group by something smaller"
        raise MirlitonError(f"two classes of {n_folds} groups or more", received=few or "one class", remedy=remedy)
    divided = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed).split(names, names, of)
    return [(np.asarray(train), np.asarray(test)) for train, test in divided]


def fit_probe(probe: str, rows: NDArray[np.float64], classes: ArrayLike, groups: ArrayLike, seed: int) -> Any:
    """A probe fitted on standardised rows, its hyperparameters those of the best macro F1 over inner folds.

    Parameters
    ----------
    probe : str
        Name of one of `PROBES`.
    rows : (n_tracks, n_numbers)
    classes, groups : (n_tracks,) str
    seed : int
        Of the inner folds: `INNER_FOLDS`, or as many as the class of the fewest groups has groups.

    Returns
    -------
    sklearn.model_selection.GridSearchCV
        ``predict(rows)`` gives classes.

    Raises
    ------
    MirlitonError
        Where a class has one group only.
    """
    from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    estimator, settings = PROBES[probe](len(rows))
    grid = {f"{type(estimator).__name__.lower()}__{name}": values for name, values in settings.items()}
    inner = StratifiedGroupKFold(_inner_folds(classes, groups), shuffle=True, random_state=seed)
    search = GridSearchCV(make_pipeline(StandardScaler(), estimator), grid, scoring="f1_macro", cv=inner)
    return search.fit(rows, np.asarray(classes), groups=np.asarray(groups))


def _inner_folds(classes: ArrayLike, groups: ArrayLike) -> int:
    """Number of inner folds: `INNER_FOLDS`, or the groups of the class that has fewest."""
    pairs = set(zip(np.asarray(classes).tolist(), np.asarray(groups).tolist(), strict=True))
    fewest = min(Counter(name for name, _ in pairs).values())
    if fewest < 2:
        remedy = "divide into more folds, or leave classes with so few groups out"
        raise MirlitonError("two groups of every class to choose settings by", received=fewest, remedy=remedy)
    return min(INNER_FOLDS, fewest)


def cross_val_predict(
    probe: str, rows: NDArray[np.float64], classes: ArrayLike, groups: ArrayLike, seed: int, n_folds: int = N_FOLDS
) -> NDArray[np.str_]:
    """(n_tracks,) class of every track, as predicted by a probe that was trained on the other folds.

    See `fit_probe` for the parameters; `seed` is that of outer and inner folds.
    """
    names, of = np.asarray(classes), np.asarray(groups)
    predicted = np.empty_like(names)
    for train, test in folds(names, of, seed, n_folds):
        predicted[test] = fit_probe(probe, rows[train], names[train], of[train], seed).predict(rows[test])
    return predicted
