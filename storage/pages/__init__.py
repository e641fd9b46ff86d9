"""What pages are made of: their style, and the piano roll that reports and the page of ``mirliton listen`` share.

* `data_urls`: how does a page contain pictures and sounds?
* `piano_roll`: what does a piano roll show, and how does a page contain it?

``style.css`` is of all pages; ``piano_roll.css``, ``roll_canvas.js`` and ``piano_roll.js``, in this order, are the
piano roll, which ``piano_roll.js`` describes. They fetch nothing.
"""

__all__ = ["data_urls", "piano_roll"]
