"""Lulu: a big furry cartoon monster that stands behind the subject and hugs it, its arms passing in front."""

from __future__ import annotations

import numpy as np
import skia

from data.styles import brush as b
from data.styles.fur import arm, fur, tones
from data.styles.pieces import Piece
from data.styles.shapes import bezier, curve, smooth_path, svg
from data.things import BY_NAME, WEAR
from data.wording import article, one_of

_COATS = ("pink", "pink", "red", "blue", "green", "purple", "orange", "yellow")
_EYE, _MOUTH, _TOOTH = (255, 246, 232), (84, 16, 40), (255, 252, 244)
_PLACES = {"left": 0.27, "middle": 0.5, "right": 0.73}


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A monster behind the subject of the view, hugging it, or beside it, or in a scene; now and then with a hat or
    something in its paw."""
    colour, crown = one_of(rng, _COATS), one_of(rng, ("horns", "horns", "ears", "hat"))
    place = "behind" if scene.has_subject and rng.random() < 0.75 else _place(scene, rng)
    hat = held = None
    if place != "behind" and rng.random() < 0.4:
        held = _picked(scene, rng, lambda thing: thing.anchors[0] != "eyes" and thing.size < 0.6)
    if crown == "hat":
        hat = _picked(scene, rng, lambda thing: thing.anchors == WEAR)
    element = _element(scene, colour, crown, place, hat, held)
    what = _what(scene, rng, colour, crown, hat, held)
    if place == "behind":
        return [Piece([element], what, scene.say(rng, "monster", "behind"))]
    side = "in the middle" if place == "middle" else f"on the {place} side"
    pose, named = scene.say(rng, "monster", "pose"), rng.random() < 0.6 and not scene.has_subject
    return [Piece([element], what, b.words(pose, side, f"of {scene.the}" if named else ""))]


def _what(scene: b.Scene, rng: np.random.Generator, colour: str, crown: str, hat: str | None, held: str | None) -> str:
    """The monster's noun phrase without article: its coat, its head, what it wears and holds."""
    say, parts = lambda kind, **more: scene.say(rng, "monster", kind, **more), []
    size = say("size")
    said = b.words(size, colour, say("name", furry="" if "furry" in size else "furry "))
    if rng.random() < 0.6:
        parts.append(say("eye"))
    if crown != "hat" and (rng.random() < 0.7 or crown == "ears"):
        parts.append(say(crown))
    if rng.random() < 0.25:
        parts.append(say("more"))
    if parts:
        said += " with " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1])
    one = lambda name: name if BY_NAME[name].is_plural else article(name)
    if hat is not None:
        said += f" {say('wears')} {one(hat)}"
    if held is not None:
        said += f"{' and' if hat is not None else ''} {say('holds')} {one(held)}"
    return said


def _picked(scene: b.Scene, rng: np.random.Generator, keep) -> str | None:
    """The name of a thing of this hand that may be worn or held."""
    names = [thing.name for thing in scene.hand.things if keep(thing)]
    return one_of(rng, names) if names else None


def _place(scene: b.Scene, rng: np.random.Generator) -> str:
    """A side of the frame, one of those that hide the least of what there is to see."""
    free = lambda x: scene.free(x * scene.w, 0.65 * scene.h, 0.22 * scene.w, 0.3 * scene.h)
    room = {place: free(x) for place, x in _PLACES.items()}
    return one_of(rng, [place for place, space in room.items() if space > max(room.values()) - 0.15])


