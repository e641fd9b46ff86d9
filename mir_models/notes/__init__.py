"""Notes: annotations, performances, frames, piano rolls, time maps, decoding."""
