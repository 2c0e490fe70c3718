"""What instructions call a monster, and where it is."""

from __future__ import annotations

import numpy as np

from pairs.styles import _brush as b
from pairs.things import BY_NAME
from pairs.wording import article


def what(rng: np.random.Generator, colour: str, crown: str, hat: str | None, held: str | None) -> str:
    """The monster's noun phrase without article: its coat, its head, what it wears and holds."""
    size = b.pick(rng, ("", "big", "large", "huge", "furry", "big furry", "fluffy", "furry", "large furry"))
    said = b.words(
        size, colour, b.pick(rng, ("monster", "monster", "monster", "furry monster" if "furry" not in size else "monster"))
    )
    parts = []
    if rng.random() < 0.6:
        parts.append(b.pick(rng, ("one large eye", "a big single eye", "one big round eye", "one eye")))
    if crown != "hat" and (rng.random() < 0.7 or crown == "ears"):
        parts.append(
            b.pick(
                rng,
                {
                    "horns": ("two striped horns", "small horns", "two little horns"),
                    "ears": ("round ears", "two round ears", "round fluffy ears"),
                }[crown],
            )
        )
    if rng.random() < 0.25:
        parts.append(
            b.pick(
                rng, ("small white teeth", "a smiling mouth with teeth", "a wide toothy mouth", "fluffy fur", "long shaggy fur")
            )
        )
    if parts:
        said += " with " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1])
    if hat is not None:
        said += f" {b.pick(rng, ('wearing', 'in', 'that wears'))} {_one(hat)}"
    if held is not None:
        said += f"{' and' if hat is not None else ''} {b.pick(rng, ('holding', 'that holds'))} {_one(held)}"
    return said


def _one(name: str) -> str:
    return name if BY_NAME[name].is_plural else article(name)


def where(rng: np.random.Generator, scene: b.Scene, place: str) -> str:
    """Where it is and what it does there."""
    if place == "behind":
        return b.pick(rng, ("hugging {}", "hugging {} from behind", "behind {} with its arms around it", "holding {} in its arms", "behind {}",
                            "standing behind {} and hugging it", "giving {} a big hug", "peeking from behind {} and hugging it")).format(scene.the)  # fmt: skip
    side = {"middle": "in the middle", "left": "on the left side", "right": "on the right side"}[place]
    return b.words(
        b.pick(rng, ("", "sitting", "standing")), side, f"of {scene.the}" if rng.random() < 0.6 and not scene.has_subject else ""
    )
