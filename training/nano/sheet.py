"""Contact sheets of a model in training: source | true target | what the model draws, instruction underneath."""

from pathlib import Path

import cv2
import numpy as np
import torch

from nano.cache import Encoded
from nano.config import Recipe
from nano.device import precision
from nano.model import Flux
from nano.objective import collate, draw_noise
from nano.sampler import NANO_SCHEDULER, edit_latents
from nano.taef1 import Taef1, unpack

CAPTION_HEIGHT = 18


def drawn(
    model: Flux, samples: list[Encoded], steps: int, seed: int = 0, recipe: Recipe = Recipe()
) -> list[torch.Tensor]:
    """Result tokens [N, 64] of each sample on the CPU, all from the same seed, drawn on the model's device."""
    results, device = [], model.img_in.weight.device
    for sample in samples:
        batch = collate([sample])
        generator = torch.Generator().manual_seed(seed)
        noise = draw_noise(batch, generator, recipe).to(device)
        noise, condition_noise = noise[:, : sample.source.shape[0]], noise[:, sample.source.shape[0] :]
        batch, rope = batch.to(device), model.rope(batch.grid, batch.txt.shape[1], recipe.positions)
        with precision(device):
            *_, last = edit_latents(
                model, batch.source, batch.txt, batch.pooled, rope, noise, steps, NANO_SCHEDULER, recipe,
                fresh=lambda x: torch.randn(x.shape, generator=generator).to(x),
                txt_mask=batch.txt_mask, condition_noise=condition_noise if recipe.condition == "noisy" else None,
            )  # fmt: skip
        results.append(last[0].cpu())
    return results


def sheet(
    model: Flux, vae: Taef1, samples: list[Encoded], path: Path, steps: int = 8, columns: int = 2, recipe: Recipe = Recipe()
) -> None:
    """Draws the samples and writes a PNG with `columns` triples a row."""
    lay_out(vae, samples, drawn(model, samples, steps, recipe=recipe), path, columns)


def lay_out(vae: Taef1, samples: list[Encoded], results: list[torch.Tensor], path: Path, columns: int = 2) -> None:
    """Writes a PNG with `columns` triples a row; results: tokens [N, 64] of each sample."""
    cells = []
    for sample, result in zip(samples, results, strict=True):
        tokens = torch.stack((sample.source, sample.target, result))
        images = vae.decode(unpack(tokens, sample.grid))
        side = 192
        squares = []
        for image in images:
            square = np.full((side, side, 3), 255, np.uint8)
            scale = side / max(image.shape[:2])
            fitted = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[:side, :side]
            square[: fitted.shape[0], : fitted.shape[1]] = fitted
            squares.append(square)
        caption = np.full((CAPTION_HEIGHT, 3 * side, 3), 255, np.uint8)
        cv2.putText(caption, sample.meta["text"][:95], (4, 13), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (0, 0, 0), 1, cv2.LINE_AA)
        cells.append(np.concatenate((np.concatenate(squares, axis=1), caption)))
    cells += [np.full_like(cells[0], 255)] * (-len(cells) % columns)
    rows = [np.concatenate(cells[i : i + columns], axis=1) for i in range(0, len(cells), columns)]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.concatenate(rows)[..., ::-1])
