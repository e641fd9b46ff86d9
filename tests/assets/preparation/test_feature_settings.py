"""Settings by which nothing can be extracted are refused before a track is blamed for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from assets.preparation.features import check_extraction
from mir_models.errors import ParameterError
from mir_models.features import feature_of


@pytest.mark.parametrize(("preset", "fault"), [("log_mel", "float division by zero"), ("chroma", "out of bounds")])
def test_settings_without_features_are_refused_by_name(preset: str, fault: str) -> None:
    with pytest.raises(ParameterError) as error:
        check_extraction(preset, replace(feature_of(preset).PRESETS[preset], n_fft=1))  # type: ignore[type-var]
    assert error.value.expected == f"settings by which {preset} can be extracted"
    assert str(error.value.received).startswith("n_fft=1 (")
    assert fault in str(error.value.received)


def test_presets_are_not_tried_and_other_settings_are(monkeypatch: pytest.MonkeyPatch) -> None:
    cqt, tried = feature_of("cqt"), list[object]()
    monkeypatch.setattr(cqt, "extract", lambda y, params: tried.append(params))
    check_extraction("cqt", cqt.PRESETS["cqt"])
    assert tried == []
    other = replace(cqt.PRESETS["cqt"], hop_length=256)  # type: ignore[type-var]
    check_extraction("cqt", other)
    assert tried == [other]
