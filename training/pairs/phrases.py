"""Sentence frames by family and phrasing. Placeholders: {what} a noun phrase, {where} a place, {the}, {they} and {poss} the subject
("her", "she", "her").

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
            "scatter {what} everywhere", "make the background full of {what}", "a background full of {what}",
        ),
        "held_out": ("strew {what} across the backdrop", "let it rain {what}"),
    },
    "two": {
        "train": (
            "add {what} {where} and {what2} {where2}", "put {what} {where} and {what2} {where2}", "{what} {where} and {what2} {where2}",
            "draw {what} {where}, and also {what2} {where2}", "add {what} {where}, plus {what2} {where2}", "add {what} {where}. Then add {what2} {where2}",
            "two things please: {what} {where}, {what2} {where2}", "place {what} {where} together with {what2} {where2}",
            "I want {what} {where} as well as {what2} {where2}", "first {what} {where}, then {what2} {where2}", "add both {what} {where} and {what2} {where2}",
        ),
        "held_out": ("show {what} {where} next to {what2} {where2}", "sketch {what} {where}; {what2} belongs {where2}"),
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
            "make the background {colour}", "paint the whole background {colour}", "replace the background with plain {colour}", "turn the background {colour}",
            "{colour} background", "change the background to {colour}", "I want {a_colour} background behind {the}", "colour the background {colour}",
            "put {the} in front of a plain {colour} wall", "set {the} against a solid {colour} background",
        ),
        "held_out": ("everything behind {the} should be {colour}", "swap the backdrop for flat {colour}"),
    },
    "remove": {
        "train": (
            "remove {what}", "erase {what} {where}", "take {what} away", "delete {what} {where}", "get rid of {what}", "remove {what} {where}",
            "please take {what} off", "I don't want {what} {where}", "clean up the photo by removing {what}", "no {bare} please, take it away",
            "can you remove {what}?", "photo without {what}",
        ),
        "held_out": ("make {what} disappear", "clean {what} off the photo"),
    },
    "recolour": {
        "train": (
            "make {the} {colour} all over", "paint {the} completely {colour}", "turn {the} {colour} all over", "colour all of {the} {colour}",
            "tint {the} {colour} from top to bottom", "change {poss} colour to {colour}", "I want {the} to be {colour}", "recolour {the} in {colour}",
            "{they} in {colour} from top to bottom", "what if {they} was {colour}?",
        ),
        "held_out": ("dye {the} {colour} all over", "the whole of {the} should be {colour}"),
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
