"""Numerical precision: a network that was trained in mixed precision as one that computes in float32.

Mixed precision (P. Micikevicius et al., "Mixed Precision Training", ICLR 2018) computes in 16 bits and keeps weights in
32. 16 bits are slow on most CPUs, and no exchange format has mixed policies; the weights are the same.
"""

from __future__ import annotations

from typing import Any


def as_float32(model: Any) -> Any:
    """The network of `model`, not compiled, that computes in float32; `model` itself where it does so already.

    Parameters
    ----------
    model : keras.Model
    """
    import keras

    config = keras.saving.serialize_keras_object(model)
    plain = _plain(config)
    if plain == config:
        return model
    copy = keras.saving.deserialize_keras_object({key: plain[key] for key in plain if key != "compile_config"})
    copy.set_weights(model.get_weights())
    return copy


def _plain(config: Any) -> Any:
    """A serialised object with ``float32`` in the place of every mixed policy."""
    if isinstance(config, list | tuple):
        return type(config)(map(_plain, config))
    if not isinstance(config, dict):
        return config
    if config.get("class_name") == "DTypePolicy":
        return {**config, "config": {**config["config"], "name": "float32"}}
    return {key: _plain(value) for key, value in config.items()}
