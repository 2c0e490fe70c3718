"""Sentence frames by family and phrasing. Placeholders: {what} a noun phrase, {where} a place, {a}, {b} and {c} a noun phrase with its place,
{the}, {they} and {poss} the subject ("her", "she", "her"). Marks (wording.OPEN, CLOSE) stand about own words that are not a {what}.

"train" frames are learnt from; "held_out" frames are only for evaluating on sentences never seen, so no frame is in both.
"""

from __future__ import annotations

PHRASINGS = ("train", "held_out")

FRAMES: dict[str, dict[str, tuple[str, ...]]] = {
    "place": {
        "train": (
            "add {what} {where}", "add {what} {where}", "add {what} {where}", "put {what} {where}", "put {what} {where}", "place {what} {where}",
            "draw {what} {where}", "doodle {what} {where}", "paint {what} {where}", "{what} {where}", "please add {what} {where}",
            "can you put {what} {where}?", "I want {what} {where}", "I'd like to see {what} {where}", "there should be {what} {where}",
            "{where}, draw {what}", "{where} add {what}", "{where} I'd like {what}", "make it fun: add {what} {where}", "edit the photo and add {what} {where}",
            "let's have {what} {where}", "insert {what} {where}", "could you draw {what} {where}, please", "how about {what} {where}?",
            "add in {what} {where}", "now add {what} {where}", "just {what} {where}, nothing else", "pop {what} {where}", "would you please add {what} {where}",
            "create {what} {where}", "I need {what} {where}", "include {what} {where}", "this picture could use {what} {where}", "set {what} {where}",
            "decorate the photo with {what} {where}", "{what}, {where}", "adding {what} {where} would be great", "go ahead and draw {what} {where}",
        ),
        "held_out": (
            "sketch {what} {where}", "I would love {what} {where}", "stick {what} {where}", "the photo needs {what} {where}",
            "show {what} {where}", "try putting {what} {where}", "it would be nice to have {what} {where}", "{where} there is {what}",
        ),
    },
    "wear": {
        "train": (
            "give {the} {what}", "give {the} {what} to wear", "make {the} wear {what}", "let {the} wear {what}", "dress {the} up with {what}",
            "put {what} on {the}", "complete the look: {what} for {the}", "{they} should wear {what}", "I want {the} wearing {what}",
            "{they} with {what}", "{what} for {the}", "can {they} wear {what}?", "dress {the} in {what}", "have {the} wear {what} please",
        ),
        "held_out": ("get {the} into {what}", "have {the} put on {what}", "picture {the} in {what}"),
    },
    "wings": {
        "train": ("give {the} {what}", "make {the} grow {what}", "let {the} have {what}", "I want {the} to have {what}", "{they} with {what}"),
        "held_out": ("attach {what} to {the}", "have {the} sprout {what}"),
    },
    "halo": {
        "train": ("give {the} {what}", "make {the} an angel with {what}", "let {the} have {what}", "{they} with {what}"),
        "held_out": ("have {what} shine over {the}", "hang {what} over {the}"),
    },
    "around": {
        "train": (
            "surround {the} with {what}", "frame {the} with {what}", "circle {the} with {what}", "put {what} all the way around {the}",
            "{they} surrounded by {what}", "{what} circling {the}",
        ),
        "held_out": ("encircle {the} with {what}", "let {what} fly about {the}"),
    },
    "scatter": {
        "train": (
            "fill the background with {what}", "cover the background in {what}", "decorate the background with {what}", "sprinkle {what} over the background",
            "scatter {what} everywhere", "make it rain {what}", "{what} everywhere", "{what} all over", "make the background full of {what}", "a background full of {what}",
        ),
        "held_out": ("strew {what} across the backdrop", "let it rain {what}"),
    },
    "bare": {
        "train": (
            "{what}", "{what}", "{what}", "add {what}", "add {what}", "add {what}", "put {what}", "draw {what}", "doodle {what}", "{what} please", "add {what} please",
            "please add {what}", "pls add {what}", "I want {what}", "with {what}", "can you add {what}?", "could you draw {what}", "let's add {what}",
            "put {what} in", "add some fun: {what}", "{what} here please", "include {what}", "how about {what}?", "now {what}", "give me {what}",
        ),
        "held_out": ("sketch {what}", "show {what}", "I would love {what}", "the photo needs {what}"),
    },
    "two": {
        "train": (
            "add {a} and {b}", "add {a} and {b}", "add {a} and {b}", "put {a} and {b}", "{a} and {b}", "{a} and {b}", "{a}, {b}", "draw {a} and {b}",
            "draw {a}, and also {b}", "add {a}, plus {b}", "add {a}. Then add {b}", "two things please: {a}, {b}", "place {a} together with {b}",
            "I want {a} as well as {b}", "first {a}, then {b}", "add both {a} and {b}", "please add {a} and {b}", "can you add {a} and {b}?",
            "give me {a} and {b}", "{a} with {b}",
        ),
        "held_out": ("show {a} next to {b}", "sketch {a}; there is also {b}"),
    },
    "three": {
        "train": (
            "add {a}, {b} and {c}", "add {a}, {b} and {c}", "{a}, {b} and {c}", "put {a}, {b} and {c}", "draw {a}, {b}, and {c}", "{a}, {b}, {c}",
            "I want {a}, {b} and also {c}", "add {a} and {b}, then {c}", "three things please: {a}, {b}, {c}", "add {a}. Then add {b} and {c}",
            "please add {a}, {b} and {c}", "place {a} and {b} together with {c}", "add {a}, {b}, plus {c}",
        ),
        "held_out": ("show {a}, {b} next to {c}", "sketch {a} with {b} and {c}"),
    },
    "outline": {
        "train": (
            "draw {what} around {the}", "add {what} around {the}", "trace {the} with {what}", "put {what} along {poss} silhouette",
            "{what} around {the}", "outline {the} with {what}", "give {the} {what}", "please trace {poss} shape with {what}",
            "highlight {the} with {what}", "make {the} stand out with {what}", "I want {what} around {the}", "draw {what} along {poss} edge",
        ),
        "held_out": ("follow {poss} contour with {what}", "let {what} run along {the}"),
    },
    "pattern": {
        "train": (
            "fill the background with {what}", "paint {what} over the background", "cover the background with {what}",
            "add {what} to the background behind {the}", "decorate the background with {what}", "put {what} behind {the}",
            "{what} in the background", "make the background {what}", "give the background {what}", "I want {what} behind {the}",
            "replace the plain background with {what}", "please draw {what} all over the background",
        ),
        "held_out": ("the backdrop should show {what}", "lay {what} across the backdrop"),
    },
    "band": {
        "train": (
            "draw {what} behind {the}", "add {what} behind {the}", "paint {what} in the background behind {the}", "put {what} behind {the}",
            "{what} behind {the}", "let {what} pass behind {the}", "I want {what} behind {the}", "please add {what} in back of {the}",
            "behind {the}, draw {what}", "place {what} behind {the}",
        ),
        "held_out": ("have {what} flow behind {the}", "back {the} with {what}"),
    },
    "frame": {
        "train": (
            "add {what} around the picture", "put {what} around the photo", "frame the picture with {what}", "draw {what} along the edges of the photo",
            "give the photo {what}", "{what} around the whole picture", "surround the image with {what}", "please put {what} on the picture",
            "I want {what} around the image",
        ),
        "held_out": ("enclose the photo in {what}", "the picture deserves {what}"),
    },
    "backdrop": {
        "train": (
            "make the \x01background {colour}\x02", "paint the whole \x01background {colour}\x02", "replace the background with \x01plain {colour}\x02",
            "turn the \x01background {colour}\x02", "\x01{colour} background\x02", "change the \x01background to {colour}\x02",
            "I want {an} \x01{colour} background\x02 behind {the}", "colour the \x01background {colour}\x02",
            "put {the} in front of a \x01plain {colour} wall\x02", "set {the} against a \x01solid {colour} background\x02", "add {an} \x01{colour} background\x02",
        ),
        "held_out": ("the \x01whole background should be {colour}\x02", "swap the backdrop for \x01flat {colour}\x02"),
    },
}  # fmt: skip

