"""The devices of a training: as the backend has them, and the names of GPUs where there is a driver."""

from __future__ import annotations

import builtins
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from storage.models.devices import backend_devices, device_tags, gpu_names


class NoDriver(Exception):
    """What a library without a driver raises."""


def fake_nvml(n_gpus: int | None) -> ModuleType:
    """A stand-in for pynvml on a machine with so many GPUs; None: without a driver."""
    nvml: Any = ModuleType("pynvml")
    nvml.NVMLError = NoDriver

    def init() -> None:
        if n_gpus is None:
            raise NoDriver

    nvml.nvmlInit, nvml.nvmlShutdown = init, lambda: None
    nvml.nvmlDeviceGetCount = lambda: n_gpus
    nvml.nvmlDeviceGetHandleByIndex = lambda index: index
    nvml.nvmlDeviceGetName = lambda handle: f"Card {handle}"
    nvml.nvmlDeviceGetMemoryInfo = lambda handle: SimpleNamespace(total=(handle + 1) * 2**30)
    return nvml


@pytest.mark.parametrize(
    ("n_gpus", "names"), [(None, []), (0, []), (2, ["Card 0, 1024 MiB", "Card 1, 2048 MiB"])], ids=str
)
def test_gpus_are_named_with_their_memory(
    n_gpus: int | None, names: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pynvml", fake_nvml(n_gpus))
    assert gpu_names() == names
    assert device_tags().get("gpu") == ("; ".join(names) or None)


def test_without_the_library_no_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name == "pynvml":
            raise ModuleNotFoundError(name)
        return imported(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    assert gpu_names() == []


@pytest.mark.parametrize(("n_gpus", "devices"), [(0, ["cpu:0"]), (2, ["gpu:0", "gpu:1"])])
def test_devices_of_torch_are_counted_by_torch(
    n_gpus: int, devices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    torch: Any = ModuleType("torch")
    torch.cuda = SimpleNamespace(device_count=lambda: n_gpus)
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert backend_devices() == devices


def test_a_device_that_tells_nothing_of_itself_ends_no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(handle: int) -> None:
        raise NoDriver

    nvml: Any = fake_nvml(2)
    nvml.nvmlDeviceGetMemoryInfo = refuse
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    assert gpu_names() == ["Card 0", "Card 1"]
    nvml.nvmlDeviceGetName = refuse
    assert gpu_names() == []
