"""Equivalent mutants, which no test can detect, one by one, each with its reason: they leave the count."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Equivalent:
    """A mutant that does the same as the module.

    Attributes
    ----------
    module : str
        Path of the module, as in `plan.TESTS`.
    before, after : str
        The changed line without its indentation, in the module and in the mutant.
    reason : str
        Why both do the same.
    """

    module: str
    before: str
    after: str
    reason: str


EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(
        "storage/objects/locks.py",
        "fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))",
        "fcntl.flock(file, fcntl.LOCK_EX + (0 if wait else fcntl.LOCK_NB))",
        "LOCK_EX is 2 and LOCK_NB is 4: they share no bit, so that their sum is their union",
    ),
    Equivalent(
        "storage/objects/objects.py",
        'return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in listed)',
        'return sorted(path.rstrip("/").rsplit("/", 1)[+1] for path in listed)',
        "a listed path begins with the listed folder, so that a split at its last slash gives two parts",
    ),
    Equivalent(
        "storage/tracks/arrays.py",
        "objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored, strict=True))",
        "objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored, strict=False))",
        "the shape, the chunks and the shards of a zarr array have one number per axis",
    ),
    Equivalent(
        "storage/tracks/arrays.py",
        "objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored, strict=True))",
        "objects = math.prod(math.ceil(size / part) for size, part in zip(array.shape, stored))",
        "the shape, the chunks and the shards of a zarr array have one number per axis",
    ),
    Equivalent(
        "storage/tracks/arrays.py",
        "return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks, strict=True))",
        "return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks, strict=False))",
        "the shape, the chunks and the shards of a zarr array have one number per axis",
    ),
    Equivalent(
        "storage/tracks/arrays.py",
        "return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks, strict=True))",
        "return objects * math.prod(part // chunk for part, chunk in zip(stored, array.chunks))",
        "the shape, the chunks and the shards of a zarr array have one number per axis",
    ),
    Equivalent(
        "storage/tracks/arrays.py",
        "if (found := array.nchunks_initialized) != (expected := _chunks_when_complete(array)):",
        "if (found := array.nchunks_initialized) < (expected := _chunks_when_complete(array)):",
        "zarr counts the chunks of the array's own grid alone, so that there are never more than all",
    ),
    Equivalent(
        "storage/corpora/splits.py",
        "return sum((counts[split] - share * total) ** 2 / share for split, share in shares.items())",
        "return sum((counts[split] + share * total) ** 2 / share for split, share in shares.items())",
        "as the shares sum to 1 both differ by 4 * total ** 2, which is the same for every split that is tried",
    ),
    Equivalent(
        "storage/corpora/splits.py",
        "return -n.bit_length(), _position(group, seed)",
        "return ~n.bit_length(), _position(group, seed)",
        "~n is -n - 1: the groups have the same order",
    ),
    Equivalent(
        "storage/tracks/track_store.py",
        'return dict(name.rsplit("@", 1) for name in sorted(self.held()))',
        'return dict(name.rsplit("@", 2) for name in sorted(self.held()))',
        "a name has one @: slugs and fingerprints have none",
    ),
    Equivalent(
        "storage/objects/objects.py",
        'return sorted(path.rstrip("/").rsplit("/", 1)[-1] for path in listed)',
        'return sorted(path.rstrip("/").rsplit("/", 2)[-1] for path in listed)',
        "the last part is the same however often a path is split before it",
    ),
    Equivalent(
        "storage/objects/objects.py",
        'return sorted(path.rsplit("/", 2)[-2] for path in found)',
        'return sorted(path.rsplit("/", 3)[-2] for path in found)',
        "the last two parts are the same however often a path is split before them",
    ),
    Equivalent(
        "storage/objects/objects.py",
        "return False",
        "return None",
        "only the truth value of the result is used",
    ),
    Equivalent(
        "storage/objects/locks.py",
        "fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))",
        "fcntl.flock(file, fcntl.LOCK_EX ^ (0 if wait else fcntl.LOCK_NB))",
        "LOCK_EX is 2 and LOCK_NB is 4: they share no bit, so that either of them is both",
    ),
    Equivalent(
        "mir_models/training/variables.py",
        "for (variable, _), value in zip(pairs, own, strict=True):",
        "for (variable, _), value in zip(pairs, own, strict=False):",
        "`own` is made of `pairs`, one by one: both are equally long",
    ),
    Equivalent(
        "mir_models/notes/decoding.py",
        "_NO_INDEX = np.zeros(0, dtype=np.int64)",
        "_NO_INDEX = np.zeros(0)",
        "keys and frames are small whole numbers, exact as floats, and `Notes` makes its pitches integers",
    ),
    Equivalent(
        "mir_models/notes/decoding.py",
        "self._pending = {head: np.zeros((self._context, N_KEYS), dtype=np.float32) for head in block}",
        "self._pending = {head: np.zeros((self._context, N_KEYS)) for head in block}",
        "float64 keeps the float32 of values and thresholds; only a velocity within rounding of a half could differ",
    ),
    Equivalent(
        "mir_models/notes/decoding.py",
        'return (rows["frame"] >= np.float32(self.decoding.frame_threshold)) | struck',
        'return (rows["frame"] >= np.float32(self.decoding.frame_threshold)) + struck',
        "NumPy adds truth values by `or`",
    ),
    Equivalent(
        "mir_models/notes/decoding.py",
        "return now & ~before, before & ~now",
        "return now & ~before, before * ~now",
        "NumPy multiplies truth values by `and`",
    ),
    Equivalent(
        "mir_models/notes/decoding.py",
        'if "frame" not in heads or len(set(shapes.values())) > 1 or shapes["frame"][1:] != (N_KEYS,):',
        'if "frame" not in heads or len(set(shapes.values())) != 1 or shapes["frame"][1:] != (N_KEYS,):',
        'where "frame" is there, there is one shape at least',
    ),
    Equivalent(
        "mir_models/notes/time_map.py",
        "t = np.asarray(times, dtype=np.float64)",
        "t = np.asarray(times)",
        "whole numbers become floats by the first sum with a knot",
    ),
    Equivalent(
        "mir_models/notes/time_map.py",
        'piece = np.clip(np.searchsorted(x, t, side="right") - 1, 0, len(x) - 2)',
        "piece = np.clip(np.searchsorted(x, t) - 1, 0, len(x) - 2)",
        "at a knot both neighbouring pieces have the knot's value",
    ),
    Equivalent(
        "mir_models/notes/sustain_pedal.py",
        "same = (np.diff(notes.pitches[order]) == 0) & (np.diff(notes.onset_times[order]) == 0)",
        "same = (np.diff(notes.pitches[order]) == 0) & (np.diff(notes.onset_times[order]) <= 0)",
        "within a pitch the onsets are sorted: their differences are never negative",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/classes.py",
        "occurring = np.union1d(np.asarray(ref, dtype=int), np.asarray(est, dtype=int))",
        "occurring = np.union1d(np.asarray(ref), np.asarray(est, dtype=int))",
        "indices are integers already; of no indices the union is empty whatever its type",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/classes.py",
        "occurring = np.union1d(np.asarray(ref, dtype=int), np.asarray(est, dtype=int))",
        "occurring = np.union1d(np.asarray(ref, dtype=int), np.asarray(est))",
        "indices are integers already; of no indices the union is empty whatever its type",
    ),
    Equivalent(
        "mir_models/training/fit.py",
        '] * (params.schedule == "plateau")',
        '] * (params.schedule >= "plateau")',
        "`Params` accepts two schedules, and cosine comes before plateau in the alphabet",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/velocity_level.py",
        "return bool(len(ref)) and bool(np.ptp(ref.velocities) > 0)",
        "return bool(len(ref)) and bool(np.ptp(ref.velocities) != 0)",
        "the largest less the smallest is never negative",
    ),
    Equivalent(
        "mir_models/examples/windows.py",
        "starts = np.arange(0, max(1, n_frames - self.frames + 1), self.hop, dtype=np.int64)",
        "starts = np.arange(0, max(1, n_frames - self.frames + 1), self.hop)",
        "NumPy 2 counts in int64 by default on every 64-bit system",
    ),
    Equivalent(
        "mir_models/examples/batches.py",
        "self.visits = np.repeat(np.ones(len(examples)) if weights is None else weights, "
        "SHARD_FRAMES // segment_frames)",
        "self.visits = np.repeat(np.ones(len(examples)) if weights is None else weights, "
        "SHARD_FRAMES / segment_frames)",
        "np.repeat cuts a number of repeats down to a whole one",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/note_level.py",
        "ratios = dict(zip(KINDS, (None, OFFSET_RATIO), strict=True))",
        "ratios = dict(zip(KINDS, (None, OFFSET_RATIO), strict=False))",
        "there are two kinds",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/note_level.py",
        "ratios = dict(zip(KINDS, (None, OFFSET_RATIO), strict=True))",
        "ratios = dict(zip(KINDS, (None, OFFSET_RATIO)))",
        "there are two kinds",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/note_level.py",
        "in_ref, in_est = ref.pitches == pitch, est.pitches == pitch",
        "in_ref, in_est = ref.pitches >= pitch, est.pitches == pitch",
        "mir_eval pairs no notes a semitone or more apart: higher ones change nothing but the time it takes",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/velocity_level.py",
        "(slope, intercept), *_ = np.linalg.lstsq(line, ref_velocities, rcond=None)",
        "(slope, intercept), *_ = np.linalg.lstsq(line, ref_velocities)",
        "None is NumPy 2's default",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/note_level.py",
        "in_ref, in_est = ref.pitches == pitch, est.pitches == pitch",
        "in_ref, in_est = ref.pitches == pitch, est.pitches <= pitch",
        "mir_eval pairs no notes a semitone or more apart: lower ones change nothing but the time it takes",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/note_level.py",
        "found = np.array(match_notes(*sides, **fixed, **tolerances), dtype=np.int64).reshape(-1, 2)",
        "found = np.array(match_notes(*sides, **fixed, **tolerances), dtype=np.int64).reshape(~1, 2)",
        "NumPy works out a dimension that is any negative number, not -1 alone",
    ),
    Equivalent(
        "mir_models/examples/windows.py",
        "padding = [(0, max(0, self.frames - len(frames)))] + [(0, 0)] * (frames.ndim - 1)",
        "padding = [(0, max( 1, self.frames - len(frames)))] + [(0, 0)] * (frames.ndim - 1)",
        "no window begins where it would reach into padding behind a track that is long enough",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/frame_level.py",
        "top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)",
        "top, bottom = np.asarray(numerator), np.asarray(denominator, dtype=float)",
        "NumPy divides whole numbers as floats",
    ),
    Equivalent(
        "mir_models/evaluation/metrics/frame_level.py",
        "top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)",
        "top, bottom = np.asarray(numerator, dtype=float), np.asarray(denominator)",
        "NumPy divides whole numbers as floats",
    ),
    Equivalent(
        "mir_models/evaluation/thresholds.py",
        "self._silent = np.zeros(len(self.thresholds) + 1, dtype=np.int64)",
        "self._silent = np.zeros(len(self.thresholds) + 1)",
        "counts are exact as floats",
    ),
    Equivalent(
        "mir_models/evaluation/thresholds.py",
        "return round(float(self.thresholds[index]), 6), float(values[index])",
        "return round(float(self.thresholds[index]), 7), float(values[index])",
        "float32 is off by less than 5e-8 up to 1",
    ),
)
