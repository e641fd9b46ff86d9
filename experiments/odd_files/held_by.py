"""The test that has the very input of a case: of whole commands by name, of files that are read one test for all."""

from __future__ import annotations

from experiments.odd_files.case import Case
from experiments.odd_files.cases import file_cases

FILES = "tests/experiments/test_odd_files.py::test_a_file_is_read_right"
"""Reads the files of all `file_cases`, each under its input as its name."""
_OUTPUTS = "tests/pipelines/cli/test_transcribe_outputs.py"
_PIPES = "tests/pipelines/cli/test_transcribe_pipes.py"
_PIPED = f"{_PIPES}::test_what_programs_write_into_a_pipe_is_transcribed_to_its_end"
_TABLES = "tests/storage/datasets/test_table_files.py"
_SHEETS = f"{_TABLES}::test_tables_of_spreadsheets_are_read_alike"
_UNUSED = "tests/pipelines/cli/test_unused_input.py"
_NAMED = f"{_UNUSED}::test_files_of_other_formats_and_midi_without_a_recording_are_named_at_every_step"
_SUMMARY = "tests/pipelines/cli/test_dataset_summary.py"
_MIXED = "tests/end_to_end/test_inverted_channel.py"
TESTS = {
    "100 clips of noise as ten genres, 30 epochs of crnn": "tests/end_to_end/test_chain.py"
    "::test_a_training_of_a_few_steps_is_reported_as_one_that_has_not_learnt",
    "`transcribe in -o in`, in/a.mid is the user's own": f"{_OUTPUTS}"
    "::test_a_file_that_mirliton_did_not_write_is_kept_and_the_rest_is_written",
    "the same with --overwrite": f"{_OUTPUTS}::test_with_overwrite_it_is_replaced",
    "transcribed twice into one folder": f"{_OUTPUTS}::test_the_same_command_again_replaces_its_own_files",
    "ffmpeg -v error -i x.wav -b:a 128k -f mp3 - | mirliton transcribe -": _PIPED,
    "sox x.wav -t raw - | sox -t raw -r 44100 -e signed -b 16 -c 2 - -t wav - | mirliton transcribe -": _PIPED,
    "ffmpeg -v error -i x.wav -f flac - | mirliton transcribe -": _PIPED,
    "ffmpeg -v error -i x.wav -f adts - | mirliton transcribe -": _PIPED,
    "mirliton transcribe <(cat x.wav)": f"{_PIPES}::test_what_a_command_in_the_shell_writes_is_transcribed",
    "mirliton transcribe FIFO": f"{_PIPES}::test_a_fifo_is_read_to_its_end",
    "a name of 254 bytes": f"{_OUTPUTS}::test_a_name_of_254_bytes_is_transcribed",
    "an .m4a named .mp3, without ffmpeg": "tests/storage/media/test_ffmpeg.py"
    "::test_without_ffmpeg_its_formats_are_named_with_the_remedy",
    "`transcribe` of a piano in stereo, one channel inverted": f"{_MIXED}"
    "::test_its_notes_are_those_of_the_plain_recording_with_a_warning",
    "`transcribe` of white noise": "tests/storage/models/test_shipped.py"
    "::test_the_shipped_transcriber_is_not_sure_of_the_notes_of_noise",
    "a folder of one .wav and five others, each with .mid; ffmpeg installed": "tests/experiments/test_odd_files.py"
    "::test_five_formats_of_ffmpeg_are_tracks",
    "the same without ffmpeg": _NAMED,
    "a .mid without a recording": _NAMED,
    "CSV: cells NaN and None": f"{_TABLES}::test_cells_without_a_value_are_empty_counted_and_named",
    "CSV: Excel's sep=;": _SHEETS,
    "CSV: UTF-16": _SHEETS,
    "CSV: six starts behind the ends of the files": f"{_TABLES}"
    "::test_starts_behind_the_ends_of_most_recordings_are_told_once_as_the_tables",
    "stereo with one channel inverted, labels with a note without end, promised exact": f"{_SUMMARY}"
    "::test_notes_and_channels_that_were_read_by_a_rule_are_counted",
}
"""Of commands, by input; of the training one of fewer steps."""
_READ = {case.input for case in file_cases()}


def held_by(case: Case) -> str:
    """The test of a case; empty where this table alone has it."""
    return FILES if case.input in _READ else TESTS.get(case.input, "")
