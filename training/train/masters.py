"""Trained networks on disk: a trainer's checkpoint.pt, or the 8-bit folder that the app ships.

The repository keeps no other copy of the networks: training goes on from what ships, whose rounding is at most 1/254 of
the largest weight among 32 neighbours, so that a clone stays lean. Of the codec it keeps what the app does not need."""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor

from data.settings import REPO_ROOT, work_dir
from model.codec import Codec
from model.conditioned import ConditionedConfig, ConditionedFlux, initialise
from model.stored import read_manifest

VERSION = "0.12.0"  # Of the weights that are exported. A style is of one version: its EditLoRA fits no other base.

SHIPPED = REPO_ROOT / "public" / "models" / "nano"
LAYER_ENCODER = REPO_ROOT / "training" / "checkpoints" / "codec.safetensors"
CHECKPOINTS = {"drawing": "drawing/checkpoint.pt", "layout": "layout-run/checkpoint.pt"}
"""Where the work folder has what the trainers write."""


class Trained(NamedTuple):
    """state: averaged weights f32 under the reference names; samples: how many they have seen."""

    config: ConditionedConfig
    state: dict[str, Tensor]
    samples: int

    def network(self) -> ConditionedFlux:
        model = ConditionedFlux(self.config)
        model.load_state_dict(self.state)
        return model


def named(path: str, part: str, newest: bool = True) -> Path:
    """What a flag for "drawing" or "layout" means: a path, "shipped", or, not given, the work folder's checkpoint or
    what ships."""
    own = work_dir() / CHECKPOINTS[part]
    if path in ("", "shipped"):
        return own if newest and not path and own.is_file() else SHIPPED / part
    return Path(path)


def load_trained(path: Path) -> Trained:
    """Reads a checkpoint.pt or a shipped folder. Raises SystemExit when there is none."""
    if (path / "manifest.json").is_file():
        config, tensors = read_manifest(path)
        about = json.loads((path.parent / "model.json").read_text())
        state = {name: torch.from_numpy(value) for name, value in tensors.items()}
        return Trained(ConditionedConfig.from_json(config), state, int(about.get("samples", {}).get(path.name, 0)))
    if not path.is_file():
        raise SystemExit(f"{path} does not exist: name a trainer's checkpoint.pt or a folder as the app ships it")
    saved = torch.load(path, weights_only=True, map_location="cpu")
    return Trained(ConditionedConfig.from_json(saved["config"]), saved["model"], saved["samples"])


def begin(
    out: Path, resume: bool, init: Path | None, config: ConditionedConfig, seed: int
) -> tuple[ConditionedFlux, int]:
    """What a run starts from, and the samples behind it: out/checkpoint.pt to resume, `init`'s weights, or new ones."""
    path = out / "checkpoint.pt" if resume else init
    if path is not None:
        trained = load_trained(path)
        return trained.network(), trained.samples
    model = ConditionedFlux(config)
    initialise(model, torch.Generator().manual_seed(seed))
    return model, 0


def save_checkpoint(out: Path, config: ConditionedConfig, average: dict[str, Tensor], samples: int) -> None:
    """out/checkpoint.pt, moved into place when it is complete."""
    unfinished = out / "checkpoint.part"
    torch.save({"config": config.to_json(), "model": average, "samples": samples}, unfinished)
    unfinished.replace(out / "checkpoint.pt")


def load_codec(name: str) -> Codec:
    """The work folder's codec of that name where there is one, else what ships and the committed encoder of layers."""
    own = work_dir() / name
    if own.is_file():
        return Codec.load(own)
    shipped = {key: torch.from_numpy(value) for key, value in read_manifest(SHIPPED / "codec")[1].items()}
    encode = load_file(LAYER_ENCODER)["layer.encode"].float()
    return Codec(encode, shipped["layer.decode"], shipped["photo.mean"], shipped["photo.encode"])
