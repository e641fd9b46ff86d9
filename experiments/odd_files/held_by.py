"""The test that holds the right value of each case; a case without one is held by this experiment alone."""

from __future__ import annotations

from experiments.odd_files.case import Case

_LENGTHS = "tests/storage/media/test_audio_lengths.py"
_AUDIO = "tests/storage/media/test_audio.py"
_FFMPEG = "tests/storage/media/test_ffmpeg.py"
_MIX = "tests/mir_models/test_downmix.py"
_GUARDS = "tests/storage/media/test_midi_guards.py"
_NOTES = "tests/storage/media/test_midi_notes.py"
_MIDI = "tests/storage/media/test_midi.py"
_OUTPUTS = "tests/pipelines/cli/test_transcribe_outputs.py"
_PIPES = "tests/pipelines/cli/test_transcribe_pipes.py"
_TABLES = "tests/storage/datasets/test_table_files.py"
_COUNTS = "tests/assets/preparation/test_label_counts.py"
_SHIPPED = "tests/storage/models/test_shipped.py"
_UNUSED = "tests/pipelines/cli/test_unused_input.py"
TESTS = (
    ("MP3: VBR without a tag, 10 s", f"{_LENGTHS}::test_what_ffmpeg_writes_without_a_tag_is_read_to_its_end"),
    ("MP3: cut", f"{_LENGTHS}::test_a_cut_mp3_is_noticed_with_and_without_a_tag"),
    ("MP3: tag names", f"{_LENGTHS}::test_all_of_an_mp3_is_read_with_and_without_a_tag"),
    ("without a tag", f"{_LENGTHS}::test_all_of_an_mp3_is_read_with_and_without_a_tag"),
    ("from a pipe of", f"{_LENGTHS}::test_what_ffmpeg_writes_into_a_pipe_is_read_to_its_end"),
    ("through a pipe of ffmpeg", f"{_LENGTHS}::test_what_ffmpeg_writes_into_a_pipe_is_read_to_its_end"),
    ("one behind the other", f"{_LENGTHS}::test_joined_files_are_read_to_the_last"),
    ("zeros at its end", f"{_LENGTHS}::test_what_lies_around_the_frames_of_an_mp3_is_no_matter"),
    ("an ID3 tag of 3 MB", f"{_LENGTHS}::test_what_lies_around_the_frames_of_an_mp3_is_no_matter"),
    ("pages lost", f"{_LENGTHS}::test_lost_pages_of_an_ogg_are_counted"),
    ("FLAC: cut", f"{_LENGTHS}::test_a_cut_flac_is_noticed_and_read_up_to_there"),
    ("FLAC:", f"{_LENGTHS}::test_the_total_in_the_header_of_a_flac_stream_promises_nothing"),
    ("half the samples", f"{_LENGTHS}::test_a_size_too_small_for_the_samples_loses_none"),
    ("WAV from a pipe:", f"{_LENGTHS}::test_the_size_in_the_header_of_a_stream_promises_nothing"),
    ("RF64:", f"{_LENGTHS}::test_the_size_in_the_header_of_a_stream_promises_nothing"),
    (": size ", f"{_LENGTHS}::test_the_size_in_the_header_of_a_stream_promises_nothing"),
    (" Hz", f"{_LENGTHS}::test_a_sampling_rate_that_no_recording_has_is_refused"),
    ("WAV: cut", f"{_AUDIO}::test_a_truncated_file_is_refused_whatever_its_format"),
    ("Ogg Vorbis: cut", f"{_AUDIO}::test_a_truncated_file_is_refused_whatever_its_format"),
    ("NaN in the middle", f"{_AUDIO}::test_samples_that_are_no_numbers_are_refused"),
    ("infinite in the middle", f"{_AUDIO}::test_samples_that_are_no_numbers_are_refused"),
    ("float WAV:", f"{_AUDIO}::test_a_checked_stream_warns_of_levels_after_its_last_block"),
    ("promised exact", f"{_COUNTS}::test_a_record_counts_how_the_notes_of_its_midi_file_were_read"),
    ("one channel inverted", f"{_AUDIO}::test_channels_of_opposite_polarity_are_mixed_in_every_path"),
    ("mix of channels: ", f"{_MIX}::test_the_mix_is_the_mean_unless_the_channels_cancel"),
    ("three hours by", f"{_GUARDS}::test_our_own_files_are_read_back_whatever_their_length"),
    ("limit of a library: MIDI: 3,000", f"{_GUARDS}::test_layouts_that_programs_write_are_read"),
    ("limit of a library: MIDI", f"{_GUARDS}::test_the_length_is_limited_in_seconds_and_not_in_ticks"),
    ("SMPTE division", f"{_GUARDS}::test_smpte_time_code_is_read_and_tempo_has_no_influence"),
    ("data that is not used", f"{_GUARDS}::test_what_is_not_used_is_not_read"),
    ("running status", f"{_GUARDS}::test_running_status_goes_on_across_other_events"),
    ("SMPTE of 17", f"{_GUARDS}::test_what_touches_notes_or_time_is_refused_by_name"),
    ("0 ticks", f"{_GUARDS}::test_what_touches_notes_or_time_is_refused_by_name"),
    ("a tempo of 0", f"{_GUARDS}::test_what_touches_notes_or_time_is_refused_by_name"),
    ("drums only", f"{_MIDI}::test_a_file_without_notes_is_refused_by_name"),
    ("a track cut short", f"{_MIDI}::test_what_is_no_midi_file_is_refused_by_name"),
    ("a web page", f"{_MIDI}::test_what_is_no_midi_file_is_refused_by_name"),
    ("tempo in the second", f"{_MIDI}::test_changes_of_tempo_are_followed_in_whatever_track"),
    ("structure of a MIDI file", f"{_GUARDS}::test_layouts_that_programs_write_are_read"),
    ("pedal on a track", f"{_NOTES}::test_the_pedal_of_piano_midi_de_has_a_track_of_its_own"),
    ("pedal", f"{_NOTES}::test_one_pedal_is_down_while_it_is_on_any_channel"),
    ("in another track", f"{_NOTES}::test_a_note_off_in_another_track_of_the_channel_ends_a_note_that_has_none"),
    ("one key in two tracks", f"{_NOTES}::test_notes_of_other_tracks_and_channels_are_no_overlaps"),
    ("ends of notes", f"{_NOTES}::test_every_note_on_is_a_note"),
    ("in/a.mid", f"{_OUTPUTS}::test_a_file_that_mirliton_did_not_write_is_kept_and_the_rest_is_written"),
    ("--overwrite", f"{_OUTPUTS}::test_with_overwrite_it_is_replaced"),
    ("transcribed twice", f"{_OUTPUTS}::test_the_same_command_again_replaces_its_own_files"),
    ("254 bytes", f"{_OUTPUTS}::test_a_name_of_254_bytes_is_transcribed"),
    ("| mirliton transcribe -", f"{_PIPES}::test_a_stream_whose_header_has_no_length_is_transcribed_to_its_end"),
    ("<(cat", f"{_PIPES}::test_what_a_command_in_the_shell_writes_is_transcribed"),
    ("FIFO", f"{_PIPES}::test_a_fifo_is_read_to_its_end"),
    (".m4a named .mp3", f"{_FFMPEG}::test_without_ffmpeg_its_formats_are_named_with_the_remedy"),
    ("of white noise", f"{_SHIPPED}::test_the_shipped_transcriber_is_not_sure_of_the_notes_of_noise"),
    ("input left out", f"{_UNUSED}::test_files_of_other_formats_and_midi_without_a_recording_are_named_at_every_step"),
    ("NaN and None", f"{_TABLES}::test_cells_without_a_value_are_empty_counted_and_named"),
    ("sep=;", f"{_TABLES}::test_tables_of_spreadsheets_are_read_alike"),
    ("UTF-16", f"{_TABLES}::test_tables_of_spreadsheets_are_read_alike"),
    ("behind the ends", f"{_TABLES}::test_starts_behind_the_ends_of_most_recordings_are_told_once_as_the_tables"),
    ("trainings", "tests/mir_models/training/test_diagnosis.py::test_few_steps_need_more_epochs_or_a_smaller_batch"),
)  # fmt: skip
"""Texts in kind and input of a case, and the test of the first that is found."""


def held_by(case: Case) -> str:
    """The test of a case; empty where it has none."""
    described = f"{case.kind}: {case.input}"
    return next((test for text, test in TESTS if text in described), "")
