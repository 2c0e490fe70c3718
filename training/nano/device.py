"""One accelerator or the CPU, with the same code."""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import torch
from torch import Tensor


def choose_device(name: str | None = None) -> torch.device:
    """`name`: cpu, cuda or None for the best there is. Raises SystemExit when CUDA is asked for and missing.

    On cuda, products of f32 matrices may use TF32: its 10 bits of mantissa are as many as the latents' f16 has.
    """
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise SystemExit("--device cuda: torch finds no CUDA device here; leave --device out to train on the CPU")
    device = torch.device(name or ("cuda" if found else "cpu"))
    if device.type == "cuda":
        torch.set_float32_matmul_precision("high")
    return device


def precision(device: torch.device, bf16: bool = False) -> AbstractContextManager:
    """bf16 autocast (the weights stay f32) on cuda, and on a CPU that was asked to: most emulate it slowly."""
    return torch.autocast(device.type, torch.bfloat16) if device.type == "cuda" or bf16 else nullcontext()


def has_bf16() -> bool:
    """Does this CPU multiply bf16 matrices itself (avx512_bf16)? Where nobody can tell: no."""
    try:
        return "avx512_bf16" in Path("/proc/cpuinfo").read_text()
    except OSError:
        return False


def upload(tensor: Tensor, device: torch.device) -> Tensor:
    """A CPU tensor on the device. Copies from pinned memory do not wait for the work already queued there."""
    if device.type == "cpu":
        return tensor
    return tensor.pin_memory().to(device, non_blocking=True)


def on_cpu(value):
    """Nested dicts, lists and tuples with every tensor on the CPU: a file that loads on any machine."""
    if isinstance(value, Tensor):
        return value.detach().cpu()
    if isinstance(value, dict):
        return {key: on_cpu(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(on_cpu(item) for item in value)
    return value
