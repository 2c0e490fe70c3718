"""Draws source | true target | result for cached pairs, to look at a model in training.

    python training/samples.py --checkpoint training/runs/pretrain/checkpoint.pt \\
        --cache training/runs/cache/pretrain-val --out training/runs/sheet.png [--adapter style.safetensors]
"""

import argparse
from pathlib import Path

import torch

from nano.cache import Cache
from nano.config import FluxConfig, Recipe
from nano.lora import load_adapter, merged
from nano.model import Flux
from nano.sheet import sheet
from nano.taef1 import Taef1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--cache", type=Path, required=True, help="pairs of held-out photos")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--adapter", type=Path)
    parser.add_argument("--strength", type=float, default=1.0)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--raw", action="store_true", help="the last weights instead of their average")
    args = parser.parse_args()
    saved = torch.load(args.checkpoint, weights_only=True, map_location="cpu")
    model, state = Flux(FluxConfig.from_json(saved["config"])), saved["model" if args.raw else "ema"]
    if args.adapter:
        state = merged(state, load_adapter(args.adapter), model.config, args.strength)
    model.load_state_dict(state)
    model.eval().requires_grad_(False)
    cache = Cache(args.cache)
    cache.refresh()
    chosen = range(0, len(cache), max(1, len(cache) // args.count))[: args.count]
    recipe = Recipe.from_json(saved.get("recipe"))
    sheet(model, Taef1.load(), [cache[i] for i in chosen], args.out, args.steps, recipe=recipe)
    print(f"{args.out}: step {saved['step']}, {saved['samples']} samples, prediction after {args.steps} Euler steps")


if __name__ == "__main__":
    main()
