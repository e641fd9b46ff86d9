"""Owners and tags of all assets, by which Dagster's catalogue can be searched; both follow from an asset's key."""

import os
from collections.abc import Sequence

import dagster as dg

from mir_models.architectures import ARCHITECTURES
from mir_models.errors import ParameterError
from mir_models.tasks import TASKS

OWNERS = "MIRLITON_OWNERS"
"""The variable with the owners of all assets: e-mail addresses, and ``team:NAME``, with commas between them."""
DEFAULT_OWNER = "team:mirliton"


def with_tags(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetsDefinition]:
    """The assets with their owners and tags."""
    owners = _owners()

    def tagged(spec: dg.AssetSpec) -> dg.AssetSpec:
        return spec.replace_attributes(owners=owners, tags={**spec.tags, **tags_of(spec.key)})

    return [each for each in dg.map_asset_specs(tagged, assets) if isinstance(each, dg.AssetsDefinition)]


def tags_of(key: dg.AssetKey) -> dict[str, str]:
    """The stage of an asset, and the preset, task, network and kind of network that its key names."""
    stage, *rest = key.path
    tags = {"stage": stage}
    if stage in ("features", "shards"):
        return {**tags, "preset": rest[0]}
    if rest and rest[0] in TASKS.names():
        tags |= {"task": rest[0], "predicts": TASKS.get(rest[0]).LABELS}
    if len(rest) > 1:
        tags |= {"network": rest[1], "preset": ARCHITECTURES.get(rest[1]).FEATURE}
    return tags


def _owners() -> list[str]:
    """The owners in the environment, else one team.

    Raises
    ------
    ParameterError
        For one that is neither an address nor a team.
    """
    owners = [each.strip() for each in (os.environ.get(OWNERS) or DEFAULT_OWNER).split(",")]
    for owner in owners:
        if "@" not in owner and not (owner.startswith("team:") and owner.removeprefix("team:")):
            remedy = f"set {OWNERS}, e.g., to anna@example.org,team:music"
            raise ParameterError("an address or team:NAME as an owner", received=repr(owner), remedy=remedy)
    return owners
