"""Trains one artist's EditLoRA on cached pairs: the base is frozen, only low-rank factors learn.

    python training/train_edit_lora.py --style magic --cache training/runs/cache/magic \\
        --base training/runs/pretrain/checkpoint.pt --minutes 6

Writes <out>/<style>.safetensors with diffusers/PEFT names, alpha = rank. Training starts at the base model (B = 0). Each
step merges W + B A and differentiates through the merge, so what is trained is exactly what a dense merge gives; at these
sizes forming B A costs far less than the tokens' products. Two styles may train at once: each uses --threads threads.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.func import functional_call

from nano.cache import Cache
from nano.checkpoint import load_trained
from nano.lora import Adapter, load_adapter, merged, new_adapter, save_adapter
from nano.model import Flux
from nano.objective import BatchSampler, Batch, Losses, collate, draw_sigmas, residual_losses
from nano.settings import work_dir
from pairs.styles import STYLES, TRIGGERS

WARM_UP = 0.03
DECAY = 0.4  # a long decay instead of an average of weights
CLIP_NORM = 1.0
SAVE_SECONDS = 60


def schedule(progress: float) -> float:
    return max(0.0, min(1.0, (progress + 0.002) / WARM_UP, (1 - progress) / DECAY))


class EditLora:
    """The frozen base and one trainable adapter."""

    def __init__(self, model: Flux, adapter: Adapter, lr: float):
        self.model = model.requires_grad_(False)
        self.base = dict(model.named_parameters())
        self.adapter = {name: (a.requires_grad_(), b.requires_grad_()) for name, (a, b) in adapter.items()}
        # B grows from zero and sets the size of the change; A only turns: a higher rate for B learns faster (LoRA+)
        self.rates = (lr, 4 * lr)
        pairs = list(self.adapter.values())
        groups = [{"params": [pair[i] for pair in pairs], "lr": rate} for i, rate in enumerate(self.rates)]
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), weight_decay=0.0)
        self.ropes: dict[tuple, tuple] = {}

    def losses(self, batch: Batch, sigma: Tensor, noise: Tensor) -> Losses:
        key = (batch.grid, batch.txt.shape[1])
        if key not in self.ropes:
            self.ropes[key] = self.model.rope(*key)
        weights = merged(self.base, self.adapter, self.model.config)
        network = lambda *args, **kwargs: functional_call(self.model, weights, args, kwargs)
        return residual_losses(network, batch, sigma, noise, self.ropes[key])

    def step(self, batch: Batch, sigma: Tensor, noise: Tensor, factor: float) -> tuple[float, float]:
        for group, rate in zip(self.optimiser.param_groups, self.rates):
            group["lr"] = rate * factor
        losses = self.losses(batch, sigma, noise)
        losses.objective.backward()
        torch.nn.utils.clip_grad_norm_([t for pair in self.adapter.values() for t in pair], CLIP_NORM)
        self.optimiser.step()
        self.optimiser.zero_grad()
        return losses.doodle.item(), losses.background.item()


def train(args: argparse.Namespace) -> Path:
    torch.set_num_threads(args.threads)
    base = load_trained(args.base)
    model = Flux(base.config)
    model.load_state_dict(base.state)
    path = args.out / f"{args.style}.safetensors"
    generator, rng = torch.Generator().manual_seed(args.seed), np.random.default_rng(args.seed)
    if args.resume:
        adapter = load_adapter(path)
    else:
        adapter = new_adapter(model.config, args.rank, args.single_mlp, generator)
    lora, cache = EditLora(model, adapter, args.lr), Cache(args.cache)
    sampler = BatchSampler(cache, args.batch, rng)
    if not len(cache):
        raise SystemExit(f"{args.cache} is empty: run training/cache_pairs.py --kind {args.style} --out {args.cache} first")
    metadata = {"style": args.style, "trigger": TRIGGERS[args.style], "base_samples": str(base.samples)}
    started = saved_at = time.monotonic()
    recent, step = [], 0
    while (progress := (time.monotonic() - started) / (60 * args.minutes)) < 1 and step < args.max_steps:
        batch = collate(sampler.draw())
        noise = torch.randn(batch.target.shape, generator=generator)
        recent.append(lora.step(batch, draw_sigmas(args.batch, rng), noise, schedule(progress)))
        step += 1
        if step % 20 == 0:
            doodle, background = np.mean(recent, axis=0).round(4).tolist()
            record = {"time": time.strftime("%H:%M:%S"), "style": args.style, "step": step, "samples": step * args.batch,
                      "doodle": doodle, "background": background, "pairs": len(cache), "progress": round(progress, 3)}  # fmt: skip
            print(json.dumps(record), flush=True)
            recent = []
            sampler.refresh()
        if time.monotonic() - saved_at > SAVE_SECONDS:
            save_adapter(path, lora.adapter, metadata)
            saved_at = time.monotonic()
    save_adapter(path, lora.adapter, metadata)
    print(f"{path}: {step} steps, {step * args.batch} samples on {len(cache)} pairs", flush=True)
    return path


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--style", required=True, choices=STYLES)
    parser.add_argument("--cache", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True, help="checkpoint.pt of pretrain.py, or a master .safetensors")
    parser.add_argument("--out", type=Path, default=work_dir() / "styles")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--single-mlp", action="store_true", help="also the single blocks' MLP and output projection")
    parser.add_argument("--lr", type=float, default=1e-3, help="of A; B takes four times as much")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--resume", action="store_true", help="go on from <out>/<style>.safetensors")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args(argv)


if __name__ == "__main__":
    train(arguments())
