"""Pre-trains nano as an instruction editor on cached pairs; stops on the clock, resumes from its checkpoint.

    python training/pretrain.py --cache training/runs/cache/pretrain --out training/runs/pretrain --minutes 60
    python training/pretrain.py ... --resume --minutes 30

The network predicts d = target - source in latent space (prediction "source_residual"); the final layer starts at zero,
so training starts at "leave the photo alone". 10 % of the instructions are dropped, which makes classifier-free guidance
possible. Source dropout is left out of v0: with zeroed source tokens d would be relative to a source that the network
cannot see. --processes N splits each batch over N processes of one thread: on a shared machine that is nearly N times
faster than N threads, which wait for the slowest at every operator. A --resume warms up again, then holds, then decays, so several short runs add up.
"""

import argparse
import copy
import json
import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist

from nano.cache import Cache
from nano.checkpoint import load_trained
from nano.config import FluxConfig
from nano.model import Flux, initialise
from nano.muon import Muon, all_reduce
from nano.objective import BatchSampler, Batch, collate, draw_sigmas, residual_losses
from nano.text import TextEncoder

INSTRUCTION_DROPOUT = 0.1
CLIP_NORM = 1.0
WARM_UP = 0.02  # of the run; Muon needs little
DECAY = 0.3  # the last part of the run, linear to zero: where the loss falls most
EMA = 0.997  # about 300 steps, a tenth of a CPU run
CHECKPOINT_SECONDS = 180


def schedule(progress: float) -> float:
    """Learning-rate factor at `progress` in [0, 1] of the run: warm-up, stable, decay."""
    return max(0.0, min(1.0, (progress + 0.001) / WARM_UP, (1 - progress) / DECAY))


