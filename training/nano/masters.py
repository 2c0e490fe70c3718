"""Trained networks on disk: a trainer's checkpoint.pt, an f16 master, or the 8-bit folder that the app ships.

The repository keeps no masters of the networks: training goes on from what ships, whose rounding is at most 1/254 of
the largest weight among 32 neighbours, so that a clone stays lean. Of the codec, which never changes, it keeps what the app does not need.
"""

import json
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from nano.codec import Codec
from nano.conditioned import ConditionedConfig, ConditionedFlux, initialise
from nano.manifest import read_manifest
from nano.settings import REPO_ROOT, work_dir

VERSION = "0.7.1"
"""Of the weights that are exported. A style is of one version: its EditLoRA fits no other base."""

CODEC = "codec-256.safetensors"
MASTERS = REPO_ROOT / "training" / "checkpoints"
SHIPPED = REPO_ROOT / "public" / "models" / "nano"
CHECKPOINTS = {"drawing": "drawing/checkpoint.pt", "layout": "layout-run/checkpoint.pt"}
"""Where the work folder has what the trainers' own commands in README.md write."""


class Trained(NamedTuple):
    """state: averaged weights f32 under the reference names; samples: how many they have seen."""

    config: ConditionedConfig
    state: dict[str, Tensor]
    samples: int

    def network(self) -> ConditionedFlux:
        model = ConditionedFlux(self.config)
        model.load_state_dict(self.state)
        return model


def master(part: str) -> Path:
    """What the repository has of "drawing", "layout" or "codec": an f16 file where one was put there, else what ships."""
    own = MASTERS / f"{part}.safetensors"
    return own if own.is_file() or part == "codec" else SHIPPED / part


def newest(part: str) -> Path:
    """The work folder's checkpoint of "drawing" or "layout" where there is one, else the master."""
    own = work_dir() / CHECKPOINTS[part]
    return own if own.is_file() else master(part)


def load_trained(path: Path) -> Trained:
    """Reads a checkpoint.pt, a master, or a shipped folder. Raises SystemExit when there is none."""
    if (path / "manifest.json").is_file():
        config, tensors = read_manifest(path)
        about = json.loads((path.parent / "model.json").read_text())
        state = {name: torch.from_numpy(value) for name, value in tensors.items()}
        return Trained(ConditionedConfig.from_json(config), state, int(about.get("samples", {}).get(path.name, 0)))
    if not path.is_file():
        raise SystemExit(f"{path} does not exist: name a trainer's checkpoint.pt or a master of training/checkpoints")
    if path.suffix != ".safetensors":
        saved = torch.load(path, weights_only=True)
        return Trained(ConditionedConfig.from_json(saved["config"]), saved["model"], saved["samples"])
    with safe_open(path, "pt") as file:
        about = file.metadata()
        state = {name: file.get_tensor(name).float() for name in file.keys()}
    return Trained(ConditionedConfig.from_json(json.loads(about["config"])), state, int(about["samples"]))


def begin(out: Path, resume: bool, init: Path | None, config: ConditionedConfig, seed: int) -> tuple[ConditionedFlux, int]:
    """What a trainer's run starts from, and the samples behind it: out/checkpoint.pt to resume, the weights of `init`, or new ones."""
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


def save_master(path: Path, trained: Trained) -> None:
    """As f16, config and samples in the metadata."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {"config": json.dumps(trained.config.to_json()), "samples": str(trained.samples)}
    save_file({name: value.half().contiguous() for name, value in trained.state.items()}, path, facts)


def load_codec(name: str) -> Codec:
    """The work folder's codec of that name where there is one, else the committed one: what ships and the encoder of layers."""
    own = work_dir() / name
    if own.is_file():
        return Codec.load(own)
    _, shipped = read_manifest(SHIPPED / "codec")
    kept = load_file(master("codec"))
    as_tensor = {key: torch.from_numpy(value) for key, value in shipped.items()}
    return Codec(kept["layer.encode"].float(), as_tensor["layer.decode"], as_tensor["photo.mean"], as_tensor["photo.encode"])
