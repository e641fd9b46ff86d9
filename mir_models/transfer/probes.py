"""Probes: simple classifiers on rows of numbers, scored on tracks that they did not learn from.

Tracks are divided into folds that keep groups (works, albums) together and classes alike; a probe learns from all folds
but one and answers that one, until all are answered. Its own settings are chosen within what it learns from, again by
folds. So nothing that is scored has been seen, whether by the probe or by the choice of its settings.
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


def _machine(n_tracks: int) -> tuple[Any, dict[str, Sequence[float]]]:
    from sklearn.svm import SVC

    return SVC(class_weight="balanced"), {"C": PENALTIES}


def _neighbours(n_tracks: int) -> tuple[Any, dict[str, Sequence[float]]]:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(), {"n_neighbors": [n for n in NEIGHBOURS if n <= n_tracks / 2]}


PROBES: dict[str, Callable[[int], tuple[Any, dict[str, Sequence[float]]]]] = {
    "logistic regression": _logistic,
    "SVM": _machine,
    "kNN": _neighbours,
}
"""By name: an estimator, and the settings among which folds choose, given the number of tracks."""


def folds(classes: ArrayLike, groups: ArrayLike, seed: int, n_folds: int = N_FOLDS) -> list[tuple[Indices, Indices]]:
    """Which tracks are learnt from and which are answered, by fold.

    Parameters
    ----------
    classes, groups : (n_tracks,) str
        Groups are never divided; classes are as even as they allow.
    seed : int

    Raises
    ------
    MirlitonError
        Where a class has fewer groups than there are folds: some fold would have to answer what it never heard.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    names, of = np.asarray(classes), np.asarray(groups)
    few = {str(name): len(set(of[names == name])) for name in np.unique(names)}
    few = {name: n for name, n in few.items() if n < n_folds}
    if few or len(np.unique(names)) < 2:
        remedy = "add tracks, leave these classes out, or group by something smaller"
        raise MirlitonError(f"two classes of {n_folds} groups or more", received=few or "one class", remedy=remedy)
    divided = StratifiedGroupKFold(n_folds, shuffle=True, random_state=seed).split(names, names, of)
    return [(np.asarray(learnt), np.asarray(asked)) for learnt, asked in divided]


def fitted(probe: str, rows: NDArray[np.float64], classes: ArrayLike, groups: ArrayLike, seed: int) -> Any:
    """A probe on standardised rows (n_tracks, n_numbers), its settings those of the best macro F1 over inner folds.

    There are fewer inner folds where a class has fewer groups than that.
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
    """As many as `INNER_FOLDS`, or as the class with the fewest groups has."""
    pairs = set(zip(np.asarray(classes).tolist(), np.asarray(groups).tolist(), strict=True))
    fewest = min(Counter(name for name, _ in pairs).values())
    if fewest < 2:
        remedy = "divide into more folds, or leave classes with so few groups out"
        raise MirlitonError("two groups of every class to choose settings by", received=fewest, remedy=remedy)
    return min(INNER_FOLDS, fewest)


def answers(
    probe: str, rows: NDArray[np.float64], classes: ArrayLike, groups: ArrayLike, seed: int, n_folds: int = N_FOLDS
) -> NDArray[np.str_]:
    """(n_tracks,) what a probe says of every track, having learnt from the other folds."""
    names, of = np.asarray(classes), np.asarray(groups)
    said = np.empty_like(names)
    for learnt, asked in folds(names, of, seed, n_folds):
        said[asked] = fitted(probe, rows[learnt], names[learnt], of[learnt], seed).predict(rows[asked])
    return said
