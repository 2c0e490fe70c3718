"""Writes the model that the app ships: public/models/nano with model.json and one manifest folder a component.

    python training/export_nano.py --checkpoint training/runs/pretrain/checkpoint.pt --styles training/runs/styles
    python training/export_nano.py --unpack training/runs/styles   # the shipped EditLoRAs as files, to train on (--resume)
    python training/export_nano.py --random          # untrained, full size: for building the app before training ends

--styles is a folder of <style>.safetensors from train_edit_lora.py. Every style must be there: an app with a card that
does nothing is worse than no export.
"""

import argparse
import json
import shutil
from pathlib import Path

import cv2
import numpy as np
import torch

from nano.checkpoint import load_trained, save_master
from nano.config import FluxConfig, Recipe
from nano.lora import PREFIX, Adapter, load_adapter, new_adapter, save_adapter
from nano.manifest import Stored, read_manifest, stored, write_manifest
from nano.model import Flux, initialise
from nano.sampler import NANO_SCHEDULER
from nano.settings import REPO_ROOT, data_dir
from nano.taef1 import LATENT_CHANNELS, Taef1
from nano.text import MAX_TOKENS, TextEncoder, load_weights, model_dir
from pairs.photos import is_held_out, load_index
from pairs.styles import STYLES, TRIGGERS

VERSION = "0.6.1"
NOUNS = {"monster": ["furry monster", "fluffy monster", "cartoon monster", "monster"]}
"""Styles whose trigger is itself the thing drawn, and the words people write for it; elsewhere "by TRIGGER" is appended."""

STYLE_NAMES = {
    "monster": "Cartoon monster",
    "magic": "3D magic",
    "painting": "Flowing colours",
    "edge": "Hand-drawn outline",
    "flat": "Flat illustration",
    "cloud": "Cloud sketch",
}
PREVIEW_PHOTOS = 32
TOKENS = 144  # the token budget of training so far
STEPS, CFG_SCALE, CFG_ABOVE_SIGMA = 8, 1.5, 0.4  # figures behind them: training/README.md


def latent_rgb(vae: Taef1) -> dict[str, list]:
    """Least-squares map from a latent pixel [16] to the mean RGB in [0, 1] of its 8 x 8 pixels, fitted on photos."""
    infos = [info for info in load_index(data_dir()) if not is_held_out(info.id)]
    step, images = len(infos) // PREVIEW_PHOTOS, []
    for info in infos[::step][:PREVIEW_PHOTOS]:
        image = cv2.imread(str(data_dir() / "photos" / f"{info.id}.jpg"))[..., ::-1]
        images.append(cv2.resize(image, (160, 160), interpolation=cv2.INTER_AREA))
    pixels = np.stack(images)
    latents = vae.encode(pixels).permute(0, 2, 3, 1).reshape(-1, LATENT_CHANNELS).numpy()
    colours = pixels.reshape(len(pixels), 20, 8, 20, 8, 3).mean((2, 4)).reshape(-1, 3) / 255
    inputs = np.concatenate((latents, np.ones((len(latents), 1))), axis=1)
    solution = np.linalg.lstsq(inputs, colours, rcond=None)[0]
    residual = np.sqrt(np.mean((inputs @ solution - colours) ** 2))
    print(f"latent_rgb: root mean square error {residual:.4f} of 1")
    return {"weight": solution[:-1].round(5).tolist(), "bias": solution[-1].round(5).tolist()}


def export_transformer(folder: Path, config: FluxConfig, state: dict, dtype: str) -> int:
    return write_manifest(folder, config.to_json(), {k: stored(v.float().numpy(), dtype) for k, v in state.items()})


def export_style(folder: Path, style: str, adapter: Adapter) -> int:
    tensors = {}
    for name, (a, b) in adapter.items():
        tensors[f"{PREFIX}{name}.lora_A.weight"] = stored(a.detach().numpy(), "Q8")
        tensors[f"{PREFIX}{name}.lora_B.weight"] = stored(b.detach().numpy(), "Q8")
    rank = next(iter(adapter.values()))[0].shape[0]
    return write_manifest(folder, {"style": style, "trigger": TRIGGERS[style], "rank": rank, "alpha": rank}, tensors)


def unpack_styles(model: Path, folder: Path) -> None:
    """Writes the EditLoRAs of an exported model as <folder>/<style>.safetensors, at the precision they were stored in."""
    for style in STYLES:
        _, tensors = read_manifest(model / "styles" / style)
        factor = lambda name, side: torch.from_numpy(tensors[f"{PREFIX}{name}.lora_{side}.weight"])
        names = sorted({key.removeprefix(PREFIX).rsplit(".lora_", 1)[0] for key in tensors})
        save_adapter(folder / f"{style}.safetensors", {name: (factor(name, "A"), factor(name, "B")) for name in names}, {"name": style, "trigger": TRIGGERS[style]})


def export_text_encoder(folder: Path) -> int:
    weights = load_weights()
    keys = (
        "hidden_size", "num_attention_heads", "num_hidden_layers", "intermediate_size", "layer_norm_eps",
        "max_position_embeddings", "vocab_size",
    )  # fmt: skip
    config = {key: TextEncoder.read_config()[key] for key in keys}
    size = write_manifest(folder, config, {k: stored(v, "Q8") for k, v in weights.items()})
    shutil.copyfile(model_dir() / "vocab.txt", folder / "vocab.txt")
    return size + (folder / "vocab.txt").stat().st_size


