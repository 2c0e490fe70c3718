"""Muon: momentum whose matrix updates are orthogonalised (Jordan et al. 2024).

On the CPU it iterates matrix by matrix, which the ranks of a distributed run share, in float32 or, where the processor has
instructions for it, in bfloat16. `batched` (for an accelerator) iterates in bfloat16 over all matrices of one shape at once, so that a
step is a few dozen kernels instead of thousands. Either way the rows of different projections of a fused weight are
orthogonalised apart.
"""

import torch
import torch.distributed as dist
from torch import Tensor

COEFFICIENTS = (3.4445, -4.7750, 2.0315)  # quintic of steepest slope at 0, from the Muon write-up


def orthogonalise(matrix: Tensor, steps: int = 5) -> Tensor:
    """Newton-Schulz towards the nearest semi-orthogonal matrix: [m, n] or [batch, m, n] f32 or bf16, same shape back."""
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
    `batched`: see above; `dtype` is what the iteration runs in; None: bfloat16 where batched, else float32.

    With torch.distributed started, every rank must hold the same gradients; the ranks share the orthogonalisations.
    """

    def __init__(
        self,
        groups: list[dict],
        lr: float,
        momentum: float = 0.95,
        weight_decay: float = 0.0,
        batched: bool = False,
        dtype: torch.dtype | None = None,
    ):
        super().__init__(groups, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "pieces": 1})
        self.batched, self.dtype = batched, dtype or (torch.bfloat16 if batched else torch.float32)

    @torch.no_grad()
    def step(self, closure=None) -> None:
        if closure is not None:
            raise ValueError("Muon takes no closure")
        if self.batched:
            for group in self.param_groups:
                self._step_batched(group)
            return
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
        return (orthogonalise(rows.to(self.dtype)).to(rows.dtype) * step_scale(rows.shape)).flatten(0, 1)

    def _step_batched(self, group: dict) -> None:
        parameters: list[Tensor] = group["params"]
        gradients = [parameter.grad for parameter in parameters]
        momenta = [self._momentum(parameter) for parameter in parameters]
        torch._foreach_lerp_(momenta, gradients, 1 - group["momentum"])
        ahead = torch._foreach_lerp(gradients, momenta, group["momentum"])  # Nesterov
        shapes: dict[torch.Size, list[int]] = {}
        for i, parameter in enumerate(parameters):
            shapes.setdefault(parameter.shape, []).append(i)
        torch._foreach_mul_(parameters, 1 - group["lr"] * group["weight_decay"])
        for members in shapes.values():
            stacked = torch.stack([ahead[i] for i in members]).unflatten(1, (group["pieces"], -1)).flatten(0, 1)
            done = orthogonalise(stacked.to(self.dtype)).to(stacked.dtype) * step_scale(stacked.shape)
            updates = done.unflatten(0, (len(members), -1)).flatten(1, 2).unbind(0)
            torch._foreach_add_([parameters[i] for i in members], list(updates), alpha=-group["lr"])


def all_reduce(tensors: list[Tensor]) -> None:
    """Sums each tensor over the ranks, in place, with one message."""
    flat = torch.cat([tensor.reshape(-1) for tensor in tensors])
    dist.all_reduce(flat)
    for tensor, summed in zip(tensors, flat.split([tensor.numel() for tensor in tensors])):
        tensor.copy_(summed.view_as(tensor))
