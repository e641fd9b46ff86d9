"""The formats of :mod:`experiments.odd_files.formats`: what libsndfile, ffmpeg, sox, lame and opusenc write."""

from __future__ import annotations

from experiments.odd_files.formats import Format

SPEECH = "made for speech at 8 kHz"
PAUSES = f"{SPEECH}; ffmpeg does not decode its frames for pauses, what follows is too early"
FEW_BITS = "few bits"
UNREAD = "ffmpeg does not decode what it writes here"
SOFT = "two of six channels: a third of the level, at which the network finds fewer false notes"

_WAV = (
    Format("WAV", "PCM 16 bit", "a.wav", options="-c:a pcm_s16le"),
    Format("WAV", "PCM 8 bit", "a.wav", options="-c:a pcm_u8"),
    Format("WAV", "PCM 24 bit", "a.wav", options="-c:a pcm_s24le"),
    Format("WAV", "PCM 32 bit", "a.wav", options="-c:a pcm_s32le"),
    Format("WAV", "float 32 bit", "a.wav", options="-c:a pcm_f32le"),
    Format("WAV", "float 64 bit", "a.wav", options="-c:a pcm_f64le"),
    Format("WAV", "A-law", "a.wav", options="-c:a pcm_alaw"),
    Format("WAV", "µ-law", "a.wav", options="-c:a pcm_mulaw"),
    Format("WAV", "ADPCM MS", "a.wav", options="-c:a adpcm_ms"),
    Format("WAV", "ADPCM IMA", "a.wav", options="-c:a adpcm_ima_wav"),
    Format("WAV", "GSM 6.10", "a.wav", options="-c:a libgsm_ms -ar 8000 -ac 1", remark=SPEECH),
    Format("WAV", "G.726", "a.wav", options="-c:a g726 -ar 8000 -ac 1"),
    Format("WAV", "MP3", "a.wav", options="-c:a libmp3lame -b:a 128k"),
    Format("WAV", "AAC", "a.wav", options="-c:a aac", remark=UNREAD),
    Format("WAV, mono", "PCM 16 bit", "a.wav", options="-ac 1"),
    Format("WAV, 5.1", "PCM 16 bit", "a.wav", options="-ac 6", remark=SOFT),
    Format("WAV, 32 channels", "PCM 16 bit", "a.wav", "sox", "-c 32"),
    *(
        Format(f"WAV, {hz} Hz", "PCM 16 bit", "a.wav", options=f"-ar {hz}" if hz == 8000 else "")
        for hz in (8000, 11025, 16000, 22050, 32000, 48000, 96000, 192000)
    ),
    Format("RF64", "PCM 16 bit", "a.wav", options="-rf64 always"),
    Format("W64", "PCM 16 bit", "a.w64"),
    Format("RIFX", "PCM 16 bit", "a.wav", "sox", "-B"),
)
_PLAIN = (
    Format("AIFF", "PCM 16 bit", "a.aiff"),
    Format("AIFF", "PCM 24 bit", "a.aiff", options="-c:a pcm_s24be"),
    Format("AIFC", "sowt", "a.aifc", options="-c:a pcm_s16le -f aiff"),
    Format("AU", "PCM 16 bit", "a.au"),
    Format("CAF", "PCM 16 bit", "a.caf", options="-c:a pcm_s16le"),
    Format("CAF", "ALAC", "a.caf", options="-c:a alac"),
    Format("VOC", "PCM 16 bit", "a.voc", "sox"),
    Format("NIST SPHERE", "PCM 16 bit", "a.sph", "sox"),
    Format("IRCAM", "PCM 16 bit", "a.sf", "sox"),
    Format("8SVX", "PCM 8 bit", "a.8svx", "sox", "-c 1"),
    Format("FLAC", "16 bit", "a.flac", options="-c:a flac -sample_fmt s16"),
    Format("FLAC", "24 bit", "a.flac", options="-c:a flac -sample_fmt s32"),
    Format("WavPack", "lossless", "a.wv"),
    Format("True Audio", "lossless", "a.tta"),
)
_OGG = (
    Format("Ogg", "Vorbis", "a.ogg", options="-c:a libvorbis -q:a 4"),
    Format("Ogg", "Vorbis, quality 0", "a.ogg", options="-c:a libvorbis -q:a 0", remark=FEW_BITS),
    Format("Ogg", "Opus, 96 kbit/s", "a.opus", options="-c:a libopus -b:a 96k"),
    Format("Ogg", "Opus, 24 kbit/s", "a.opus", options="-c:a libopus -b:a 24k", remark=FEW_BITS),
    Format("Ogg", "Opus", "a.opus", "opusenc"),
    Format("Ogg", "FLAC", "a.oga", options="-c:a flac"),
    Format("Ogg", "Speex, 16 kHz", "a.spx", options="-c:a libspeex -ar 16000 -ac 1", remark="better, not worse"),
)
_MP3 = (
    Format("MP3", "CBR 128 kbit/s", "a.mp3", options="-b:a 128k"),
    Format("MP3", "CBR, no tag", "a.mp3", options="-b:a 128k -write_xing 0 -id3v2_version 0"),
    Format("MP3", "VBR", "a.mp3", options="-q:a 2"),
    Format("MP3", "VBR, no tag", "a.mp3", options="-q:a 2 -write_xing 0"),
    Format("MP3", "VBR", "a.mp3", "lame", "-V2"),
    Format("MP3", "ABR, no tag", "a.mp3", "lame", "--abr 128 -t"),
    Format("MP3", "free format", "a.mp3", "lame", "--freeformat -b 160"),
    Format("MP3", "320 kbit/s, 48 kHz", "a.mp3", options="-b:a 320k -ar 48000"),
    Format("MP3", "64 kbit/s, 22.05 kHz", "a.mp3", options="-b:a 64k -ar 22050"),
    Format("MP3", "16 kbit/s, 8 kHz, mono", "a.mp3", options="-b:a 16k -ar 8000 -ac 1"),
    Format("MP2", "192 kbit/s", "a.mp2", options="-c:a mp2 -b:a 192k"),
)
_FFMPEG = (
    Format("MP4", "AAC", "a.m4a", options="-c:a aac -b:a 128k"),
    Format("MP4", "ALAC", "a.m4a", options="-c:a alac"),
    Format("MP4 named .mp3", "AAC", "a.mp3", options="-c:a aac -f mp4"),
    Format("ADTS", "AAC", "a.aac", options="-c:a aac -b:a 128k"),
    Format("ASF", "WMA 1", "a.wma", options="-c:a wmav1 -b:a 128k"),
    Format("ASF", "WMA 2", "a.wma", options="-c:a wmav2 -b:a 128k"),
    Format("AC-3", "192 kbit/s", "a.ac3", options="-b:a 192k"),
    Format("E-AC-3", "192 kbit/s", "a.eac3", options="-b:a 192k"),
    Format("DTS", "768 kbit/s", "a.dts", options="-strict -2 -b:a 768k"),
    Format("Matroska", "Vorbis", "a.mka", options="-c:a libvorbis"),
    Format("Matroska", "FLAC", "a.mkv", options="-c:a flac"),
    Format("WebM", "Opus", "a.webm", options="-c:a libopus -b:a 96k"),
    Format("QuickTime", "PCM 16 bit", "a.mov", options="-c:a pcm_s16le"),
    Format("3GP", "AAC", "a.3gp", options="-c:a aac"),
    Format("3GP", "AMR", "a.amr", "sox", "-t amr-nb -r 8000 -c 1", PAUSES),
    Format("AVI", "MP3", "a.avi", options="-c:a libmp3lame"),
    Format("MPEG-TS", "AAC", "a.ts", options="-c:a aac"),
    Format("Flash Video", "AAC", "a.flv", options="-c:a aac"),
    Format("RealMedia", "AC-3", "a.rm", options="-c:a ac3"),
)
FORMATS = (*_WAV, *_PLAIN, *_OGG, *_MP3, *_FFMPEG)