class _Body:
    """Where the parts of a monster go. x, y: centre of the trunk; a, c: its half width and half height, pixels."""

    def __init__(self, scene: b.Scene, place: str):
        s, w, h = scene.s, scene.w, scene.h
        x0, y0, x1, y1 = scene.box
        wide = x1 - x0
        if place == "behind":
            self.a = float(np.clip(0.80 * wide, 0.30 * s, 0.50 * w))
            top = max(0.09 * s, y0 - 0.50 * self.a)
            bottom = max(y1 + 0.02 * s, top + 1.5 * self.a)
            self.x = 0.5 * (x0 + x1)
        else:
            self.a = 0.27 * s
            self.x = w * _PLACES[place]
            bottom = 0.95 * h
            top = max(0.1 * s, bottom - 2.5 * self.a)
        self.r = min(0.42 * self.a, 0.17 * s)
        self.eye_x, self.eye_y = self._find_eye(scene, top)
        # The trunk leans towards its eye, so that a subject that fills the frame is looked at over its shoulder.
        reach = 0.40 * self.a
        self.x = float(np.clip(self.x, self.eye_x - reach, self.eye_x + reach))
        self.top = min(top, self.eye_y - 1.55 * self.r)
        self.bottom = bottom
        self.c = 0.5 * (self.bottom - self.top)
        self.y = self.top + self.c

    def _find_eye(self, scene: b.Scene, top: float) -> tuple[float, float]:
        """The place nearest the forehead's middle where the subject hides little of the eye."""
        ideal = (self.x, top + 1.6 * self.r)
        best, best_score = ideal, -9.0
        for y in np.linspace(1.25 * self.r, 0.62 * scene.h, 8):
            for x in np.linspace(1.1 * self.r, scene.w - 1.1 * self.r, 11):
                away = np.hypot(x - ideal[0], y - ideal[1]) / scene.s
                score = 1.5 * min(0.92, scene.free(x, y, 0.9 * self.r)) - away
                if score > best_score:
                    best, best_score = (float(x), float(y)), score
        return best

    def half_width(self, t: np.ndarray) -> np.ndarray:
        """Half width of the trunk at t (0 top .. 1 bottom): a round dome, widest below the middle."""
        t = np.clip(t, 0, 1)
        dome = np.sqrt(np.clip(1 - ((0.52 - t) / 0.52) ** 2, 0, 1)) ** 0.95
        hem = 1 - 0.16 * np.clip((t - 0.52) / 0.48, 0, 1) ** 2
        return self.a * np.where(t < 0.52, dome, hem)

    def outline(self) -> np.ndarray:
        """[n, 2] points clockwise from the top."""
        t = (1 - np.cos(np.linspace(0, np.pi, 26))) / 2
        half, y = self.half_width(t), self.top + 2 * self.c * t
        return np.concatenate([np.stack([self.x + half, y], 1), np.stack([self.x - half, y], 1)[::-1]])


def _element(scene: b.Scene, colour: str, crown: str, place: str, hat: str | None, held: str | None):
    """The whole monster, its body behind the subject and its arms before it."""
    body, rng = _Body(scene, place), b.steady()
    tone = tones(colour)
    pen = scene.pen()
    _legs(pen.canvas, body, tone, rng)
    if crown != "hat":
        (_horns if crown == "horns" else _ears)(pen.canvas, body, tone)
    _trunk(pen.canvas, body, tone, scene.s, rng)
    _mouth(pen.canvas, body)
    _eye(pen.canvas, scene, body, tone, rng)
    layer = scene.layer()
    pen.onto(layer, front=0.0)
    if hat is not None:
        sprite = scene.hand.pick(hat)
        wide = 1.0 * body.a
        _paste(layer, scene.hand, sprite, body.x, body.top + 0.16 * body.a - 0.5 * wide / sprite.aspect, wide, 0.0)
    arms = scene.pen()
    paw = _arms(arms.canvas, scene, body, tone, place, rng)
    if held is not None:
        sprite = scene.hand.pick(held)
        wide = 1.1 * body.a * min(1.0, sprite.aspect)
        _paste(layer, scene.hand, sprite, paw[0], paw[1] - 0.42 * wide / sprite.aspect, wide, 1.0)
    arms.onto(layer, front=1.0)
    return layer.element((0, 0), "monster", colour, place)


def _paste(layer, hand, sprite, x: float, y: float, wide: float, front: float) -> None:
    """A sprite, `wide` pixels wide, with its middle at (x, y)."""
    picture = hand.picture(sprite, wide, wide / sprite.aspect)
    layer.over(
        picture[..., :3], picture[..., 3], round(x - picture.shape[1] / 2), round(y - picture.shape[0] / 2), front
    )


