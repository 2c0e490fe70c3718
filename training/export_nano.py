"""Writes what the app ships: public/models/nano, 8-bit, from trained checkpoints, and what else training goes on from.

    python training/export_nano.py                       # work dir's drawing, layout-run, styles, codec -> public/models/nano
    python training/export_nano.py --masters             # also training/checkpoints/{drawing,layout}.safetensors, f16, for oneself
"""

import argparse
import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from nano import masters
from nano.codec import Codec
from nano.conditioned import SLOTS
from nano.inference import SHIFT
from nano.manifest import Stored, stored, write_manifest
from nano.masters import CODEC, VERSION, load_codec, load_trained, master, newest, save_master
from nano.settings import REPO_ROOT, work_dir
from nano.slots import SHIFT as LAYOUT_SHIFT
from nano.slots import STEPS as LAYOUT_STEPS
from nano.text import MAX_TOKENS

CALLS = 2
STYLE_NAMES = {
    "monster": "Cartoon monster", "magic": "3D magic", "painting": "Flowing colours", "edge": "Hand-drawn outline",
    "flat": "Flat illustration", "cloud": "Cloud sketch",
}  # fmt: skip


def export_network(folder: Path, checkpoint: Path) -> tuple[int, dict, int]:
    """-> bytes, the network's config, samples it has seen."""
    trained = load_trained(checkpoint)
    config, tensors = trained.config.to_json(), {name: stored(value.float().numpy(), "Q8") for name, value in trained.state.items()}
    return write_manifest(folder, config, tensors), config, trained.samples


def export_codec(folder: Path, codec: Codec) -> int:
    """What the app needs of it: decoding layers, encoding photos."""
    tensors = {"layer.decode": codec.decode, "photo.mean": codec.mean, "photo.encode": codec.photo}
    kinds = {"layer.decode": "F16", "photo.mean": "F32", "photo.encode": "F32"}
    return write_manifest(folder, {"components": codec.components}, {k: Stored(v.contiguous().numpy(), kinds[k]) for k, v in tensors.items()})


def export_style(folder: Path, style: str, factors: dict[str, torch.Tensor]) -> int:
    """Its config names what it was trained for ("nano 0.7.1"), which the app says where it cannot use a style."""
    ranks = {part: min(v.shape) for k, v in factors.items() for part in [k.split(".")[0]] if k.endswith("lora_A.weight")}
    tensors = {name: stored(value.float().numpy(), "Q8") for name, value in factors.items()}
    return write_manifest(folder, {"name": STYLE_NAMES[style], "base": f"nano {VERSION}", "ranks": ranks}, tensors)


def model_json(drawing: dict, layout: dict, styles: list[str], samples: dict[str, int]) -> dict:
    return {
        "format": "photodoodle-model/1",
        "id": "nano",
        "name": "Nano",
        "version": VERSION,
        "prediction": "layer",
        "execution": "whole",
        "text_encoder": {"kind": "minilm", "path": "text-encoder", "max_tokens": MAX_TOKENS},
        "layout": {"path": "layout", "config": layout, "slots": SLOTS, "steps": LAYOUT_STEPS, "shift": LAYOUT_SHIFT},
        "drawing": {"path": "drawing", "config": drawing, "shift": SHIFT},
        "codec": {"path": "codec"},
        "defaults": {"steps": CALLS, "cfg_scale": 1, "cfg_above_sigma": 0.4},
        "samples": samples,
        "styles": [{"id": style, "name": STYLE_NAMES[style], "path": f"styles/{style}"} for style in styles],
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--drawing", type=Path, default=newest("drawing"), help="a checkpoint.pt or a master")
    parser.add_argument("--layout", type=Path, default=newest("layout"))
    parser.add_argument("--codec", default=CODEC, help="in the work folder; where it is missing, the committed one")
    parser.add_argument("--styles", type=Path, default=work_dir() / "styles")
    parser.add_argument("--out", type=Path, default=REPO_ROOT / "public" / "models" / "nano")
    parser.add_argument("--masters", action="store_true")
    args = parser.parse_args(argv)
    sizes, configs, samples = {}, {}, {}
    for name, checkpoint in (("drawing", args.drawing), ("layout", args.layout)):
        sizes[name], configs[name], samples[name] = export_network(args.out / name, checkpoint)
    codec = load_codec(args.codec)
    sizes["codec"] = export_codec(args.out / "codec", codec)
    styles = [style for style in STYLE_NAMES if (args.styles / f"{style}.safetensors").is_file()]
    for style in styles:
        sizes[f"styles/{style}"] = export_style(args.out / "styles" / style, style, load_file(args.styles / f"{style}.safetensors"))
    (args.out / "model.json").write_text(json.dumps(model_json(configs["drawing"], configs["layout"], styles, samples), indent=2) + "\n")
    for stale in ("transformer", "autoencoder"):
        shutil.rmtree(args.out / stale, ignore_errors=True)
    master("codec").parent.mkdir(parents=True, exist_ok=True)
    save_file({"layer.encode": codec.encode.half().contiguous()}, master("codec"))
    if args.masters:
        for part, path in (("drawing", args.drawing), ("layout", args.layout)):
            save_master(masters.MASTERS / f"{part}.safetensors", load_trained(path))
    for name, size in sizes.items():
        print(f"{name:20s} {size / 2**20:7.2f} MiB")


if __name__ == "__main__":
    main()
