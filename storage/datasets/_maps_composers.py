"""Composers of the pieces of MAPS, by the beginning of the file name.

The pieces are of the Classical Piano MIDI Page (piano-midi.de; Emiya, Badeau and David, 2010), which begins the name
of a file with a short form of the composer (``alb_se3``) and, for Beethoven's sonatas, with the name of the sonata
(``mond_1``). The short forms are those of the page, also of pieces that MAPS does not have.
"""

from __future__ import annotations

import re

COMPOSERS = {
    "Albeniz": r"alb_",
    "Bach": r"bach_",
    "Balakirev": r"islamei",
    "Beethoven": r"appass_|beeth|elise|mond_|pathetique_|waldstein_",
    "Borodin": r"bor_",
    "Brahms": r"br_|brahms_",
    "Burgmueller": r"burg_",
    "Chopin": r"chpn?[_-]",
    "Clementi": r"clementi_",
    "Debussy": r"deb_|debussy_",
    "Godowsky": r"god_",
    "Granados": r"gra_",
    "Grieg": r"grieg_",
    "Haydn": r"hay_|haydn_",
    "Krueger": r"bk_",
    "Liszt": r"liz_",
    "Mendelssohn": r"mendel_",
    "Moszkowski": r"mos_",
    "Mozart": r"mz_",
    "Mussorgsky": r"muss_",
    "Rachmaninoff": r"rach?_",
    "Ravel": r"rav_|ravel_",
    "Schubert": r"schub?_|schuim|schumm",
    "Schumann": r"scn|schum_",
    "Sinding": r"fruehlingsrauschen",
    "Tchaikovsky": r"ty_",
}
"""Patterns of the beginning of a piece's name; no name begins with two of them."""


def composer(piece: str) -> str | None:
    """Surname of who composed a piece, or None where its name does not show it.

    Examples
    --------
    >>> composer("chpn-p8"), composer("schumm-3"), composer("nocturne")
    ('Chopin', 'Schubert', None)
    """
    return next((name for name, begins in COMPOSERS.items() if re.match(begins, piece, re.IGNORECASE)), None)
