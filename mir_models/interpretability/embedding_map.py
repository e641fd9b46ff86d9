"""Embedding map: rows of numbers as points of the plane by t-SNE [1]_.

.. [1] L. van der Maaten and G. Hinton, "Visualizing Data using t-SNE", JMLR 9, 2008.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

PERPLEXITY = 30.0
MIN_ROWS = 6
"""Fewest rows of which a map is made."""


def tsne(rows: NDArray[np.float64], *, seed: int = 0) -> NDArray[np.float64]:
    """(n, 2) points of rows (n, n_numbers), n at least `MIN_ROWS`; they are standardised first."""
    from sklearn.manifold import TSNE
    from sklearn.preprocessing import StandardScaler

    perplexity = min(PERPLEXITY, (len(rows) - 1) / 3)
    return TSNE(2, perplexity=perplexity, random_state=seed, init="pca").fit_transform(
        StandardScaler().fit_transform(rows)
    )