def optimisers(model: Flux, muon_lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """Muon for the blocks' matrices, AdamW for embedders, modulations, norms, biases and the final layer."""
    hidden, pieces, rest = model.config.hidden_size, {}, []
    for name, parameter in model.named_parameters():
        matrix = parameter.ndim == 2 and "_blocks." in name and ".lin." not in name
        if not matrix:
            rest.append(parameter)
            continue
        # q, k and v (and the MLP's rows of linear1) are separate square maps
        stacked = parameter.shape[0] // hidden if "qkv" in name or "linear1" in name else 1
        pieces.setdefault(stacked, []).append(parameter)
    groups = [{"params": params, "pieces": count} for count, params in pieces.items()]
    return [Muon(groups, muon_lr, weight_decay=0.01), torch.optim.AdamW(rest, adam_lr, (0.9, 0.98), weight_decay=0.0)]


def validate(model: Flux, cache: Cache, count: int = 32) -> dict[str, float]:
    """Share of |d|^2 on doodle tokens still unexplained at three noise levels (1 = nothing drawn), and background MSE."""
    rng, result = torch.Generator().manual_seed(0), {}
    groups: dict[tuple, list] = {}
    for i in range(min(count, len(cache))):
        groups.setdefault(cache.grid(i), []).append(cache[i])
    for sigma in (1.0, 0.8, 0.4):
        doodle = background = nothing = total = 0.0
        for samples in groups.values():
            batch = collate(samples)
            rope = model.rope(batch.grid, batch.txt.shape[1])
            level, noise = torch.full((len(samples),), sigma), torch.randn(batch.target.shape, generator=rng)
            with torch.no_grad():
                losses = residual_losses(model, batch, level, noise, rope)
                zero = residual_losses(lambda img, *_, **__: torch.zeros(()), batch, level, noise, rope)
            doodle += losses.doodle.item() * len(samples)
            background += losses.background.item() * len(samples)
            nothing, total = nothing + zero.doodle.item() * len(samples), total + len(samples)
        result |= {f"unexplained@{sigma}": round(doodle / nothing, 4), f"background@{sigma}": round(background / total, 5)}
    return result


class Run:
    def __init__(self, args: argparse.Namespace, rank: int = 0):
        self.args, self.out, self.rank = args, Path(args.out), rank
        self.out.mkdir(parents=True, exist_ok=True)
        self.checkpoint = self.out / "checkpoint.pt"
        saved = torch.load(self.checkpoint, weights_only=True) if args.resume else None
        heads = args.hidden // 64
        master = load_trained(args.init) if args.init else None
        config = FluxConfig(hidden_size=args.hidden, num_heads=heads, depth=args.depth, depth_single_blocks=args.single)
        if master:
            config = master.config
        self.config = FluxConfig.from_json(saved["config"]) if saved else config
        self.model = Flux(self.config)
        initialise(self.model, torch.Generator().manual_seed(args.seed))
        self.optimisers = optimisers(self.model, args.muon_lr, args.adam_lr)
        self.step = self.samples = 0
        if master and not saved:
            self.model.load_state_dict(master.state)
            self.samples = master.samples
        if saved:
            self.model.load_state_dict(saved["model"])
            for optimiser, state in zip(self.optimisers, saved["optimisers"]):
                optimiser.load_state_dict(state)
            self.step, self.samples = saved["step"], saved["samples"]
        self.first_step = self.step
        self.ema = copy.deepcopy(self.model).requires_grad_(False)
        if saved:
            self.ema.load_state_dict(saved["ema"])
        self.rates = [args.muon_lr, args.adam_lr]
        self.network = torch.compile(self.model, dynamic=True) if args.compile else self.model
        self.rng = np.random.default_rng((args.seed, self.step, rank))
        self.noise = torch.Generator().manual_seed(args.seed * 1_000_003 + self.step * args.processes + rank)
        self.empty = TextEncoder().encode("")
        self.ropes: dict[tuple, tuple] = {}

    def batch(self, sampler: BatchSampler) -> Batch:
        samples = sampler.draw()
        length = max(len(sample.states) for sample in samples)
        for i, sample in enumerate(samples):
            if self.rng.random() < INSTRUCTION_DROPOUT:
                samples[i] = replace(sample, states=self.empty[0], pooled=self.empty[1])
        return collate(samples, length)

    def train_step(self, batch: Batch, progress: float) -> tuple[float, float, float, float]:
        """One update; `progress` is rank 0's. -> (objective, doodle loss, background loss, gradient norm)."""
        for optimiser, rate in zip(self.optimisers, self.rates):
            for group in optimiser.param_groups:
                group["lr"] = rate * schedule(progress)
        key = (batch.grid, batch.txt.shape[1])
        if key not in self.ropes:
            self.ropes[key] = self.model.rope(*key)
        sigma = draw_sigmas(len(batch.source), self.rng)
        noise = torch.randn(batch.target.shape, generator=self.noise)
        losses = residual_losses(self.network, batch, sigma, noise, self.ropes[key])
        losses.objective.backward()
        if self.args.processes > 1:
            gradients = [parameter.grad.div_(self.args.processes) for parameter in self.model.parameters()]
            all_reduce(gradients)
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP_NORM)
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad()
        self.step, self.samples = self.step + 1, self.samples + len(batch.source) * self.args.processes
        decay = min(EMA, self.step / (self.step + 10))
        with torch.no_grad():
            for average, parameter in zip(self.ema.parameters(), self.model.parameters()):
                average.lerp_(parameter, 1 - decay)
        return losses.objective.item(), losses.doodle.item(), losses.background.item(), norm.item()

    def save(self) -> None:
        state = {
            "config": self.config.to_json(), "args": vars(self.args), "step": self.step, "samples": self.samples,
            "model": self.model.state_dict(), "ema": self.ema.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
        }  # fmt: skip
        temporary = self.checkpoint.with_suffix(".part")
        torch.save(state, temporary)
        os.replace(temporary, self.checkpoint)

    def log(self, record: dict) -> None:
        line = json.dumps({"time": time.strftime("%H:%M:%S"), "step": self.step, "samples": self.samples, **record})
        print(line, flush=True)
        with (self.out / "curve.jsonl").open("a") as file:
            file.write(line + "\n")

    def progress(self, started: float) -> float:
        """Share of the run that is over, by minutes or by steps; 1 or more means stop. The ranks must agree, so rank 0 tells."""
        by_clock = (time.monotonic() - started) / (60 * self.args.minutes)
        by_steps = (self.step - self.first_step) / max(1, self.args.max_steps - self.first_step)
        share = torch.tensor([max(by_clock, by_steps)])
        if self.args.processes > 1:
            dist.broadcast(share, 0)
        return share.item()

    def train(self) -> None:
        args, started = self.args, time.monotonic()
        cache, held_out = Cache(Path(args.cache)), Cache(Path(args.validation)) if args.validation else None
        sampler = BatchSampler(cache, args.batch // args.processes, self.rng)
        if not len(cache):
            raise SystemExit(f"{args.cache} has no pairs yet: run training/cache_pairs.py --out {args.cache} first")
        if held_out is not None:
            held_out.refresh()
        if self.rank == 0:
            print(json.dumps({"config": self.config.to_json(), "args": vars(args)}), flush=True)
        recent, saved_at, first = [], started, self.samples
        while (progress := self.progress(started)) < 1:
            recent.append(self.train_step(self.batch(sampler), progress))
            if self.step % 20 == 0:
                sampler.refresh()
            if self.rank:
                continue
            if self.step % 20 == 0:
                objective, doodle, background, norm = np.mean(recent, axis=0).round(4).tolist()
                rate = (self.samples - first) / (time.monotonic() - started)
                self.log({"objective": objective, "doodle": doodle, "background": background, "norm": norm, "pairs": len(cache),
                          "per_second": round(rate, 2), "progress": round(progress, 3)})  # fmt: skip
                recent = []
            if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
                self.checkpoint_and_validate(held_out)
                saved_at = time.monotonic()
        if self.rank == 0:
            self.checkpoint_and_validate(held_out)

    def checkpoint_and_validate(self, held_out: Cache | None) -> None:
        self.save()
        if held_out is not None:
            self.log(validate(self.ema, held_out))


def process(rank: int, args: argparse.Namespace) -> None:
    if args.processes > 1:
        torch.set_num_threads(1)
        dist.init_process_group("gloo", rank=rank, world_size=args.processes)
    Run(args, rank).train()
    if args.processes > 1:
        dist.barrier()
        dist.destroy_process_group()


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", required=True)
    parser.add_argument("--validation", help="a cache folder of held-out photos")
    parser.add_argument("--out", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--resume", action="store_true", help="go on from <out>/checkpoint.pt")
    parser.add_argument("--init", type=Path, help="start from these trained weights (training/checkpoints/nano.safetensors)")
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--hidden", type=int, default=192, help="a multiple of 64")
    parser.add_argument("--depth", type=int, default=2)
    parser.add_argument("--single", type=int, default=6)
    parser.add_argument("--muon-lr", type=float, default=2e-3)
    parser.add_argument("--adam-lr", type=float, default=1.5e-3)
    parser.add_argument("--max-steps", type=int, default=10**9)
    parser.add_argument("--compile", action="store_true", help="20 %% faster after two minutes of compiling")
    parser.add_argument("--processes", type=int, default=1, help="of one thread each; 1 process uses all threads")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(argv)
    if args.batch % args.processes:
        parser.error(f"--batch {args.batch} must be a multiple of --processes {args.processes}")
    if args.processes == 1:
        process(0, args)
        return
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "29511")
    torch.multiprocessing.spawn(process, (args,), nprocs=args.processes)


if __name__ == "__main__":
    main()