def export_autoencoder(folder: Path, vae: Taef1) -> int:
    tensors = {
        k: Stored(np.ascontiguousarray(v.numpy()), "F16" if v.ndim > 1 else "F32") for k, v in vae.state_dict().items()
    }
    return write_manifest(folder, {"latent_channels": LATENT_CHANNELS, "pixels_per_latent": 8}, tensors)


def model_json(config: FluxConfig, preview: dict, version: str) -> dict:
    return {
        "format": "photodoodle-model/1",
        "id": "nano",
        "name": "Nano",
        "version": version,
        "prediction": "source_residual",
        "noisy_input": "residual",
        "execution": "whole",
        "transformer": {"path": "transformer", "config": config.to_json()},
        "textEncoder": {"kind": "minilm", "path": "text-encoder", "maxTokens": MAX_TOKENS},
        "autoencoder": {"kind": "taef1", "path": "autoencoder"},
        "scheduler": NANO_SCHEDULER.to_json(),
        "defaults": {"steps": STEPS, "cfg_scale": CFG_SCALE, "cfg_above_sigma": CFG_ABOVE_SIGMA, "tokens": TOKENS, "zoom_pass": "gpu"},
        "latent_rgb": preview,
        "styles": [
            {
                "id": style, "trigger": TRIGGERS[style], "name": STYLE_NAMES[style], "path": f"styles/{style}",
                **({"trigger_use": "noun", "nouns": NOUNS[style]} if style in NOUNS else {}),
            }
            for style in STYLES
        ],
    }


def random_model(seed: int = 0) -> tuple[FluxConfig, dict, dict[str, Adapter]]:
    """Untrained weights with every path alive (nothing zero), and six random adapters."""
    config, generator = FluxConfig(), torch.Generator().manual_seed(seed)
    model = Flux(config)
    initialise(model, generator)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.abs().max() == 0:
                parameter.normal_(0, 0.02, generator=generator)
    adapters = {}
    for style in STYLES:
        adapter = new_adapter(config, 32, False, generator)
        adapters[style] = {k: (a, torch.randn(b.shape, generator=generator) * 0.01) for k, (a, b) in adapter.items()}
    return config, model.state_dict(), adapters


def trained_model(checkpoint: Path, styles: Path) -> tuple[FluxConfig, dict, dict[str, Adapter]]:
    missing = [style for style in STYLES if not (styles / f"{style}.safetensors").exists()]
    if missing:
        raise SystemExit(f"{styles} lacks {missing}: run training/train_edit_lora.py --style {missing[0]} first")
    trained = load_trained(checkpoint)
    unlike = [name for name, value in trained.recipe.to_json().items() if value != Recipe().to_json()[name]]
    if unlike:
        raise SystemExit(f"{checkpoint} is an ablation ({', '.join(unlike)}), which the app cannot run: export weights of the default recipe")
    adapters = {style: load_adapter(styles / f"{style}.safetensors") for style in STYLES}
    return trained.config, trained.state, adapters


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path)
    parser.add_argument("--styles", type=Path)
    parser.add_argument("--random", action="store_true")
    parser.add_argument("--out", type=Path, default=REPO_ROOT / "public" / "models" / "nano")
    parser.add_argument("--transformer-dtype", choices=("q8", "q4", "f16"), default="q8")
    parser.add_argument("--master", type=Path, help="also keep the weights there as f16, to go on from later")
    parser.add_argument("--unpack", type=Path, help="write the EditLoRAs of the model in --out to this folder instead")
    args = parser.parse_args()
    if args.unpack:
        unpack_styles(args.out, args.unpack)
        return
    if args.random == (args.checkpoint is not None):
        parser.error("give either --checkpoint with --styles, or --random")
    if args.checkpoint and not args.styles:
        parser.error("--checkpoint needs --styles")
    config, state, adapters = random_model() if args.random else trained_model(args.checkpoint, args.styles)
    vae = Taef1.load()
    sizes = {"transformer": export_transformer(args.out / "transformer", config, state, args.transformer_dtype.upper())}
    sizes["text-encoder"] = export_text_encoder(args.out / "text-encoder")
    sizes["autoencoder"] = export_autoencoder(args.out / "autoencoder", vae)
    for style, adapter in adapters.items():
        sizes[f"styles/{style}"] = export_style(args.out / "styles" / style, style, adapter)
    version = f"{VERSION}-untrained" if args.random else VERSION
    if args.master and args.checkpoint:
        save_master(args.master, load_trained(args.checkpoint))
    text = json.dumps(model_json(config, latent_rgb(vae), version), indent=2) + "\n"
    (args.out / "model.json").write_text(text)
    for name, size in sizes.items():
        print(f"{name:20s} {size / 2**20:7.2f} MiB")
    print(f"{'all':20s} {(sum(sizes.values()) + len(text)) / 2**20:7.2f} MiB")


if __name__ == "__main__":
    main()
