"""Miniature copies of mirdata's datasets in their true layouts."""

from __future__ import annotations

import importlib.util
import json
import socket
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

needs_mirdata = pytest.mark.skipif(
    importlib.util.find_spec("mirdata") is None, reason="mirdata is not installed: pip install 'mirliton[mirdata]'"
)


def cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any use of the network fails."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("the loader used the network")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def lay_out(root: Path, filename: str, tracks: dict[str, dict[str, str | None]], **more: Any) -> Path:
    """mirdata's index of some tracks, and every file that it names; recordings of 0.1 s, all else empty."""
    files = {id: {kind: [path, path and "0" * 32] for kind, path in each.items()} for id, each in tracks.items()}
    write(root / filename, json.dumps({"version": "1.0", "tracks": files} | more))
    for path in (path for each in tracks.values() for path in each.values() if path):
        write(root / path)
        if path.endswith((".wav", ".flac")):
            soundfile.write(root / path, np.zeros(800), 8000)
    return root


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def gtzan_mini(root: Path, *ids: str) -> Path:
    folder, notes = "gtzan_mini-main/genres", "gtzan_tempo_beat-main"
    tracks: dict[str, dict[str, str | None]] = {
        id: {
            "audio": f"{folder}/{id.split('.')[0]}/{id}.wav",
            "beats": f"{notes}/beats/gtzan_{id.replace('.', '_')}.beats",
            "tempo": f"{notes}/tempo/gtzan_{id.replace('.', '_')}.bpm",
        }
        for id in ids
    }
    return lay_out(root, "gtzan_genre_1.0_mini_index.json", tracks)


def vocadito(root: Path, notes: str = "0.661768707,143.742,0.290249433\n") -> Path:
    tracks: dict[str, dict[str, str | None]] = {
        id: {
            "audio": f"Audio/vocadito_{id}.wav",
            "f0": f"Annotations/F0/vocadito_{id}_f0.csv",
            "notesA1": f"Annotations/Notes/vocadito_{id}_notesA1.csv",
            "notesA2": f"Annotations/Notes/vocadito_{id}_notesA2.csv",
            "lyrics": f"Annotations/Lyrics/vocadito_{id}_lyrics.txt",
        }
        for id in ("1", "2", "10")
    }
    lay_out(root, "vocadito_index_1.0.json", tracks)
    write(
        root / "vocadito_metadata.csv",
        "track_id,singer_id,average_pitch,language\n1,S1,50,Tagalog\n2,S2,65,Spanish\n10,S7,49,English\n",
    )
    write(root / "Annotations/Notes/vocadito_1_notesA1.csv", notes)
    return root


MAESTRO = {  # Ids as in MAESTRO 2.0.0: the file's path up to the first dot.
    "2018/MIDI-Unprocessed_Chamber3_MID--AUDIO_10_R3_2018_wav--1": ("Alban Berg", "Sonata Op. 1", "train"),
    "2004/MIDI-Unprocessed_SMF_02_R1_2004_01-05_ORIG_MID--AUDIO_02_R1_2004_05_Track05_wav": (
        "Frédéric Chopin", "Étude, Op. 10 No. 1", "validation",
    ),
    "2004/MIDI-Unprocessed_XP_01_R1_2004_01-02_ORIG_MID--AUDIO_01_R1_2004_02_Track02_wav": (
        "Frédéric Chopin", "Étude, Op. 10 No. 1", "test",
    ),
}  # fmt: skip


def maestro(root: Path) -> Path:
    tracks: dict[str, dict[str, str | None]] = {id: {"midi": f"{id}.midi", "audio": f"{id}.wav"} for id in MAESTRO}
    lay_out(root, "maestro_index_2.0.0.json", tracks)
    rows = [
        {"canonical_composer": composer, "canonical_title": title, "split": split, "midi_filename": f"{id}.midi"}
        for id, (composer, title, split) in MAESTRO.items()
    ]
    write(root / "maestro-v2.0.0.json", json.dumps(rows))
    return root


def slakh(root: Path) -> Path:
    """Slakh2100-redux: one mix in each split, one that redux omits as a duplicate; a stem without audio."""
    tracks: dict[str, dict[str, str | None]] = {}
    mixes = {}
    for name, split in {"00001": "train", "01501": "validation", "01876": "test", "00049": "omitted"}.items():
        mix, folder = f"Track{name}", f"slakh2100_flac_redux/{split}/Track{name}"
        stems = {f"{mix}-S0{n}": f"S0{n}" for n in range(2)}
        for id, stem in stems.items():
            audio = None if id == "Track01501-S01" else f"{folder}/stems/{stem}.flac"
            tracks[id] = {"audio": audio, "midi": f"{folder}/MIDI/{stem}.mid", "metadata": f"{folder}/metadata.yaml"}
        of_mix = {"midi": "all_src.mid", "mix": "mix.flac", "metadata": "metadata.yaml"}
        mixes[mix] = {"tracks": list(stems)} | {key: [f"{folder}/{file}", "0"] for key, file in of_mix.items()}
        write(root / folder / "all_src.mid")
        write(root / folder / "mix.flac")
    lay_out(root, "slakh_index_2100-redux.json", tracks, version="2100-redux", multitracks=mixes)
    for path in root.glob("**/metadata.yaml"):
        write(path, "UUID: 0\nstems:\n  S00: {inst_class: Piano}\n  S01: {inst_class: Bass}\n")
    return root
