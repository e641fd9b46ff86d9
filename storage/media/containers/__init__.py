"""Containers of audio: what the headers of a file promise, compared with the bytes that are there.

Each has a function ``layout(data)`` that returns how the file has to be read (`storage.media.containers.layout.Layout`)
so that all of its sound is decoded, or None where the file is of another container.

* `layout`: stretches of bytes, patches of headers, damage
* `mpeg`: frames of MP3 files
* `ogg`: pages and chained streams
* `flac`: the last frame
* `pcm`: sizes in WAV, RF64, AIFF, AU and CAF files
"""

__all__ = ["flac", "layout", "mpeg", "ogg", "pcm"]
