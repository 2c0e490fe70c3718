"""Writes what the app ships, public/models/nano (configs/export.toml)."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file

from configs import options
from model.codec import ALPHA_GAIN, Codec
from model.conditioned import SLOTS
from model.inference import CALLS, SHIFT
from model.slots import SHIFT as LAYOUT_SHIFT
from model.slots import STEPS as LAYOUT_STEPS
from model.stored import Stored, stored, write_manifest
from model.text import MAX_TOKENS
from train.hands import stored_factors
from train.masters import LAYER_ENCODER, SHIPPED, VERSION, load_codec, load_trained, named

Tensors = dict[str, torch.Tensor]

ALPHA_GAINS = {"monster": 2.5, "magic": 3.0, "painting": 2.0, "edge": 2.25, "flat": 2.0, "cloud": 1.0}
"""Hands are softer than plain things: with these an edge on twelve megapixels is about as wide. Chalk stays soft."""
STYLE_NAMES = {
    "monster": "Cartoon monster", "magic": "3D magic", "painting": "Flowing colours", "edge": "Hand-drawn outline",
    "flat": "Flat illustration", "cloud": "Cloud sketch",
}  # fmt: skip


def averaged(new: Tensors, old: Tensors, keep: float) -> Tensors:
    """f32; keep: share of the old ones."""
    mixed = lambda name, value: torch.lerp(value, old[name].float(), keep) if keep else value
    return {name: mixed(name, value.float()) for name, value in new.items()}


def export_network(folder: Path, checkpoint: Path, keep: float) -> tuple[int, dict, int]:
    """-> bytes, the network's config, samples it has seen."""
    trained = load_trained(checkpoint)
    state = averaged(trained.state, load_trained(SHIPPED / folder.name).state if keep else {}, keep)
    config = trained.config.to_json()
    tensors = {name: stored(value.numpy(), "Q8") for name, value in state.items()}
    return write_manifest(folder, config, tensors), config, trained.samples


def export_codec(folder: Path, codec: Codec) -> int:
    """What the app needs of it: decoding layers, encoding photos."""
    as_stored = lambda value, kind: Stored(value.contiguous().numpy(), kind)
    photo = {"photo.mean": as_stored(codec.mean, "F32"), "photo.encode": as_stored(codec.photo, "F32")}
    tensors = {"layer.decode": as_stored(codec.decode, "F16")} | photo
    return write_manifest(folder, {"components": codec.components}, tensors)


def export_style(folder: Path, style: str, factors: dict[str, torch.Tensor]) -> int:
    """Its config names what it was trained for ("nano 0.7.1"), which the app says where it cannot use a style."""
    ranks = {k.split(".")[0]: min(v.shape) for k, v in factors.items() if k.endswith("lora_A.weight")}
    tensors = {name: stored(value.float().numpy(), "Q8") for name, value in factors.items()}
    return write_manifest(folder, {"name": STYLE_NAMES[style], "base": f"nano {VERSION}", "ranks": ranks}, tensors)


def model_json(drawing: dict, layout: dict, styles: list[str], samples: dict[str, int]) -> dict:
    return {
        "format": "photodoodle-model/1", "id": "nano", "name": "Nano", "version": VERSION, "prediction": "layer",
        "execution": "whole", "text_encoder": {"kind": "minilm", "path": "text-encoder", "max_tokens": MAX_TOKENS},
        "layout": {"path": "layout", "config": layout, "slots": SLOTS, "steps": LAYOUT_STEPS, "shift": LAYOUT_SHIFT},
        "drawing": {"path": "drawing", "config": drawing, "shift": SHIFT},
        "codec": {"path": "codec", "alpha_gain": ALPHA_GAIN},
        "defaults": {"steps": CALLS, "cfg_scale": 1, "cfg_above_sigma": 0.4}, "samples": samples,
        "styles": [
            {"id": style, "name": STYLE_NAMES[style], "path": f"styles/{style}", "alpha_gain": ALPHA_GAINS[style]}
            for style in styles
        ],
    }  # fmt: skip


def export(argv: Sequence[str] | None = None) -> None:
    """Writes networks, codec, styles and model.json, and the encoder of layers that training goes on with."""
    args, sizes, configs, samples = options("export", argv), {}, {}, {}
    out = Path(args.out) if args.out else SHIPPED
    for part in ("drawing", "layout"):
        checkpoint, keep = named(getattr(args, part), part), getattr(args, f"keep_{part}")
        sizes[part], configs[part], samples[part] = export_network(out / part, checkpoint, keep)
    codec, styles = load_codec(args.codec), []
    sizes["codec"] = export_codec(out / "codec", codec)
    for style in STYLE_NAMES:
        parts = []
        for part, keep in (("drawing", args.keep_drawing), ("layout", args.keep_layout)):
            own, old = named(getattr(args, part), part).parent / "styles", SHIPPED / "styles"
            parts.append(averaged(stored_factors(own, style, part), stored_factors(old, style, part), keep))
        if all(parts):
            sizes[f"styles/{style}"] = export_style(out / "styles" / style, style, parts[0] | parts[1])
            styles.append(style)
    about = model_json(configs["drawing"], configs["layout"], styles, samples)
    (out / "model.json").write_text(json.dumps(about, indent=2) + "\n")
    if not args.out:
        save_file({"layer.encode": codec.encode.half().contiguous()}, LAYER_ENCODER)
    for name, size in sizes.items():
        print(f"{name:20s} {size / 2**20:7.2f} MiB")
