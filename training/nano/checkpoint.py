"""Trained weights on disk: a trainer's own checkpoint.pt, or the small master file that is kept in the repository."""

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from nano.config import FluxConfig, Recipe


@dataclass(frozen=True)
class Trained:
    """Averaged (EMA) weights f32 on the CPU under the FLUX reference names, how many samples they have seen, and as what."""

    config: FluxConfig
    state: dict[str, torch.Tensor]
    samples: int
    recipe: Recipe = Recipe()


def load_trained(path: Path) -> Trained:
    """Reads a checkpoint.pt of pretrain.py or a master .safetensors. Raises SystemExit when there is none."""
    if not path.exists():
        raise SystemExit(f"{path} does not exist: run training/pretrain.py, or name training/checkpoints/nano.safetensors")
    if path.suffix == ".safetensors":
        with safe_open(path, "pt") as file:
            about = file.metadata()
            state = {name: file.get_tensor(name).float() for name in file.keys()}
        recipe = Recipe.from_json(json.loads(about.get("recipe", "{}")))
        return Trained(FluxConfig.from_json(json.loads(about["config"])), state, int(about["samples"]), recipe)
    saved = torch.load(path, weights_only=True, map_location="cpu")
    recipe = Recipe.from_json(saved.get("recipe"))
    return Trained(FluxConfig.from_json(saved["config"]), saved["ema"], saved["samples"], recipe)


def save_master(path: Path, trained: Trained) -> None:
    """Writes the weights as f16: half the size, and further training warms up anew anyway."""
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"config": json.dumps(trained.config.to_json()), "samples": str(trained.samples)}
    about["recipe"] = json.dumps(trained.recipe.to_json())
    save_file({name: value.half().contiguous() for name, value in trained.state.items()}, path, about)