def _trunk(canvas, body: _Body, tone, s: float, rng) -> None:
    outline = body.outline()
    canvas.drawPath(smooth_path(outline, True), b.paint(tone["base"]))
    # The rim: blades lean outwards and down, as hair falls.
    n = 150
    at = np.linspace(0, len(outline), n, endpoint=False)
    i = at.astype(int)
    rim = outline[i] + (outline[(i + 1) % len(outline)] - outline[i]) * (at - i)[:, None]
    out = rim - np.array([body.x, body.y])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    lean = out * 0.75 + np.array([0, 0.65])
    length = 0.085 * s * rng.uniform(0.7, 1.15, (n, 1))
    fur(canvas, rim - out * 0.03 * s, lean * length, 0.020 * s, tone["base"])
    for shade, count, low, high in (("deep", 150, 0.1, 1.0), ("dark", 80, 0.3, 1.0), ("light", 150, 0.02, 0.85)):
        t = rng.uniform(low, high, count)
        u = rng.uniform(-0.93, 0.93, count)
        if shade != "light":
            u = np.sign(u) * np.abs(u) ** 0.55  # shade gathers at the sides
        roots = np.stack([body.x + u * body.half_width(t), body.top + 2 * body.c * t], 1)
        flow = np.stack([0.75 * u, 0.75 + 0.25 * t], 1)
        length = (0.075 if shade == "light" else 0.09) * s * rng.uniform(0.7, 1.2, (count, 1))
        fur(canvas, roots, flow * length, 0.0085 * s, tone[shade])


def _legs(canvas, body: _Body, tone, rng) -> None:
    for side in (-1, 1):
        x = body.x + side * 0.46 * body.a
        half, y0, y1 = 0.30 * body.a, body.bottom - 0.35 * body.a, body.bottom + 0.28 * body.a
        canvas.drawRoundRect(skia.Rect(x - half, y0, x + half, y1), half * 0.6, half * 0.6, b.paint(tone["base"]))
        t = rng.uniform(0, 1, 16)
        roots = np.stack([x + rng.uniform(-0.9, 0.9, 16) * half, y0 + t * (y1 - y0) * 0.8], 1)
        fur(canvas, roots, np.tile([0.0, 0.22 * body.a], (16, 1)), 0.025 * body.a, tone["dark"])
        foot = skia.Rect(x - 1.15 * half, y1 - 0.22 * body.a, x + 1.15 * half, y1 + 0.08 * body.a)
        canvas.drawOval(foot, b.paint(tone["skin"]))


def _horns(canvas, body: _Body, tone) -> None:
    for side in (-1, 1):
        t = 0.10
        x = body.x + side * body.half_width(np.array(t)) * 0.92
        y, size = body.top + 2 * body.c * t, 0.34 * body.a
        left, right = -0.30 + side * 0.04, 0.42 + side * 0.10
        horn = f"M-0.34 0.3 Q{left} -0.4 {side * 0.38} -1 Q{right} -0.4 0.34 0.3 Z"
        path = svg(horn, x, y, size)
        canvas.drawPath(path, b.paint(tone["skin"]))
        canvas.save()
        canvas.clipPath(path, doAntiAlias=True)
        for k in (0.1, -0.22, -0.52):
            stripe = svg(f"M-0.5 {k + 0.08} L0.6 {k - 0.08}", x, y, size)
            canvas.drawPath(stripe, b.paint(tone["dark"], 0.85, 0.09 * size))
        canvas.restore()


def _ears(canvas, body: _Body, tone) -> None:
    for side in (-1, 1):
        t, r = 0.10, 0.28 * body.a
        x = body.x + side * body.half_width(np.array(t)) * 1.0
        y = body.top + 2 * body.c * t - 0.35 * r
        canvas.drawCircle(x, y, r, b.paint(tone["base"]))
        canvas.drawCircle(x, y, 0.62 * r, b.paint(tone["skin"]))


