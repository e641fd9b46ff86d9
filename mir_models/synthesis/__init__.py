"""Sampled pianos: recordings of single notes, played as an instrument.

* `sampled_piano`: the samples of a piano, by key and velocity
* `tuned_piano`: its sounds, resampled to the tuning of every key
* `tuning`: deviations of strings from the samples' tuning
* `performance`: a performance rendered by a tuned piano
* `string_resonance`: what the undamped strings add while the sustain pedal is down
* `mechanical_noise`: noises of keys and pedal
"""

__all__ = [
    "mechanical_noise",
    "performance",
    "sampled_piano",
    "string_resonance",
    "tuned_piano",
    "tuning",
]
