"""Augmentation: what a recording could have been as well, with labels that stay true.

Waveforms change before the features are extracted (:mod:`mir_models.augmentation.waveform`): seeded variants of
recordings of the train split that are stored.
"""