def _eye(canvas, scene, body: _Body, tone, rng) -> None:
    x, y, r = body.eye_x, body.eye_y, body.r
    canvas.drawCircle(x, y, 1.1 * r, b.paint(tone["dark"]))
    canvas.drawCircle(x, y, r, b.paint(_EYE))
    hx, hy, _ = scene.head if scene.has_subject else (x, y + 9 * r, 0)
    look = np.array([hx - x, hy + 0.6 * r - y])
    look *= 0.26 * r / (np.linalg.norm(look) + 1e-6)
    px, py = x + look[0], y + look[1]
    canvas.drawCircle(px, py, 0.50 * r, b.paint(b.INK))
    canvas.drawCircle(px - 0.16 * r, py - 0.18 * r, 0.15 * r, b.paint((255, 255, 255)))
    # A fringe of fur falls over the top of the eye.
    angle = np.linspace(-2.5, -0.64, 15)
    roots = curve(x, y, 1.22 * r, angle)
    fall = np.stack([0.12 * np.cos(angle), np.full(15, 0.42)], 1) * r * rng.uniform(0.75, 1.2, (15, 1))
    fur(canvas, roots, fall, 0.12 * r, tone["base"])


def _mouth(canvas, body: _Body) -> None:
    y, half = body.eye_y + 1.42 * body.r, min(0.62 * body.a, 2.1 * body.r)
    x = float(np.clip(body.eye_x, body.x - 0.25 * body.a, body.x + 0.25 * body.a))
    depth = 0.62 * body.r
    lip = svg("M-1 0 Q0 0.55 1 0 Q0 2.5 -1 0 Z", x, y, (half, depth))
    canvas.drawPath(lip, b.paint(_MOUTH))
    canvas.drawPath(lip, b.paint(_MOUTH, stroke=0.10 * body.r))
    teeth = skia.Path()
    for u in (-0.70, -0.42, -0.14, 0.14, 0.42, 0.70):
        tx, ty = x + u * half, y + 0.30 * depth * (1 - u * u)
        tall, wide = (0.62 if abs(u) > 0.5 else 0.48) * depth * 1.15, 0.11 * half
        teeth.addPath(
            svg(f"M-1 {-0.05 * depth / tall} Q-0.9 1 0 1 Q0.9 1 1 {-0.05 * depth / tall} Z", tx, ty, (wide, tall))
        )
    canvas.drawPath(teeth, b.paint(_TOOTH))


def _arms(canvas, scene, body: _Body, tone, place: str, rng) -> np.ndarray:
    """Two arms from the shoulders to the subject's lower half (or the monster's own belly); gives a paw's place."""
    hugging = place == "behind"
    s = scene.s
    x0, y0, x1, y1 = scene.box if hugging else (body.x - 0.6 * body.a, body.eye_y, body.x + 0.6 * body.a, body.bottom)
    y1 = min(y1, scene.h * 1.0)
    wide, high = x1 - x0, y1 - y0
    thick = float(np.clip(0.24 * body.a, 0.055 * s, min(0.10 * s, 0.30 * wide)))
    # A subject cut off by the lower edge shows little but its head: the arms go low, so that the face stays free.
    cut = hugging and y1 > 0.96 * scene.h
    thick *= 0.86 if cut else 1.0
    shoulder = max(body.y - 0.1 * body.c, y0 + (0.60 if cut else 0.34) * high)
    for side, reach, level in ((-1, 0.14, 0.94 if cut else 0.80), (1, 0.16, 0.83 if cut else 0.66)):
        hand = np.array([0.5 * (x0 + x1) + side * reach * wide, y0 + level * high])
        hand[1] = min(hand[1], scene.h - 1.4 * thick)
        start = np.array([body.x + side * 0.84 * body.a, min(shoulder, hand[1] - 0.4 * thick)])
        # An arm that would start in the subject, or outside the frame, comes in from the subject's side.
        edge = 0.5 * (x0 + x1) + side * (0.5 * wide + 0.4 * thick)
        start[0] = max(start[0], edge) if side > 0 else min(start[0], edge)
        if hugging:
            start[0] = float(np.clip(start[0], -0.2 * thick, scene.w + 0.2 * thick))
        elbow = start + np.array([side * 0.10 * body.a, 0.55 * (hand[1] - start[1]) + 0.5 * thick])
        spine = bezier(start, elbow, elbow + np.array([-side * 0.2 * body.a, 0.5 * thick]), hand, 20)
        arm(canvas, spine, thick, tone, rng)
    return hand
