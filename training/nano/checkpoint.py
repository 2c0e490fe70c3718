"""Trained weights on disk: a trainer's own checkpoint.pt, or the small master file that is kept in the repository."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from nano.config import FluxConfig


@dataclass(frozen=True)
class Trained:
    """Averaged (EMA) weights f32 under the FLUX reference names, and how many samples they have seen."""

    config: FluxConfig
    state: dict[str, torch.Tensor]
    samples: int


def load_trained(path: Path) -> Trained:
    """Reads a checkpoint.pt of pretrain.py or a master .safetensors. Raises SystemExit when there is none."""
    if not path.exists():
        raise SystemExit(f"{path} does not exist: run training/pretrain.py, or name training/checkpoints/nano.safetensors")
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            about = file.metadata()
            state = {name: file.get_tensor(name).float() for name in file.keys()}
        return Trained(FluxConfig.from_json(json.loads(about["config"])), state, int(about["samples"]))
    saved = torch.load(path, weights_only=True)
    return Trained(FluxConfig.from_json(saved["config"]), saved["ema"], saved["samples"])


def save_master(path: Path, trained: Trained) -> None:
    """Writes the weights as f16: half the size, and further training warms up anew anyway."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"config": json.dumps(trained.config.to_json()), "samples": str(trained.samples)}
    save_file({name: value.half().contiguous() for name, value in trained.state.items()}, path, about)
