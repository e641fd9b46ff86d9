"""The programs that run inside the systems' own environments, one file per package.

Each has ``load(*words)``, which loads the network once and returns a function of a WAV file's path. That returns
``{"notes": rows}`` with rows of onset, offset, MIDI pitch and velocity, in seconds and 0 to 127, None for what the
system does not estimate; and, where notes end with the key, ``"pedal"``: intervals with the sustain pedal down.

They are started by :mod:`experiments.peers.serve` and import nothing of mirliton.

``basic_pitch``, ``madmom``, ``transkun``: packages of others
``mirliton``: the command of this project
"""

__all__ = ["basic_pitch", "madmom", "mirliton", "transkun"]
