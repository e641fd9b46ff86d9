"""Storage: everything that is read from or written to disk, network or URL. No feature is computed here.

* `corpora`, `datasets`, `downloads`: registered datasets, loaders by corpus layout, published files
* `media`: audio, MIDI and other note formats, Ogg, PNG
* `objects`: stores in a folder or behind a URL, atomic files, locks
* `tracks`, `examples`: arrays and records by track, shards and windows for training
* `models`, `reports`: trained and exported models, pages
* `servers`: servers that a team shares
* `staleness`: what is out of date
* `workers`: Dask
* `dotted`: nested parameters flattened to dotted names
* `fingerprints`: hashes by which results are addressed
* `home`: locations from the environment
* `progress`: progress of long work, by callbacks
* `records`: dataclasses as JSON
* `settings_file`: settings of a home, where the environment has none
"""
