"""Where a photo's head is: a small network on what the matte network saw of 12 x 12 cells. It is part of the matte
network's file, as its output `heads`; read as in the app (src/engine/models/matte/head.ts)."""

from collections.abc import Callable

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from data.marks import Head
from model.matte import resampled

CELLS, FEATURES, OUTPUTS = 12, 192, 7
REACH = 0.2  # Unit of the offsets from a cell's middle, in shares of the photo's sides
NOT_SUBJECT = 0.02  # Weight of a cell without any subject beside one that it fills
LEAST_AGREED = 0.5
LOOK, WORTH, LEAST_LOOK = 3.5, 0.9, 40  # Side of a nearer look in heads, if less than this share of the longer side


class HeadFinder(nn.Module):
    """features [B, 144, 192] -> [B, 144, 7]: a logit that the head is at this cell; offsets of its left, top, right and
    lower edge and of its crown's x, y from the cell's middle, in units of REACH."""

    def __init__(self, width: int = 48, dropout: float = 0.0) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.full((FEATURES,), 0.3))
        self.into = nn.Conv2d(FEATURES, width, 1)
        self.near = nn.ModuleList(nn.Conv2d(width, width, 3, padding=gap, dilation=gap) for gap in (1, 1, 2))
        self.out = nn.Conv2d(width, OUTPUTS, 1)
        self.dropout = dropout

    def forward(self, features: Tensor) -> Tensor:
        dropped = lambda x, share: F.dropout(x, share, self.training)
        x = (features * self.scale).mT.unflatten(2, (CELLS, CELLS))
        x = F.relu(self.into(dropped(x, self.dropout / 2)))
        for conv in self.near:
            x = x + F.relu(conv(dropped(x, self.dropout)))
        return self.out(x).flatten(2).mT


def told_head(head: tuple[float, ...]) -> Tensor:
    """[144, 7]: cells that all take the same for the head, x0, y0, x1, y1 and the crown's x, y in shares."""
    offsets = (torch.tensor(head) - cell_heads(torch.zeros(CELLS * CELLS, OUTPUTS))) / REACH
    return torch.cat((torch.zeros(CELLS * CELLS, 1), offsets), -1)


def cell_heads(cells: Tensor) -> Tensor:
    """What each cell [.., 144, 7] takes for the head: x0, y0, x1, y1 and the crown's x, y in shares of the photo."""
    at = (torch.arange(CELLS) + 0.5) / CELLS
    middle = torch.stack(torch.meshgrid(at, at, indexing="xy"), -1).flatten(0, 1)
    return middle.repeat(1, 3) + REACH * cells[..., 1:]


def found_head(cells: np.ndarray, matte: np.ndarray, size_wh: tuple[int, int]) -> Head | None:
    """The head of the matte's subject in a picture of (W, H) pixels: the mean of the cells' answers; None where they do
    not agree. cells: f32 [144, 7]; matte [h, w], 0..1, all 0 without a subject."""
    told = torch.from_numpy(np.asarray(cells, np.float32))
    covered = torch.from_numpy(resampled(matte, (CELLS, CELLS))).flatten()
    weights = (told[:, 0] + (covered + NOT_SUBJECT).log()).softmax(0)
    answers = cell_heads(told)
    head = weights @ answers
    if (head[2:4] - head[:2]).min() <= 0 or float(weights @ _means(answers, head).float()) < LEAST_AGREED:
        return None
    pixels = (head.double() * torch.tensor(size_wh * 3)).tolist()
    return Head(tuple(pixels[:4]), tuple(pixels[4:]))


def _means(answers: Tensor, head: Tensor) -> Tensor:
    """bool [144]: which cells' crown is within half a head of this one's."""
    away = (answers[:, 4:] - head[4:]) / (head[2:4] - head[:2])
    return away.square().sum(-1) < 0.25


def look_nearer(rgb: np.ndarray, matte: np.ndarray, cells: np.ndarray, look: Callable) -> np.ndarray:
    """The cells of a photo uint8 [H, W, 3] after a nearer look at a small head: those that have it in mind say what a
    square about it shows. look: Matting.look."""
    height, width = rgb.shape[:2]
    first = found_head(cells, matte, (width, height))
    if first is None:
        return cells
    side = int(min(LOOK * np.sqrt(first.width * first.height), width, height))
    if side < LEAST_LOOK or side > WORTH * max(width, height):
        return cells
    middles = (first.box[0] + first.box[2]) / 2, (first.box[1] + first.box[3]) / 2
    x, y = (int(np.clip(at - side / 2, 0, limit - side)) for at, limit in zip(middles, (width, height)))
    near, _, told = look(rgb[y : y + side, x : x + side])
    second = found_head(told, near, (side, side))
    if second is None:
        return cells
    shares = lambda head: torch.tensor([*head.box, *head.crown]) / torch.tensor([width, height] * 3)
    mind = _means(cell_heads(torch.from_numpy(cells)), shares(first)).numpy()
    seen = told_head(shares(second.moved(1, x, y)).tolist()).numpy()
    return np.concatenate((cells[:, :1], np.where(mind[:, None], seen[:, 1:], cells[:, 1:])), -1)
