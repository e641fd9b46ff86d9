"""The licences of training data in model cards: those that the owners stated, none that is only a loader's."""

from __future__ import annotations

from collections.abc import Mapping

from mir_models.errors import MirlitonError, ParameterError
from mir_models.similar_names import suggestion
from storage.corpora.registrations import LOADERS
from storage.datasets import LicenceByOptions


def stated_licences(recorded: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """The licence of every dataset that a model was trained on.

    Parameters
    ----------
    recorded : mapping of str to str
        By dataset, as the record of the training has them.
    given : mapping of str to str
        Those that are stated now, in the place of the recorded ones.

    Raises
    ------
    MirlitonError
        For a dataset that the model was not trained on, for an empty licence, and where that of a dataset is nowhere
        stated: what a loader says of files that it does not know tells the readers of a model card nothing.
    """
    for name, licence in given.items():
        if name not in recorded:
            remedy = f"{suggestion(name, recorded)}choose among {', '.join(sorted(recorded))}"
            raise ParameterError("a dataset that the model was trained on", received=name, remedy=remedy)
        if not licence.strip():
            remedy = f"write, e.g., --data-licence '{name}=CC0 1.0'"
            raise ParameterError(f"the licence of {name}", received="no words", remedy=remedy)
    stated = {**recorded, **given}
    unknown = {each.LICENCE for each in LOADERS.entries().values() if isinstance(each, LicenceByOptions)}
    if missing := sorted(name for name, licence in stated.items() if licence in unknown):
        remedy = " ".join(f"--data-licence '{name}=WORDS'" for name in missing)
        remedy = f"{remedy}; for trainings to come, mirliton add … --option licence=WORDS"
        expected = "the licence of all that the model was trained on, for its card"
        raise MirlitonError(expected, received=f"none of {', '.join(missing)}", remedy=remedy)
    return stated
