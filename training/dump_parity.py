"""Stores a whole edit of the exported nano model, step by step, for the app's engine to be checked against.

    python training/dump_parity.py --model public/models/nano --out tests/parity/nano-edge --style edge

The numbers come from the exported, quantised weights (dequantised, fp32), not from the checkpoint. A case is a folder in
the style of the other parity cases: `case.json` (kind "edit") and
- `inputs.safetensors`: `image` u8 [H, W, 3], `noise` f32 [1, N, 64];
- `expected.safetensors`: `text_ids` i64 [L], `txt` [1, L, 384], `pooled` [1, 384], `source` [1, N, 64] tokens, `sigmas`
  [steps + 1], `latents.i` [1, N, 64] after step i, `image` f32 [H, W, 3] in [0, 1], the last latents decoded.
The weights are the model folder itself.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import torch
from safetensors.torch import save_file

from nano.config import FluxConfig, Recipe
from nano.lora import PREFIX, Adapter, merged
from nano.manifest import read_manifest
from nano.model import Flux
from nano.sampler import Scheduler, edit_latents
from nano.settings import REPO_ROOT, data_dir
from nano.taef1 import PIXELS_PER_TOKEN, Taef1, pack, unpack
from nano.text import TextEncoder
from pairs.photos import SAMPLE_IDS


def read_adapter(folder: Path) -> Adapter:
    """A style's manifest folder -> adapter (alpha = rank)."""
    _, tensors = read_manifest(folder)
    half = lambda name, side: torch.from_numpy(tensors[f"{PREFIX}{name}.lora_{side}.weight"])
    names = {key.removeprefix(PREFIX).rsplit(".lora_", 1)[0] for key in tensors}
    return {name: (half(name, "A"), half(name, "B")) for name in sorted(names)}


def read_transformer(folder: Path) -> Flux:
    config, tensors = read_manifest(folder)
    model = Flux(FluxConfig.from_json(config))
    model.load_state_dict({name: torch.from_numpy(values.copy()) for name, values in tensors.items()})
    return model.eval().requires_grad_(False)


def edit(model_dir: Path, image: np.ndarray, text: str, style: str | None, strength: float, steps: int, seed: int):
    """image uint8 [H, W, 3] -> (inputs, expected) as the file docstring lists them."""
    model = read_transformer(model_dir / "transformer")
    if style:
        adapter = read_adapter(model_dir / "styles" / style)
        model.load_state_dict(merged(model.state_dict(), adapter, model.config, strength))
    vae, encoder = Taef1.load(), TextEncoder()
    grid = tuple(side // PIXELS_PER_TOKEN for side in image.shape[:2])
    source = pack(vae.encode(image[None]))
    txt, pooled = (tensor[None] for tensor in encoder.encode(text))
    noise = torch.randn(source.shape, generator=torch.Generator().manual_seed(seed))
    expected = {
        "text_ids": torch.tensor(encoder.ids(text)),
        "txt": txt,
        "pooled": pooled,
        "source": source,
        "sigmas": torch.tensor(Scheduler().sigmas(steps, 2 * source.shape[1])),
    }
    rope = model.rope(grid, txt.shape[1])
    recipe = Recipe.from_json({"noisy_input": json.loads((model_dir / "model.json").read_text()).get("noisy_input", "latents")})
    for i, latents in enumerate(edit_latents(model, source, txt, pooled, rope, noise, steps, recipe=recipe)):
        expected[f"latents.{i}"] = latents
    decoded = vae.decoder(unpack(latents, grid).contiguous(memory_format=torch.channels_last)).clamp(0, 1)
    expected["image"] = decoded[0].permute(1, 2, 0)
    return {"image": torch.from_numpy(image), "noise": noise}, expected


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=REPO_ROOT / "public" / "models" / "nano")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--style", help="a style of the model; without it the base alone")
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--text", default="draw a thick blue outline around the cat")
    parser.add_argument("--size", type=int, nargs=2, default=(64, 64), metavar=("HEIGHT", "WIDTH"))
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    photo = cv2.imread(str(data_dir() / "photos" / f"{min(SAMPLE_IDS)}.jpg"))[..., ::-1]
    image = cv2.resize(np.ascontiguousarray(photo), (args.size[1], args.size[0]), interpolation=cv2.INTER_AREA)
    with torch.no_grad():
        inputs, expected = edit(args.model, image, args.text, args.style, args.strength, args.steps, args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    contiguous = lambda tensors: {name: tensor.contiguous() for name, tensor in tensors.items()}
    save_file(contiguous(inputs), args.out / "inputs.safetensors")
    save_file(contiguous(expected), args.out / "expected.safetensors")
    version = json.loads((args.model / "model.json").read_text())["version"]
    case = {
        "kind": "edit", "model": "nano", "version": version, "inputs": "inputs.safetensors",
        "expected": "expected.safetensors", "grid": [side // PIXELS_PER_TOKEN for side in args.size], "text": args.text,
        "style": args.style, "strength": args.strength, "steps": args.steps, "tolerance": {"rel_l2": 5e-3},
    }  # fmt: skip
    (args.out / "case.json").write_text(json.dumps(case, indent=2) + "\n")
    print(f"{args.out}: {len(expected)} tensors, {args.steps} steps, style {args.style}")


if __name__ == "__main__":
    main()
