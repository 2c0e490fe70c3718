"""The vocabulary: nameable things, where each may go, and the artwork that shows it.

A thing's `art` names its icon in the emoji sets (CLDR names, shared by the sets but for fxemoji's own spelling); things
without an icon are drawn by `pairs.drawn`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .palette import BRIGHT, PALETTE

WEAR = ("head",)
STICKER = ("left", "right", "above", "top_left", "top_right", "behind", "around", "scatter", "middle")
FLYER = ("left", "right", "above", "top_left", "top_right", "around", "scatter")
CREATURE = ("beside_left", "beside_right", "perch")
GROUND = ("beside_left", "beside_right", "front")
SKY = ("top_left", "top_right", "above", "behind", "scatter")
FOOD = ("beside_left", "beside_right", "front", "around", "scatter")
BACK = ("back",)


@dataclass(frozen=True)
class Thing:
    """A nameable thing. anchors: where it may go (see anchors.py); colours: names it may be recoloured to; size: longest side
    relative to sqrt(H * W); weight: relative frequency; aliases: other words for it in instructions."""

    name: str
    plural: str
    anchors: tuple[str, ...]
    art: str | None = None
    fx: str | None = None
    size: float = 0.40
    weight: float = 1.0
    colours: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def always_coloured(self) -> bool:
        """Must a colour be named? The sets disagree about what colour these have, or it is too dark to see."""
        return self.name in ("butterfly", "bird", "music note", "flower", "wizard hat", "party hat", "top hat", "bow")


_WHITE_TOO = (*BRIGHT, "white")
_ALL = tuple(PALETTE)

THINGS: tuple[Thing, ...] = (
    Thing("crown", "crowns", WEAR, "crown", "crown", 0.40, 5.0, BRIGHT, ("king's crown", "royal crown"), ("golden", "shiny", "jewelled")),
    Thing("party hat", "party hats", WEAR, None, None, 0.42, 3.4, BRIGHT, ("birthday hat", "cone hat"), ("pointy",)),
    Thing("top hat", "top hats", WEAR, "top-hat", "tophat", 0.40, 3.0, BRIGHT, ("tall hat", "magician's hat"), ("black", "elegant")),
    Thing("cowboy hat", "cowboy hats", WEAR, None, None, 0.46, 3.0, BRIGHT, ("western hat",), ("brown", "wide")),
    Thing("wizard hat", "wizard hats", WEAR, None, None, 0.48, 2.8, BRIGHT, ("witch hat", "pointed magic hat"), ("starry", "tall")),
    Thing("bunny ears", "bunny ears", WEAR, None, None, 0.42, 2.4, _WHITE_TOO, ("rabbit ears",), ("fluffy", "long")),
    Thing("flower crown", "flower crowns", WEAR, None, None, 0.42, 2.6, (), ("wreath of flowers", "crown of flowers"), ("colourful", "spring")),
    Thing("bow", "bows", ("head", "front"), None, None, 0.36, 2.4, BRIGHT, ("ribbon bow", "hair bow"), ("cute", "big")),
    Thing("halo", "halos", ("halo",), None, None, 0.42, 2.0, (), ("angel's halo", "ring of light"), ("golden", "glowing")),
    Thing("wings", "wings", BACK, None, None, 1.0, 3.0, _WHITE_TOO, ("a pair of wings",), ("feathered", "big", "angel")),
    Thing("butterfly", "butterflies", FLYER + ("perch",), "butterfly", None, 0.34, 2.0, BRIGHT, (), ("pretty", "colourful")),
    Thing("bird", "birds", FLYER + ("perch",), "bird", "bird", 0.34, 1.4, BRIGHT, ("little bird",), ("cute",)),
    Thing("heart", "hearts", STICKER, "red-heart", "redheart", 0.34, 2.5, BRIGHT, ("love heart",), ("big", "shiny")),
    Thing("star", "stars", STICKER, "star", "star", 0.34, 2.5, BRIGHT, ("five-pointed star",), ("bright", "golden")),
    Thing("flower", "flowers", STICKER, "hibiscus", "hibiscus", 0.36, 1.6, BRIGHT, ("blossom", "bloom"), ("big", "pretty")),
    Thing("rose", "roses", FLYER, "rose", "rose", 0.40, 1.0, (), (), ("red", "long-stemmed")),
    Thing("sunflower", "sunflowers", STICKER, "sunflower", "sunflower", 0.40, 1.4, (), (), ("yellow", "big")),
    Thing("tulip", "tulips", GROUND + ("around",), "tulip", "tulip", 0.40, 1.0, BRIGHT, (), ("pretty",)),
    Thing("daisy", "daisies", STICKER, None, None, 0.36, 1.4, _WHITE_TOO, ("daisy flower",), ("fresh", "simple")),
    Thing("sparkles", "sparkles", STICKER, "sparkles", "sparkles", 0.36, 1.2, BRIGHT, ("glitter sparkles", "twinkles"), ("shiny", "bright")),
    Thing("crescent moon", "moons", SKY, "crescent-moon", "crescentmoon", 0.38, 1.6, (), ("moon",), ("yellow", "big")),
    Thing("sun", "suns", SKY, "sun", "whitesun", 0.42, 1.8, (), (), ("yellow", "bright")),
    Thing("cloud", "clouds", SKY, "cloud", "cloud", 0.44, 1.8, _WHITE_TOO, ("fluffy cloud",), ("soft", "puffy")),
    Thing("rainbow", "rainbows", ("behind", "above", "top_left", "top_right"), None, None, 0.56, 1.6, (), (), ("bright", "colourful")),
    Thing("lightning bolt", "lightning bolts", STICKER, "high-voltage", "lightningmood", 0.38, 1.0, BRIGHT, ("bolt of lightning",), ("zigzag", "sharp")),
    Thing("flame", "flames", GROUND + ("around",), "fire", "fire", 0.40, 1.2, (), ("fire",), ("burning", "hot")),
    Thing("snowflake", "snowflakes", FLYER, "snowflake", "snowflake", 0.34, 1.0, (), (), ("icy", "frosty")),
    Thing("balloon", "balloons", FLYER, "balloon", "balloon", 0.42, 2.0, BRIGHT, ("party balloon",), ("shiny", "floating")),
    Thing("leaf", "leaves", FLYER, "maple-leaf", "mapleleaf", 0.36, 0.8, (), ("maple leaf",), ("autumn",)),
    Thing("palm tree", "palm trees", GROUND, "palm-tree", "palmtree", 0.54, 1.0, (), (), ("tropical", "tall")),
    Thing("tree", "trees", GROUND, "deciduous-tree", "deciduoustree", 0.52, 0.8, (), (), ("green", "leafy")),
    Thing("cactus", "cacti", GROUND, "cactus", "cactus", 0.46, 1.0, (), (), ("green", "spiky")),
    Thing("mushroom", "mushrooms", GROUND + ("perch",), "mushroom", "mushroom", 0.42, 1.2, BRIGHT, ("toadstool",), ("spotted", "red")),
    Thing("ghost", "ghosts", CREATURE + ("above", "behind"), "ghost", "ghost", 0.44, 1.2, (), (), ("white", "spooky")),
    Thing("fish", "fish", FLYER, "tropical-fish", "tropicalfish", 0.38, 0.8, (), ("tropical fish",), ("striped",)),
    Thing("teddy bear", "teddy bears", GROUND, "teddy-bear", None, 0.48, 1.0, (), ("toy bear",), ("brown", "cuddly")),
    Thing("unicorn", "unicorns", GROUND, "unicorn", None, 0.50, 1.0, (), (), ("magical",)),
    Thing("dragon", "dragons", GROUND, "dragon", "dragonside", 0.54, 1.0, (), (), ("green", "mighty")),
    Thing("dinosaur", "dinosaurs", GROUND, "sauropod", None, 0.52, 1.0, (), ("long-necked dinosaur",), ("green", "friendly")),
    Thing("robot", "robots", GROUND, "robot", None, 0.44, 1.0, (), ("robot head",), ("grey", "funny")),
    Thing("alien", "aliens", CREATURE, "alien", "alien", 0.42, 0.7, (), ("little alien",), ("big-eyed",)),
    Thing("snowman", "snowmen", GROUND, "snowman", "snowmanwithoutsnow", 0.48, 0.8, (), (), ("cheerful",)),
    Thing("rocket", "rockets", ("left", "right", "top_left", "top_right", "above"), "rocket", "rocket", 0.44, 1.0, (), ("space rocket",), ("flying", "fast")),
    Thing("ufo", "ufos", ("above", "top_left", "top_right"), "flying-saucer", None, 0.46, 0.9, (), ("flying saucer",), ("hovering",)),
    Thing("planet", "planets", ("top_left", "top_right", "above", "behind"), "ringed-planet", None, 0.46, 0.8, (), ("ringed planet",), ("big",)),
    Thing("cupcake", "cupcakes", FOOD + ("perch",), "cupcake", None, 0.40, 0.9, (), (), ("sweet", "frosted")),
    Thing("birthday cake", "birthday cakes", GROUND + ("perch",), "birthday-cake", "birthdaycake", 0.46, 1.0, (), ("cake with candles",), ("big", "festive")),
    Thing("ice cream", "ice creams", ("beside_left", "beside_right", "around"), "soft-ice-cream", "softicecream", 0.42, 0.9, (), ("ice cream cone",), ("creamy",)),
    Thing("pizza slice", "pizza slices", FOOD, "pizza", "sliceofpizza", 0.40, 0.8, (), ("slice of pizza",), ("cheesy",)),
    Thing("strawberry", "strawberries", FOOD, "strawberry", "strawberry", 0.36, 0.9, (), (), ("red", "juicy")),
    Thing("apple", "apples", FOOD + ("perch",), "red-apple", "redapple", 0.36, 0.9, ("red", "green", "yellow"), (), ("ripe",)),
    Thing("cherries", "cherries", FOOD, "cherries", "cherries", 0.36, 0.7, (), ("a pair of cherries",), ("red",)),
    Thing("donut", "donuts", FOOD, "doughnut", "doughnut", 0.36, 0.8, (), ("doughnut",), ("glazed", "sprinkled")),
    Thing("gift box", "gift boxes", GROUND, "wrapped-gift", "present", 0.42, 1.0, (), ("present", "wrapped gift"), ("festive",)),
    Thing("umbrella", "umbrellas", ("above", "left", "right"), "umbrella", "umbrella", 0.48, 0.9, (), ("parasol",), ("open",)),
    Thing("music note", "music notes", FLYER, "musical-note", "musicalnote", 0.34, 1.0, _ALL, ("musical note",), ("dancing",)),
    Thing("speech bubble", "speech bubbles", ("top_left", "top_right"), "speech-balloon", "speechbubble", 0.40, 0.8, (), ("speech balloon",), ("round",)),
    Thing("bell", "bells", FLYER, "bell", "bell", 0.36, 0.6, (), (), ("golden",)),
    Thing("trophy", "trophies", GROUND, "trophy", "trophy", 0.42, 0.6, (), ("winner's cup",), ("golden",)),
)

BY_NAME: dict[str, Thing] = {thing.name: thing for thing in THINGS}
