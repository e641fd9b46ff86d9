"""The devices that a training may use, as tags of its MLflow run.

What they do meanwhile, MLflow's own monitor logs in a thread of its own: memory, utilisation and power of every GPU
where nvidia-ml-py is installed, the processor's in any case.
"""

from __future__ import annotations


def device_tags() -> dict[str, str]:
    """Tags ``device``, as the backend counts them, and ``gpu``, the names of the machine's GPUs with their memory."""
    gpus = gpu_names()
    return {"device": ", ".join(backend_devices()) or "cpu", **({"gpu": "; ".join(gpus)} if gpus else {})}


def backend_devices() -> list[str]:
    """The devices of Keras' backend, e.g. ``["gpu:0"]``."""
    import keras

    if keras.backend.backend() != "torch":
        return list(keras.distribution.list_devices())
    import torch  # Keras lists no devices of it.

    return [f"gpu:{index}" for index in range(torch.cuda.device_count())] or ["cpu:0"]


def gpu_names() -> list[str]:
    """Names of the machine's NVIDIA GPUs with their memory; none where there is no driver, or no nvidia-ml-py."""
    try:
        import pynvml
    except ModuleNotFoundError:
        return []
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError:  # No driver: no GPU.
        return []
    try:
        handles = map(pynvml.nvmlDeviceGetHandleByIndex, range(pynvml.nvmlDeviceGetCount()))
        return [f"{pynvml.nvmlDeviceGetName(each)}{_memory(each)}" for each in handles]
    except pynvml.NVMLError:  # Some virtual and unified devices tell nothing; a tag is no reason to end a training.
        return []
    finally:
        pynvml.nvmlShutdown()


def _memory(handle: object) -> str:
    """The memory of a device as words behind its name; none where it shares the machine's."""
    import pynvml

    try:
        return f", {int(pynvml.nvmlDeviceGetMemoryInfo(handle).total) // 2**20} MiB"
    except pynvml.NVMLError:
        return ""
