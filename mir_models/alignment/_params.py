"""Settings that all methods of alignment share."""

from __future__ import annotations

from dataclasses import dataclass, field

from mir_models.alignment._anchors import AnchorParams
from mir_models.alignment._confidence import ConfidenceParams
from mir_models.alignment._onset_features import OnsetParams
from mir_models.alignment._restrikes import RestrikeParams
from mir_models.setting_types import Amount, Share


@dataclass(frozen=True)
class MethodParams(OnsetParams):
    """Settings of any method.

    Attributes
    ----------
    max_lag : float
        Lags from minus to plus this many seconds are tried; later notes cannot match and are left out.
    anchoring : AnchorParams
        How the fine lag and the anchors are measured.
    restriking : RestrikeParams
        Which notes may sound early since their keys were struck shortly before.
    judging : ConfidenceParams
        How evidence becomes confidence.
    confidence_threshold : float in [0, 1]
        Tracks below it go to quarantine.
    """

    max_lag: Amount = 30.0
    anchoring: AnchorParams = field(default_factory=AnchorParams)
    restriking: RestrikeParams = field(default_factory=RestrikeParams)
    judging: ConfidenceParams = field(default_factory=ConfidenceParams)
    confidence_threshold: Share = 0.5