TAILS = (
    "Keep the rest of the photo unchanged.", "Leave everything else as it is.", "Don't change anything else.", "The rest stays the same.",
    "Keep {the} as in the original.", "Use flat, clean shapes.", "Make it bright and clear.", "Keep the rest of the background unchanged.",
    "Everything else should remain untouched.", "Do not alter the original photo otherwise.",
)  # fmt: skip

TAILS_NOT_OF_BACKGROUND = tuple(tail for tail in TAILS if "background" not in tail and "photo" not in tail)
"""Closing remarks for edits of the background."""

STYLE_REMARKS = (
    "Draw it as a flat cartoon sticker with clean edges.", "It should look like a simple, playful illustration.", "Use a clean vector style with bold colours.",
    "The doodle is drawn in a cheerful cartoon style.", "Render it like a plain clip-art picture.", "It has smooth shapes and clear, solid colours.",
    "Keep the drawing simple, with a crisp outline and flat shading.", "It should be clearly visible and well drawn.",
)  # fmt: skip

PLACE_REMARKS = (
    "It is placed {where}.", "Its place is {where}.", "It should be positioned {where}, at a size that suits the scene.",
    "Make sure that it is {where}, large enough to be seen at first glance.", "Position it neatly {where}.",
)  # fmt: skip

OPENERS = ("", "", "", "Hi! ", "Please ", "For this photo, ", "In this picture, ", "Small edit: ", "Take this photo and ", "Edit: ")
"""Before an imperative, in long instructions."""
