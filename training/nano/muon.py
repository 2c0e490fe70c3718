"""Muon: momentum whose matrix updates are orthogonalised (Jordan et al. 2024).

It iterates matrix by matrix, which the ranks of a distributed run share. The rows of different projections of a fused weight
are orthogonalised apart.
"""

import torch
import torch.distributed as dist
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # quintic of steepest slope at 0, from the Muon write-up


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """Newton-Schulz towards the nearest semi-orthogonal matrix: [m, n] or [batch, m, n] f32, same shape back."""
    a, b, c = COEFFICIENTS
    wide = matrix.mT if matrix.shape[-2] > matrix.shape[-1] else matrix
    x = wide / (wide.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.mT if matrix.shape[-2] > matrix.shape[-1] else x


def step_scale(shape: torch.Size) -> float:
    """Brings an orthogonal [..., m, n] to the root mean square of an Adam step."""
    return 0.2 * max(shape[-2:]) ** 0.5


class Muon(torch.optim.Optimizer):
    """params: 2-D weights. The update is scaled to the root mean square of an Adam step (0.2 sqrt(longer side)), so the
    learning rate and weight decay mean what they mean in AdamW. `pieces` of a group: how many stacked projections.

    With torch.distributed started, every rank must hold the same gradients; the ranks share the orthogonalisations.
    """

    def __init__(self, groups: list[dict], lr: float, momentum: float = 0.95, weight_decay: float = 0.0):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "pieces": 1})

    @torch.no_grad()
    def step(self, closure=None) -> None:
        if closure is not None:
            raise ValueError("Muon takes no closure")
        pairs = [(group, parameter) for group in self.param_groups for parameter in group["params"]]
        spread = dist.is_initialized()
        rank, world = (dist.get_rank(), dist.get_world_size()) if spread else (0, 1)
        updates = [
            self._direction(group, parameter, mine=i % world == rank) for i, (group, parameter) in enumerate(pairs)
        ]
        if spread:
            all_reduce(updates)
        for (group, parameter), update in zip(pairs, updates):
            parameter.mul_(1 - group["lr"] * group["weight_decay"]).add_(update, alpha=-group["lr"])

    def _momentum(self, parameter: Tensor) -> Tensor:
        state = self.state[parameter]
        if not state:
            state["momentum"] = torch.zeros_like(parameter)
        return state["momentum"]

    def _direction(self, group: dict, parameter: Tensor, mine: bool) -> Tensor:
        velocity = self._momentum(parameter).lerp_(parameter.grad, 1 - group["momentum"])
        if not mine:
            return torch.zeros_like(parameter)
        rows = parameter.grad.lerp(velocity, group["momentum"]).unflatten(0, (group["pieces"], -1))  # Nesterov
        return (orthogonalise(rows) * step_scale(rows.shape)).flatten(0, 1)


def all_reduce(tensors: list[Tensor]) -> None:
    """Sums each tensor over the ranks, in place, with one message."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    dist.all_reduce(flat)
    for tensor, summed in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(summed.view_as(tensor))
