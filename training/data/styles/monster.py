"""Lulu: a big furry cartoon monster that stands behind the subject and hugs it, its arms passing in front."""

import functools

import numpy as np
import skia

from data.styles import brush as b
from data.styles.fur import arm, fur, tones
from data.styles.pieces import Piece
from data.styles.shapes import bezier, curve, smooth_path, svg
from data.wording import one_of

_COATS = ("pink", "pink", "red", "blue", "green", "purple", "orange", "yellow")
_EYE, _MOUTH, _TOOTH = (255, 246, 232), (84, 16, 40), (255, 252, 244)
_WIDE, _HIGH = 460, 490
_EYE_AT, _EYE_RADIUS = (0.575, 0.33), 0.16  # Of its width and height; off the middle, to look past a head
_PLACES = {"left": 0.27, "middle": 0.5, "right": 0.73}


def draw(scene: b.Scene, rng: np.random.Generator) -> list[Piece]:
    """A monster behind the subject of the view, hugging it, or beside it, or in a scene."""
    made = motif(rng)
    aspect = made.planes.shape[1] / made.planes.shape[0]
    if scene.has_subject and rng.random() < 0.75:
        element = scene.stamp(made, *_behind(scene, aspect), "behind")
        return [Piece([element], made.what, scene.say(rng, "monster", "behind"))]
    place = _place(scene, rng)
    high = min(0.86 * scene.h, 0.66 * scene.s)
    element = scene.stamp(made, _PLACES[place] * scene.w, 0.97 * scene.h - high / 2, aspect * high, high, place)
    side = "in the middle" if place == "middle" else f"on the {place} side"
    pose, named = scene.say(rng, "monster", "pose"), rng.random() < 0.6 and not scene.has_subject
    return [Piece([element], made.what, b.words(pose, side, f"of {scene.the}" if named else ""))]


def motif(rng: np.random.Generator) -> b.Motif:
    """The monster: body, eye and mouth behind the subject, two arms before it."""
    colour, crown = one_of(rng, _COATS), one_of(rng, ("horns", "horns", "ears"))
    return b.Motif("monster", _what(rng, colour, crown), colour, _planes(colour, crown), "both")


def _what(rng: np.random.Generator, colour: str, crown: str) -> str:
    """The monster's noun phrase without article: its coat, its head."""
    say, parts = lambda kind, **more: b.say(rng, "monster", kind, **more), []
    size = say("size")
    said = b.words(size, colour, say("name", furry="" if "furry" in size else "furry "))
    if rng.random() < 0.6:
        parts.append(say("eye"))
    if rng.random() < 0.7 or crown == "ears":
        parts.append(say(crown))
    if rng.random() < 0.25:
        parts.append(say("more"))
    if parts:
        said += " with " + (parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1])
    return said


def _behind(scene: b.Scene, aspect: float) -> tuple[float, float, float, float]:
    """x, y, width, height of a monster that hugs the subject: its eye looks out above the head, or beside it."""
    x0, y0, x1, y1 = scene.box
    hx, _, head = scene.head
    wide = float(np.clip(1.75 * (x1 - x0), 0.6 * scene.s, 1.3 * scene.w))
    high = wide / aspect
    top = max(y0 - _EYE_AT[1] * 1.7 * high, -0.05 * scene.h)
    high = float(np.clip(y1 + 0.02 * scene.s - top, high, 1.3 * high))
    radius = _EYE_RADIUS * wide
    eye = hx
    if top + _EYE_AT[1] * high + radius > y0:
        # Beside the head, on the side with more room.
        eye += (0.55 * head + 1.1 * radius) * (1 if hx < 0.55 * scene.w else -1)
        eye = float(np.clip(eye, 1.1 * radius, scene.w - 1.1 * radius))
    x = eye + (0.5 - _EYE_AT[0]) * wide
    return x, top + high / 2, wide, high


def _place(scene: b.Scene, rng: np.random.Generator) -> str:
    """A side of the frame, one of those that hide the least of what there is to see."""
    free = lambda x: scene.free(x * scene.w, 0.65 * scene.h, 0.22 * scene.w, 0.3 * scene.h)
    room = {place: free(x) for place, x in _PLACES.items()}
    return one_of(rng, [place for place, space in room.items() if space > max(room.values()) - 0.15])


class _Body:
    """Where a monster's parts go, pixels. x, y: the trunk's centre; a, c: half its width and height; r: the eye's."""

    x, a, top, bottom = 230.0, 168.0, 74.0, 410.0
    r = 66.0
    eye_x, eye_y = 258.0, 176.0
    c = 0.5 * (bottom - top)
    y = top + c

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


@functools.cache
def _planes(colour: str, crown: str) -> np.ndarray:
    body, rng, tone = _Body(), b.steady(), tones(colour)
    pen, arms = b.Pen(_HIGH, _WIDE), b.Pen(_HIGH, _WIDE)
    _legs(pen.canvas, body, tone, rng)
    (_horns if crown == "horns" else _ears)(pen.canvas, body, tone)
    _trunk(pen.canvas, body, tone, 420, rng)
    _mouth(pen.canvas, body)
    _eye(pen.canvas, body, tone, rng)
    for side, hand in ((-1, (176.0, 352.0)), (1, (262.0, 316.0))):
        start = np.array([body.x + side * 0.9 * body.a, 262.0])
        elbow = start + [side * 20, 70]
        spine = bezier(start, elbow, elbow + [-side * 34, 26], np.array(hand), 20)
        arm(arms.canvas, spine, 32, tone, rng)
    return b.stamped(pen, 0.0, arms)


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


def _eye(canvas, body: _Body, tone, rng) -> None:
    x, y, r = body.eye_x, body.eye_y, body.r
    canvas.drawCircle(x, y, 1.1 * r, b.paint(tone["dark"]))
    canvas.drawCircle(x, y, r, b.paint(_EYE))
    px, py = x - 0.1 * r, y + 0.22 * r
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
        tooth = f"M-1 {-0.05 * depth / tall} Q-0.9 1 0 1 Q0.9 1 1 {-0.05 * depth / tall} Z"
        teeth.addPath(svg(tooth, tx, ty, (wide, tall)))
    canvas.drawPath(teeth, b.paint(_TOOTH))
