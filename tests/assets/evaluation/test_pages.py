"""The report page: everything escaped, everything inside, nothing fetched."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from storage.dotted import flatten
from storage.pages.data_urls import data_url
from storage.pages.piano_roll import RollNote, RollView, page_script
from storage.reports.pages.note_report import CAPTIONS, MIDIS_INSIDE, bounds, href, render, score
from storage.reports.record import ExcerptRecord
from tests.stored_records import report_record

PNG = b"\x89PNG\r\n\x1a\n not really"
EVIL = "<script>alert('x')</script>\"&"


class Reader(HTMLParser):
    """Tags with their attributes, and the text of a page; unbalanced tags fail."""

    VOID = frozenset({"meta", "img", "br", "link", "input"})
    EMPTY = frozenset({"line", "rect"})

    def __init__(self, html):
        super().__init__()
        self.tags, self.words, self.open = [], [], []
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))

    def of(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


ERRORS = {"within": 0.1, "n": 1234, "median": -1.25, "median_abs": 6.54, "p90_abs": 21.0, "quantiles": []}


def scores(f1, interval, velocity=None):
    values = {"precision": f1, "recall": f1, "f1": f1}
    notes = values | {"interval": interval, "micro": values | {"interval": interval}}
    return {
        "micro": values,
        "macro": values,
        "frame": {"f1": f1, "interval": interval},
        "note_onset": notes,
        "note_onset_offset": notes,
        "note_onset_offset_velocity": None if velocity is None else notes | {"f1": velocity},
        "onset_errors": ERRORS,
    }


def row(name, f1=0.5):
    scored = dict.fromkeys(("precision", "recall", "f1"), f1)
    scored |= {f"note_onset_{each}": f1 for each in ("precision", "recall", "f1", "offset_f1")}
    scored |= {"note_onset_offset_velocity_f1": None, "onset_error": -3.21, "onset_error_abs": None}
    return {"track": name, "duration": 30.0, "n_ref_notes": 9, "n_est_notes": 8} | scored


def excerpt(name, track, **changes):
    paths = {kind: f"audio/{name}-{kind}.ogg" for kind in ("recording", "prediction")}
    where = {"name": name, "track": track, "start": 12.0, "stop": 32.0, "figure": f"roll_{name}", "missing": ""}
    return ExcerptRecord(**{**where, **paths, **changes})


def report(**changes):
    convention = {
        "datasets": ["a", "b"],
        "split": "test",
        "n_tracks": 2,
        "n_quarantined": 1,
        "frame_threshold": 0.41,
        "onset_threshold": 0.5,
        "min_frames": 2,
        "onset_radius": 2,
        "energy_threshold_db": -24.0,
        "thresholds_from": "validation",
        "onset_tolerance": 0.05,
        "pitch_tolerance_cents": 50.0,
        "offset_ratio": 0.2,
        "offset_min_tolerance": 0.05,
        "velocity_tolerance": 0.1,
        "pedal": "applied",
        "sr": 22050,
        "hop_length": 512,
        "bootstrap": {"over": "tracks", "level": 0.95, "n_resamples": 1000, "seed": 0},
        "zero_by_zero": 0.0,
    }
    key = {"pitch": 60, "name": "C4", "support": 12, "precision": 0.1, "recall": 0.2, "f1": 0.3}
    evaluation = scores(0.7654, [0.71234, 0.8]) | {
        "convention": convention,
        "per_note": [key],
        "baselines": {"silence": scores(0.0, [0.0, 0.0]), "energy": scores(0.4567, [0.4, 0.5])},
        "tracks": [row("worst", 0.1), row("best", 0.9)],
    }
    return report_record(**{"task": "transcription", "architecture": "crnn", "evaluation": evaluation, **changes})


def test_scores_stand_next_to_the_baselines_with_their_interval():
    page = Reader(render(report(), {})).text
    assert page.index("0.765") < page.index("[0.712, 0.800]") < page.index("0.457")
    assert page.index("energy threshold on") < page.index("silence")


def test_the_convention_is_described_in_words():
    page = Reader(render(report(), {})).text
    for words in (
        "a, b · test split, 2 tracks",
        "frame activation is 0.41 or more",
        "512 samples apart at 22050 Hz (23.2 ms)",
        "onset within 50 ms",
        "within 20 % of the true duration or 50 ms",
        "pedal is contained in the true offsets",
        "Chosen on the validation split ; energy threshold -24 dB",
        "1 track in quarantine",
        "95 % percentile bootstrap over tracks, 1000 resamples, seed 0",
    ):
        assert re.sub(r"\W", "", words) in re.sub(r"\W", "", page), words


def test_one_track_has_no_interval():
    item = report()
    item.evaluation.update(scores(0.5, None))
    assert "No interval" in Reader(render(item, {})).text


def test_whatever_comes_from_outside_is_escaped():
    item = report(
        task=EVIL,
        architecture=EVIL,
        date=EVIL,
        quarantine=[{"track": EVIL, "stage": EVIL, "reason": EVIL}],
        parameters={EVIL: EVIL},
        links={EVIL: EVIL, "MLflow": f"http://host/{EVIL}"},
        midis={EVIL: f"midi/{EVIL}.mid"},
        excerpts=[excerpt("worst", EVIL, recording=None, missing=EVIL, prediction=f"audio/{EVIL}.ogg")],
    )
    item.evaluation["tracks"] = [row(EVIL)]
    item.evaluation["convention"] |= {"datasets": [EVIL], "pedal": EVIL, "split": EVIL}
    html = render(item, {EVIL: PNG, "odd": PNG})
    page = Reader(html)
    assert "<script" not in html
    assert not page.of("script")
    assert page.text.count("<script>") >= 12
    assert {name for _, attributes in page.tags for name in attributes} <= {
        "lang", "charset", "name", "content", "class", "colspan", "rowspan", "src", "alt", "href",
        "controls", "preload", "http-equiv", "download", "data-of", "data-name", "data-start",
    }  # fmt: skip


def test_the_page_fetches_nothing():
    html = render(report(links={"MLflow run": "https://mlflow.example/run/1"}), {"lags": PNG, "roll_worst": PNG})
    page = Reader(html)
    assert not page.of("link")
    assert not page.of("script")
    assert not re.search(r"url\(|@import", html)
    assert all(attributes["src"].startswith("data:image/png;base64,") for attributes in page.of("img"))
    assert re.findall(r"https?://[^\s\"<]*", html) == ["https://mlflow.example/run/1"] * 2


def test_figures_have_their_captions_and_bytes():
    figures = {"lags": PNG, "tolerance_sweep": PNG, "mine": PNG, "x": PNG}
    page = Reader(render(report(), figures))
    assert len(page.of("img")) == 4
    for caption in (CAPTIONS["lags"], CAPTIONS["tolerance_sweep"], "mine"):
        assert caption in page.text
    encoded = page.of("img")[0]["src"].partition(",")[2]
    assert base64.b64decode(encoded) == PNG
    assert data_url(PNG).endswith(encoded)


def test_figures_and_optional_parts_may_be_missing():
    page = Reader(render(report(), {}))
    assert not page.of("img")
    assert "Figures" not in page.text
    assert "No track was left out." in page.text
    assert "Parameters" not in page.text


def test_worst_and_best_can_be_played():
    silent = excerpt("best", "c", recording=None, missing="It is gone.")
    item = report(excerpts=[excerpt("second_worst", "a b", prediction="audio/a b#.ogg"), silent])
    page = Reader(render(item, {"roll_second_worst": PNG, "roll_best": PNG, "lags": PNG}))
    assert [each["src"] for each in page.of("audio")] == [
        "audio/second_worst-recording.ogg", "audio/a%20b%23.ogg", "audio/best-prediction.ogg",
    ]  # fmt: skip
    assert [each["data-start"] for each in page.of("audio")] == ["12.0"] * 3
    assert page.text.index("The second worst track: a b, 12.0 to 32.0 s") < page.text.index("It is gone.")
    assert [each["alt"] for each in page.of("img")] == ["roll_second_worst", "roll_best", "lags"]


def test_velocities_have_columns_only_where_they_were_evaluated():
    item = report()
    assert "Not evaluated: the network estimates no velocities" in Reader(render(item, {})).text
    item.evaluation.update(scores(0.5, None, velocity=0.4321))
    page = Reader(render(item, {})).text
    assert "within 10 % of the track" in page
    assert "0.432" in page
    assert "–" in page[page.index("silence") : page.index("silence") + 180], "baselines have none"


def test_onset_errors_are_in_milliseconds():
    page = Reader(render(report(), {})).text
    assert "Of 1,234 notes found within 100 ms, half have an error of at most 6.5 ms" in page
    assert "median with its sign is −1.2 ms" in page
    item = report()
    item.evaluation["onset_errors"] = ERRORS | {"n": 0, "median": None, "median_abs": None, "p90_abs": None}
    assert "No note was found within 100 ms" in Reader(render(item, {})).text


def test_keys_that_do_not_occur_have_no_score():
    item = report()
    item.evaluation["per_note"] += [{"pitch": 21, "name": "A0", "support": 0, "precision": 0, "recall": 0, "f1": 0}]
    page = Reader(render(item, {})).text
    assert "C4 60 12 0.100 0.200 0.300" in page
    assert "A0 21 0 – – –" in page


def test_quarantine_names_track_stage_and_reason():
    rows = [{"track": f"t{n}", "stage": "labels", "reason": f"no notes of {chr(97 + n)}"} for n in range(25)]
    page = Reader(render(report(quarantine=rows), {})).text
    assert "t0 labels no notes of a" in page
    assert "The other 5" in page
    assert page.count("no notes") == 25


def test_a_cause_of_many_tracks_in_quarantine_is_one_line():
    rows = [{"track": f"t{n}", "stage": "labels", "reason": f"no notes in line {n}"} for n in range(5)]
    page = Reader(render(report(quarantine=[*rows, {"track": "u", "stage": "labels", "reason": "silent"}]), {})).text
    assert "t0 and 4 others t1, t2, t3, t4 labels no notes in line 0" in page
    assert page.count("no notes") == page.count("u labels silent") == 1


def test_tracks_worst_first_and_all_of_them():
    item = report(midis={"worst": "midi/worst.mid"})
    item.evaluation["tracks"] += [row(f"t{n}") for n in range(40)]
    page = Reader(render(item, {}))
    assert "−3.2" in page.text
    assert page.text.index("worst MIDI") < page.text.index("best") < page.text.index("t39")
    assert "The other 22 tracks" in page.text
    assert {"href": "midi/worst.mid", "download": "worst.mid"} in page.of("a")


def policy(page):
    return next(each["content"] for each in page.of("meta") if each.get("http-equiv") == "Content-Security-Policy")


def test_sounds_notes_and_midi_files_are_inside_and_no_other_script_may_run():
    item = report(excerpts=[excerpt("worst", "a")], midis={"worst": "midi/worst.mid"})
    roll = RollView(12.0, 32.0, [RollNote(12.5, 13.0, 60, "found", 12.504, 14.0, "early", 64, 0.75)])
    sounds = {"audio/worst-recording.ogg": b"sound", "audio/worst-prediction.ogg": b"tones"}
    page = Reader(render(item, {"roll_worst": PNG}, midis={"worst": b"MThd"}, sounds=sounds, rolls={"worst": roll}))
    assert [each["src"] for each in page.of("audio")] == [data_url(each, "audio/ogg") for each in (b"sound", b"tones")]
    assert {each["data-of"] for each in page.of("audio")} == {"roll-worst"}
    assert {"href": data_url(b"MThd", "audio/midi"), "download": "worst.mid"} in page.of("a")
    assert {"data-roll": "roll-worst"} in page.of("div")
    assert page.of("script") == [{"type": "application/json", "id": "roll-worst"}, {}]
    data, script = [each for each in page.words if "12.504" in each or "pianoRollsOfPage" in each]
    assert json.loads(data)["notes"]["rows"] == [[12.5, 13.0, 60, "found", 12.504, 14.0, "early", 64, 0.75]]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy(page).endswith(f"script-src 'sha256-{hashed}'")
    assert script == page_script()
    assert "default-src 'none'" in policy(page)


def test_a_page_without_piano_rolls_runs_no_script():
    assert "script-src" not in policy(Reader(render(report(), {})))


def test_many_midi_files_stay_beside_the_page():
    item = report(midis={"worst": "midi/worst.mid"})
    page = Reader(render(item, {}, midis={"worst": bytes(MIDIS_INSIDE + 1)}))
    assert {"href": "midi/worst.mid", "download": "worst.mid"} in page.of("a")


def test_names_of_notes_cannot_end_the_data_of_a_piano_roll():
    item = report(excerpts=[excerpt("worst", "a")])
    html = render(item, {}, rolls={"worst": RollView(0.0, 1.0, [RollNote(0.0, 1.0, 60, kind="</script><script>")])})
    assert html.count("</script>") == 2
    Reader(html)


def test_ends_and_calibration_are_shown_where_they_were_evaluated():
    item = report()
    assert "Calibration" not in Reader(render(item, {})).text
    ends = {"n": 4, "early": 1, "right": 3, "late": 0, "found_share": 0.625}
    item.evaluation["note_ends"] = ends | {"by_duration": [{"shortest": 4.0, "longest": None, **ends}]}
    bin_ = {"low": 0.7, "high": 0.8, "n": 20, "probability": 0.75, "share": 0.6}
    item.evaluation["calibration"] = {"events": "onsets", "n": 20, "error": 0.15, "bins": [bin_]}
    page = Reader(render(item, {}))
    assert "Of the 4 notes found by their onsets, 62 % of the true length was found; 25 % end too early" in page.text
    assert "4 and more 4 62 %" in page.text
    assert "expected calibration error) is 0.150 over 20 onsets" in page.text
    assert "0.7 to 0.8 20 0.750 0.600" in page.text
    (bar,) = [each for each in page.of("rect") if each["fill"] == "var(--good)" and each["x"] == "213.5"]
    assert (bar["y"], bar["height"]) == ("104.0", "144.0")


def test_lineage_goes_down_to_the_files():
    track = {"track": "a", "split": "test", "file": "a.wav", "audio": "0" * 64, "labels": "1" * 64, "shards": "2" * 64}
    item = report(
        fingerprint="f" * 16,
        model="e" * 16,
        shards={"mine": "d" * 16},
        lineage=[{"dataset": "mine", "licence": "CC0", "protocol": "folder, split by work", "tracks": [track]}],
    )
    page = Reader(render(item, {})).text
    assert f"a test a.wav {'0' * 12} {'1' * 12} {'2' * 12}" in page
    for words in ("f" * 12, "e" * 12, "d" * 12, "Licence: CC0", "folder, split by work."):
        assert words in page


@pytest.mark.parametrize(
    ("target", "link"),
    [
        ("https://host/a?b=1#c", "https://host/a?b=1#c"),
        ("midi/op 10 #4.mid", "midi/op%2010%20%234.mid"),
        ("a.mid", "a.mid"),
        ("abc0123", None),
        ("javascript:alert(1)//a.b", None),
        ("JavaScript:alert(1).mid", None),
        ("data:text/html,x.y", None),
        ("file:///etc/passwd", None),
        ("//host/a.mid", None),
        ("/somewhere/a.mid", None),
        ("http:a.mid", None),
        ("", None),
    ],
)
def test_only_web_pages_and_relative_paths_are_links(target, link):
    assert href(target) == link


def test_small_formats():
    assert flatten({"a": 1, "b": {"c": 2, "d": {"e": 3}}}) == {"a": 1, "b.c": 2, "b.d.e": 3}
    assert (score(0.12345), score(None)) == ("0.123", "–")
    assert (bounds([0.1, 0.25]), bounds(None)) == ("[0.100, 0.250]", "")
