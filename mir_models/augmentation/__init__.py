"""Augmentation: changed copies of training data whose labels stay true.

``variants``: augmented copies of recordings of the train split, made before features are extracted and stored
``waveform``: the augmentations of audio that they are a chain of, one file each
``spectrum``: augmentation of training examples on the fly, features and labels together
``levels``: peak and mean power of audio
"""

__all__ = ["levels", "spectrum", "variants", "waveform"]
