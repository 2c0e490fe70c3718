"""Rectified flow with Euler steps, as in FLUX and PhotoDoodle, for both prediction types."""

import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from nano.config import Recipe


@dataclass(frozen=True)
class Scheduler:
    """mu is linear in the image sequence length (noisy and source tokens), extrapolated without a clamp.

    stochastic_sampling (diffusers' name): every step but the last noises the predicted clean latents anew. A small network
    reads doodles into the noise it is given; along one Euler path these add up to blots, under fresh noise they do not.
    """

    base_shift: float = 0.5
    max_shift: float = 1.15
    base_image_seq_len: int = 256
    max_image_seq_len: int = 4096
    stochastic_sampling: bool = False

    def to_json(self) -> dict:
        return asdict(self)

    def mu(self, tokens: int) -> float:
        slope = (self.max_shift - self.base_shift) / (self.max_image_seq_len - self.base_image_seq_len)
        return self.base_shift + slope * (tokens - self.base_image_seq_len)

    def sigmas(self, steps: int, tokens: int) -> list[float]:
        """`steps` shifted noise levels from 1 downwards, then 0; `tokens` counts the source tokens too."""
        shift = math.exp(self.mu(tokens))
        linear = [1 - i * (1 - 1 / steps) / max(steps - 1, 1) for i in range(steps)]
        return [shift / (shift + (1 / s - 1)) for s in linear] + [0.0]


NANO_SHIFT = math.log(3)
NANO_SCHEDULER = Scheduler(base_shift=NANO_SHIFT, max_shift=NANO_SHIFT, stochastic_sampling=True)
"""What the shipped model samples with, at every picture size; the figures behind it are in training/README.md."""


def source_residual_velocity(x: Tensor, source: Tensor, residual: Tensor, sigma: float) -> Tensor:
    """velocity = (x_sigma - source - d) / sigma, where d is the network's answer."""
    return (x - source - residual) / sigma


def noisy_input(x: Tensor, source: Tensor, sigma: float | Tensor, recipe: Recipe) -> Tensor:
    """What the network is shown of x at noise level sigma, all [B, N, C]: x, or the noisy residual (1 - sigma) d + sigma noise.

    With the latter a token need not fetch the photo by attention and subtract it before it sees how much of a doodle is there.
    """
    return x - (1 - sigma) * source if recipe.noisy_input == "residual" else x


def euler(
    predict: Callable[[Tensor, float], Tensor],
    noise: Tensor,
    source: Tensor,
    sigmas: list[float],
    prediction: str,
    fresh: Callable[[Tensor], Tensor] | None = None,
) -> Iterator[Tensor]:
    """Yields x after each step. `predict(x, sigma)` is the network; all tensors [B, N, C] f32.

    fresh(x) draws noise of x's shape for stochastic sampling; None takes deterministic steps.
    """
    if prediction not in ("velocity", "source_residual"):
        raise ValueError(f"unknown prediction {prediction!r}: use velocity or source_residual")
    x = noise
    for sigma, following in zip(sigmas, sigmas[1:]):
        answer = predict(x, sigma)
        velocity = answer if prediction == "velocity" else source_residual_velocity(x, source, answer, sigma)
        if fresh is None or following == 0:
            x = x + (following - sigma) * velocity
        else:
            x = (1 - following) * (x - sigma * velocity) + following * fresh(x)
        yield x


@torch.no_grad()
def edit_latents(
    model: Callable,
    source: Tensor,
    txt: Tensor,
    pooled: Tensor,
    rope: tuple[Tensor, Tensor],
    noise: Tensor,
    steps: int = 8,
    scheduler: Scheduler = Scheduler(),
    recipe: Recipe = Recipe(),
    guidance: Tensor | None = None,
    txt_mask: Tensor | None = None,
    condition_noise: Tensor | None = None,
    fresh: Callable[[Tensor], Tensor] = torch.randn_like,
) -> Iterator[Tensor]:
    """Runs the whole denoising loop: source, noise [B, N, C], txt [B, L, D], pooled [B, P]; yields x per step.

    condition_noise [B, N, C]: the source tokens are shown at x's own noise level (an ablation; PhotoDoodle keeps them clean).
    fresh draws the further noise of a stochastic scheduler.
    """

    def predict(x: Tensor, sigma: float) -> Tensor:
        shown = source if condition_noise is None else (1 - sigma) * source + sigma * condition_noise
        noisy = noisy_input(x, source, sigma, recipe)
        img, timestep = torch.cat((noisy, shown), dim=1), torch.full((len(x),), sigma, device=x.device)
        return model(img, txt, pooled, timestep, rope, guidance=guidance, txt_mask=txt_mask).float()

    sigmas = scheduler.sigmas(steps, 2 * source.shape[1])
    yield from euler(predict, noise, source, sigmas, recipe.prediction, fresh if scheduler.stochastic_sampling else None)
