"""The vocabulary: nameable things, where each may go, and the artwork that shows it.

A thing's `art` names its icon in the emoji sets (CLDR names, shared by the sets but for fxemoji's own spelling); things
without an icon are drawn by `pairs.drawn`. The first sixty are what the first weights were trained on, in that order.
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
EYES = ("eyes",)
NECK = ("neck",)

@dataclass(frozen=True)
class Thing:
    """A nameable thing. anchors: where it may go (see anchors.py); colours: names it may be recoloured to; size: longest side
    relative to sqrt(H * W), or width in eye distances for what is worn on a face or neck; weight: relative frequency; aliases:
    other words for it; looks: adjectives that every artwork of it deserves."""

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
        return self.name in _ALWAYS_COLOURED

    @property
    def is_plural(self) -> bool:
        """Does one of it take no article ("sunglasses", "antlers")?"""
        return self.name in _PLURALS

    @property
    def is_worn_on_face(self) -> bool:
        """Does its place come from the face's landmarks, and its size from the eyes' distance?"""
        return self.anchors[0] in FACE_ANCHORS

    @property
    def may_be_mirrored(self) -> bool:
        """Does it look right in a mirror? Writing does not."""
        return self.name not in ("question mark", "music note", "money bag", "alarm clock", "books")


FACE_ANCHORS = ("eyes", "lip", "chin", "neck", "ears")
_ALWAYS_COLOURED = frozenset((
    "butterfly", "bird", "music note", "flower", "wizard hat", "party hat", "top hat", "bow", "beanie", "scarf", "bow tie", "tie",
    "cape", "bandana", "superhero mask", "butterfly wings", "car", "kite", "hot air balloon", "heart glasses", "star glasses",
    "headphones", "sun hat", "baseball cap", "necklace", "cat ears",
))  # fmt: skip
_PLURALS = frozenset((
    "wings", "bunny ears", "sparkles", "cherries", "glasses", "sunglasses", "heart glasses", "star glasses", "3D glasses",
    "headphones", "cat ears", "antlers", "devil horns", "butterfly wings", "bat wings", "grapes", "french fries", "pancakes", "popcorn",
    "paw prints",
))  # fmt: skip
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
    # Worn on the head.
    Thing("santa hat", "santa hats", WEAR, None, None, 0.44, 2.2, (), ("Father Christmas hat", "Christmas hat"), ("red", "fluffy")),
    Thing("pirate hat", "pirate hats", WEAR, None, None, 0.46, 2.0, (), ("captain's hat",), ("black", "skull")),
    Thing("chef hat", "chef hats", WEAR, None, None, 0.44, 1.8, (), ("cook's hat", "chef's hat"), ("white", "puffy")),
    Thing("viking helmet", "viking helmets", WEAR, None, None, 0.46, 1.8, (), ("horned helmet",), ("steel", "horned")),
    Thing("sombrero", "sombreros", WEAR, None, None, 0.50, 1.8, (), ("Mexican hat",), ("straw", "wide")),
    Thing("beanie", "beanies", WEAR, None, None, 0.42, 1.8, BRIGHT, ("woolly hat", "bobble hat"), ("knitted", "warm")),
    Thing("jester hat", "jester hats", WEAR, None, None, 0.46, 1.4, (), ("joker's hat", "fool's cap"), ("colourful", "silly")),
    Thing("cat ears", "cat ears", WEAR, None, None, 0.42, 1.8, (*BRIGHT, "white", "black"), ("kitty ears",), ("pointy",)),
    Thing("antlers", "antlers", WEAR, None, None, 0.46, 1.8, (), ("reindeer antlers", "deer antlers"), ("brown", "big")),
    Thing("devil horns", "devil horns", WEAR, None, None, 0.40, 1.6, (), ("little horns", "demon horns"), ("red", "pointy")),
    Thing("unicorn horn", "unicorn horns", WEAR, None, None, 0.40, 1.6, (), ("magic horn",), ("spiral", "shiny")),
    Thing("star tiara", "star tiaras", WEAR, None, None, 0.44, 1.4, (), ("tiara", "crown of stars"), ("golden", "sparkling")),
    Thing("graduation cap", "graduation caps", WEAR, "graduation-cap", "graduationcap", 0.44, 1.6, (), ("mortarboard", "student's cap"), ("black", "square")),
    Thing("baseball cap", "baseball caps", WEAR, "billed-cap", None, 0.42, 1.8, BRIGHT, ("cap",), ("sporty",)),
    Thing("sun hat", "sun hats", WEAR, "womans-hat", "womanshat", 0.44, 1.6, BRIGHT, ("summer hat", "straw hat with a ribbon"), ("summery", "wide")),
    Thing("hard hat", "hard hats", WEAR, "rescue-workers-helmet", None, 0.42, 1.4, BRIGHT, ("safety helmet", "builder's helmet"), ("sturdy",)),
    Thing("headphones", "headphones", ("ears",), None, None, 2.75, 1.6, BRIGHT, ("a pair of headphones", "earphones"), ("big", "padded")),
    # Worn on the face.
    Thing("glasses", "glasses", EYES, "glasses", "glasses", 2.35, 2.4, BRIGHT, ("eyeglasses", "spectacles"), ("round", "smart")),
    Thing("sunglasses", "sunglasses", EYES, "sunglasses", "darksunglasses", 2.4, 2.8, (), ("shades", "dark glasses"), ("cool", "dark")),
    Thing("heart glasses", "heart glasses", EYES, None, None, 2.5, 1.8, BRIGHT, ("heart-shaped sunglasses", "heart-shaped glasses"), ("cute", "funny")),
    Thing("star glasses", "star glasses", EYES, None, None, 2.6, 1.6, BRIGHT, ("star-shaped sunglasses", "star-shaped glasses"), ("funky", "party")),
    Thing("3D glasses", "3D glasses", EYES, None, None, 2.4, 1.2, (), ("cinema glasses", "red and blue glasses"), ("paper", "retro")),
    Thing("superhero mask", "superhero masks", EYES, None, None, 2.6, 1.8, (*BRIGHT, "black"), ("eye mask", "masquerade mask"), ("mysterious",)),
    Thing("moustache", "moustaches", ("lip",), None, None, 2.1, 2.2, ("black", "orange", "white"), ("mustache", "curly moustache"), ("curly", "dark")),
    Thing("beard", "beards", ("chin",), None, None, 2.05, 1.8, ("black", "orange", "white", "blue"), ("full beard",), ("bushy", "long")),
    # Worn at the neck or on the back.
    Thing("scarf", "scarves", NECK, None, None, 3.0, 2.0, BRIGHT, ("woollen scarf", "winter scarf"), ("striped", "warm")),
    Thing("bow tie", "bow ties", NECK, None, None, 2.0, 2.4, (*BRIGHT, "black"), ("bowtie",), ("elegant", "neat")),
    Thing("tie", "ties", NECK, None, None, 1.5, 1.6, BRIGHT, ("necktie",), ("striped", "smart")),
    Thing("necklace", "necklaces", NECK, None, None, 2.7, 1.4, ("white", "yellow", "pink", "light blue"), ("string of beads", "pearl necklace"), ("shiny", "beaded")),
    Thing("bandana", "bandanas", NECK, None, None, 2.5, 1.4, BRIGHT, ("neckerchief",), ("dotted", "spotted")),
    Thing("flower garland", "flower garlands", NECK, None, None, 3.0, 1.4, (), ("Hawaiian garland", "flower lei"), ("colourful", "tropical")),
    Thing("medal", "medals", NECK, "sports-medal", "sportsmedal", 1.8, 1.2, (), ("gold medal",), ("golden", "winner's")),
    Thing("cape", "capes", BACK, None, None, 0.95, 1.6, (*BRIGHT, "black"), ("superhero cape", "cloak"), ("flowing", "heroic")),
    Thing("butterfly wings", "butterfly wings", BACK, None, None, 1.0, 1.6, BRIGHT, ("fairy wings",), ("pretty", "magical")),
    Thing("bat wings", "bat wings", BACK, None, None, 1.0, 1.4, (), ("vampire wings", "dragon wings"), ("dark", "spooky")),
    # Animals.
    Thing("cat", "cats", CREATURE, "cat", "catside", 0.46, 0.9, (), ("kitty", "little cat"), ("cute",)),
    Thing("dog", "dogs", CREATURE, "dog", "dogside", 0.46, 0.9, (), ("puppy", "little dog"), ("friendly",)),
    Thing("rabbit", "rabbits", CREATURE, "rabbit", "bunnyside", 0.44, 0.9, (), ("bunny",), ("cute",)),
    Thing("owl", "owls", CREATURE, "owl", None, 0.42, 0.9, (), (), ("brown", "wise")),
    Thing("penguin", "penguins", CREATURE, "penguin", "penguin", 0.44, 0.9, (), (), ("funny",)),
    Thing("duck", "ducks", CREATURE, "duck", None, 0.42, 0.8, (), (), ("little",)),
    Thing("chick", "chicks", CREATURE, "front-facing-baby-chick", "frontfacingchick", 0.40, 0.8, (), ("baby chick",), ("yellow", "fluffy")),
    Thing("frog", "frogs", CREATURE, "frog", "frog", 0.40, 0.9, (), ("frog face",), ("green", "happy")),
    Thing("panda", "pandas", CREATURE, "panda", "pandaface", 0.42, 0.9, (), ("panda face",), ("cute",)),
    Thing("lion", "lions", CREATURE, "lion", None, 0.44, 0.8, (), ("lion face",), ("proud",)),
    Thing("fox", "foxes", CREATURE, "fox", None, 0.44, 0.8, (), ("fox face",), ("orange", "clever")),
    Thing("monkey", "monkeys", CREATURE, "monkey", "monkey", 0.44, 0.8, (), (), ("cheeky", "brown")),
    Thing("koala", "koalas", CREATURE, "koala", "koala", 0.42, 0.7, (), ("koala face",), ("grey", "sleepy")),
    Thing("pig", "pigs", CREATURE, "pig", "pigside", 0.44, 0.8, (), ("piglet",), ("pink", "round")),
    Thing("cow", "cows", GROUND, "cow", "cow", 0.48, 0.7, (), (), ("friendly",)),
    Thing("mouse", "mice", CREATURE, "mouse", "mouseside", 0.40, 0.7, (), ("little mouse",), ("tiny",)),
    Thing("elephant", "elephants", GROUND, "elephant", "elephant", 0.50, 0.9, ("pink", "blue", "purple"), (), ("big",)),
    Thing("giraffe", "giraffes", GROUND, "giraffe", None, 0.52, 0.7, (), (), ("tall", "spotted")),
    Thing("turtle", "turtles", GROUND, "turtle", "turtle", 0.42, 0.8, (), ("tortoise",), ("green", "slow")),
    Thing("hedgehog", "hedgehogs", CREATURE, "hedgehog", None, 0.40, 0.7, (), (), ("prickly", "little")),
    Thing("snail", "snails", CREATURE, "snail", "snail", 0.40, 0.7, (), (), ("slow", "little")),
    Thing("bee", "bees", FLYER + ("perch",), "honeybee", "honeybee", 0.36, 0.9, (), ("bumblebee", "honey bee"), ("buzzing", "striped")),
    Thing("ladybug", "ladybugs", FLYER + ("perch",), "lady-beetle", "ladybeetle", 0.36, 0.9, (), ("ladybird",), ("red", "spotted")),
    Thing("spider", "spiders", ("top_left", "top_right", "above", "left", "right"), "spider", "spider", 0.38, 0.6, (), (), ("black", "creepy")),
    Thing("bat", "bats", FLYER, "bat", None, 0.42, 0.8, (), (), ("flying", "spooky")),
    Thing("octopus", "octopuses", GROUND + ("perch",), "octopus", "octopus", 0.42, 0.8, BRIGHT, (), ("funny",)),
    Thing("crab", "crabs", GROUND + ("perch",), "crab", None, 0.42, 0.7, (), (), ("red", "snappy")),
    Thing("whale", "whales", GROUND, "spouting-whale", "spurtingwhale", 0.46, 0.8, (), (), ("blue", "happy")),
    Thing("dolphin", "dolphins", ("left", "right", "above", "top_left", "top_right"), "dolphin", "dolphin", 0.44, 0.8, (), (), ("jumping",)),
    Thing("shark", "sharks", ("left", "right", "beside_left", "beside_right"), "shark", None, 0.46, 0.7, (), (), ("fierce", "grey")),
    Thing("parrot", "parrots", CREATURE, "parrot", None, 0.42, 0.9, (), (), ("colourful", "tropical")),
    Thing("flamingo", "flamingos", GROUND, "flamingo", None, 0.50, 0.8, (), (), ("pink", "tall")),
    Thing("squirrel", "squirrels", CREATURE, "chipmunk", "chipmunk", 0.42, 0.7, (), ("chipmunk",), ("brown", "cute")),
    Thing("snake", "snakes", GROUND, "snake", "snake", 0.46, 0.6, (), (), ("green", "coiled")),
    # Plants.
    Thing("cherry blossom", "cherry blossoms", STICKER, "cherry-blossom", "cherryblossom", 0.36, 0.9, (), ("pink blossom",), ("pink", "delicate")),
    Thing("bouquet", "bouquets", GROUND, "bouquet", "bouquet", 0.44, 0.8, (), ("bunch of flowers", "bouquet of flowers"), ("colourful", "lovely")),
    Thing("four-leaf clover", "four-leaf clovers", FLYER, "four-leaf-clover", "fourleafclover", 0.38, 0.7, (), ("lucky clover", "clover"), ("green", "lucky")),
    Thing("christmas tree", "christmas trees", GROUND, "christmas-tree", "christmastree", 0.52, 0.9, (), ("Xmas tree", "decorated fir tree"), ("festive", "green")),
    Thing("pumpkin", "pumpkins", GROUND, "jack-o-lantern", "jackolantern", 0.44, 0.9, (), ("jack-o'-lantern", "Halloween pumpkin"), ("orange", "grinning")),
    # Food and drink.
    Thing("banana", "bananas", FOOD, "banana", "banana", 0.40, 0.8, (), (), ("yellow", "ripe")),
    Thing("watermelon", "watermelons", FOOD, "watermelon", "watermelon", 0.40, 0.8, (), ("slice of watermelon", "watermelon slice"), ("juicy", "fresh")),
    Thing("pineapple", "pineapples", GROUND + ("perch",), "pineapple", "pineapple", 0.44, 0.8, (), (), ("tropical",)),
    Thing("lemon", "lemons", FOOD, "lemon", "lemon", 0.36, 0.7, (), (), ("yellow", "sour")),
    Thing("tangerine", "tangerines", FOOD, "tangerine", "tangerine", 0.36, 0.6, (), ("mandarin",), ("juicy",)),
    Thing("grapes", "bunches of grapes", FOOD, "grapes", "grapes", 0.40, 0.7, (), ("a bunch of grapes",), ("purple", "sweet")),
    Thing("avocado", "avocados", FOOD, "avocado", None, 0.38, 0.7, (), (), ("green", "creamy")),
    Thing("carrot", "carrots", FOOD, "carrot", None, 0.40, 0.7, (), (), ("orange", "crunchy")),
    Thing("hamburger", "hamburgers", FOOD + ("perch",), "hamburger", "hamburger", 0.40, 0.9, (), ("burger", "cheeseburger"), ("tasty", "juicy")),
    Thing("hot dog", "hot dogs", FOOD, "hot-dog", None, 0.42, 0.7, (), (), ("tasty",)),
    Thing("french fries", "boxes of french fries", GROUND, "french-fries", "frenchfries", 0.42, 0.7, (), ("chips", "fries"), ("crispy", "golden")),
    Thing("cookie", "cookies", FOOD, "cookie", "cookie", 0.36, 0.7, (), ("biscuit", "chocolate chip cookie"), ("crunchy",)),
    Thing("candy", "candies", FOOD, "candy", "candy", 0.36, 0.7, BRIGHT, ("sweet in a wrapper", "wrapped candy"), ("sweet",)),
    Thing("lollipop", "lollipops", FOOD, "lollipop", "lollipop", 0.40, 0.8, BRIGHT, (), ("round", "sweet")),
    Thing("pancakes", "piles of pancakes", GROUND + ("perch",), "pancakes", None, 0.42, 0.6, (), ("a stack of pancakes",), ("fluffy",)),
    Thing("popcorn", "boxes of popcorn", GROUND, "popcorn", None, 0.44, 0.7, (), ("a box of popcorn",), ("fresh",)),
    Thing("croissant", "croissants", FOOD, "croissant", None, 0.40, 0.6, (), (), ("buttery", "golden")),
    Thing("coffee cup", "coffee cups", GROUND, "hot-beverage", "hotbeverage", 0.40, 0.8, (), ("cup of coffee", "hot drink"), ("steaming", "hot")),
    Thing("cocktail", "cocktails", GROUND, "tropical-drink", "tropicaldrink", 0.44, 0.7, (), ("tropical drink", "fruity drink"), ("cool", "summery")),
    # Things that move.
    Thing("car", "cars", GROUND, "automobile", "automobile", 0.48, 1.0, BRIGHT, ("little car",), ("shiny", "small")),
    Thing("bus", "buses", GROUND, "bus", "bus", 0.50, 0.7, (), (), ("big",)),
    Thing("fire truck", "fire trucks", GROUND, "fire-engine", "fireengine", 0.50, 0.7, (), ("fire engine",), ("red", "big")),
    Thing("tractor", "tractors", GROUND, "tractor", "tractor", 0.48, 0.7, BRIGHT, (), ("sturdy",)),
    Thing("bicycle", "bicycles", GROUND, "bicycle", "bicycle", 0.50, 0.8, (), ("bike",), ("fast",)),
    Thing("scooter", "scooters", GROUND, "motor-scooter", None, 0.48, 0.7, BRIGHT, ("motor scooter", "moped"), ("retro",)),
    Thing("train", "trains", GROUND, "locomotive", "steamlocomotive", 0.50, 0.7, (), ("steam engine", "locomotive"), ("old", "puffing")),
    Thing("sailboat", "sailboats", GROUND, "sailboat", "sailboat", 0.48, 0.9, (), ("sailing boat",), ("little",)),
    Thing("airplane", "airplanes", ("left", "right", "above", "top_left", "top_right"), "airplane", "airplane", 0.46, 0.9, (), ("plane", "aeroplane"), ("flying",)),
    Thing("helicopter", "helicopters", ("above", "top_left", "top_right"), "helicopter", "helicopter", 0.46, 0.8, (), ("chopper",), ("flying",)),
    Thing("hot air balloon", "hot air balloons", ("left", "right", "above", "top_left", "top_right"), None, None, 0.46, 1.2, BRIGHT, ("montgolfier balloon",), ("striped", "floating")),
    Thing("paper plane", "paper planes", FLYER, None, None, 0.38, 0.9, (), ("paper airplane",), ("folded", "white")),
    Thing("parachute", "parachutes", ("above", "top_left", "top_right"), "parachute", None, 0.46, 0.6, (), (), ("open",)),
    Thing("skateboard", "skateboards", GROUND, "skateboard", None, 0.44, 0.6, BRIGHT, (), ("cool",)),
    # Sky and weather.
    Thing("rain cloud", "rain clouds", ("above", "top_left", "top_right"), "cloud-with-rain", "raincloud", 0.44, 0.9, (), ("rainy cloud",), ("grey", "gloomy")),
    Thing("tornado", "tornadoes", ("left", "right", "behind"), "tornado", "tornado", 0.46, 0.6, (), ("whirlwind",), ("swirling",)),
    Thing("comet", "comets", ("top_left", "top_right", "above"), "comet", None, 0.42, 0.7, (), (), ("burning", "bright")),
    Thing("globe", "globes", ("top_left", "top_right", "above", "behind"), "globe-showing-americas", "americasglobe", 0.42, 0.8, (), ("earth globe",), ("blue", "round")),
    Thing("water drop", "water drops", FLYER, "droplet", "droplet", 0.34, 0.7, BRIGHT, ("raindrop", "drop of water"), ("blue", "shiny")),
    Thing("wave", "waves", GROUND, "water-wave", "wave", 0.46, 0.6, (), ("ocean wave",), ("blue", "big")),
    Thing("volcano", "volcanoes", ("left", "right", "behind"), "volcano", "volcano", 0.50, 0.6, (), (), ("erupting",)),
    # Toys, music, things of the house.
    Thing("kite", "kites", ("left", "right", "above", "top_left", "top_right"), "kite", None, 0.46, 1.0, BRIGHT, (), ("flying",)),
    Thing("soccer ball", "soccer balls", FOOD + ("perch",), "soccer-ball", "soccerball", 0.36, 0.9, (), ("football",), ("black and white",)),
    Thing("basketball", "basketballs", FOOD + ("perch",), "basketball", None, 0.36, 0.8, (), (), ("orange",)),
    Thing("magic wand", "magic wands", ("left", "right", "top_left", "top_right"), "magic-wand", None, 0.44, 0.8, (), ("wand",), ("sparkling",)),
    Thing("crystal ball", "crystal balls", GROUND, "crystal-ball", "crystalball", 0.42, 0.7, (), ("fortune teller's ball",), ("mystic", "glowing")),
    Thing("guitar", "guitars", GROUND, "guitar", "guitar", 0.50, 0.9, BRIGHT, (), ("wooden",)),
    Thing("drum", "drums", GROUND, "drum", None, 0.42, 0.7, (), (), ("loud",)),
    Thing("trumpet", "trumpets", ("left", "right", "beside_left", "beside_right"), "trumpet", "trumpet", 0.44, 0.7, (), (), ("golden", "brass")),
    Thing("microphone", "microphones", GROUND, "microphone", "microphone", 0.44, 0.8, (), ("mic",), ("shiny",)),
    Thing("camera", "cameras", GROUND + ("perch",), "camera", "camera", 0.42, 0.8, (), ("photo camera",), ("retro",)),
    Thing("television", "televisions", GROUND, "television", "television", 0.46, 0.6, (), ("TV", "TV set"), ("old",)),
    Thing("light bulb", "light bulbs", ("above", "top_left", "top_right"), "light-bulb", "lightbulb", 0.40, 1.0, (), ("glowing bulb", "idea bulb"), ("bright", "glowing")),
    Thing("candle", "candles", GROUND, "candle", "candle", 0.44, 0.7, (), (), ("burning",)),
    Thing("key", "keys", FLYER, "key", "key", 0.38, 0.6, (), (), ("golden", "shiny")),
    Thing("sword", "swords", ("left", "right", "beside_left", "beside_right"), "dagger", "daggerknife", 0.48, 0.7, (), ("dagger",), ("sharp",)),
    Thing("shield", "shields", GROUND, "shield", None, 0.44, 0.6, BRIGHT, (), ("strong",)),
    Thing("bomb", "bombs", GROUND, "bomb", "bomb", 0.40, 0.6, (), ("cartoon bomb",), ("black", "round")),
    Thing("gem", "gems", FLYER, "gem-stone", "gem", 0.36, 0.9, BRIGHT, ("diamond gem", "jewel"), ("sparkling", "precious")),
    Thing("money bag", "money bags", GROUND, "money-bag", "moneybag", 0.42, 0.6, (), ("bag of money",), ("full",)),
    Thing("books", "stacks of books", GROUND + ("perch",), "books", "books", 0.42, 0.7, (), ("pile of books",), ("colourful",)),
    Thing("pencil", "pencils", ("left", "right", "top_left", "top_right", "around"), "pencil", "pencil", 0.42, 0.7, (), (), ("sharp", "yellow")),
    Thing("artist palette", "artist palettes", GROUND, "artist-palette", "artistpalette", 0.42, 0.7, (), ("paint palette",), ("colourful",)),
    Thing("alarm clock", "alarm clocks", GROUND + ("perch",), "alarm-clock", "alarmclock", 0.42, 0.7, BRIGHT, ("clock",), ("ringing",)),
    Thing("tent", "tents", GROUND, "tent", "tent", 0.48, 0.6, (), ("camping tent",), ("cosy",)),
    Thing("house", "houses", GROUND, "house", "housebuilding", 0.48, 0.8, (), ("little house",), ("small", "cosy")),
    Thing("castle", "castles", ("left", "right", "behind"), "castle", "europeancastle", 0.54, 0.7, (), ("fairy-tale castle",), ("big", "grand")),
    Thing("ferris wheel", "ferris wheels", ("left", "right", "behind"), "ferris-wheel", "ferriswheel", 0.52, 0.6, (), ("big wheel",), ("colourful",)),
    Thing("party popper", "party poppers", ("left", "right", "top_left", "top_right", "beside_left", "beside_right"), "party-popper", "partypopper", 0.44, 0.9, (), ("confetti popper",), ("festive",)),
    Thing("megaphone", "megaphones", ("left", "right", "beside_left", "beside_right"), "megaphone", "megaphone", 0.42, 0.6, (), ("loudhailer",), ("loud",)),
    # Faces and signs.
    Thing("smiley", "smileys", STICKER, "grinning-face", "grin", 0.38, 0.9, (), ("smiley face", "smiling emoji"), ("yellow", "happy")),
    Thing("heart-eyes emoji", "heart-eyes emojis", STICKER, "smiling-face-with-heart-eyes", "hearteyes", 0.38, 0.8, (), ("smiley with heart eyes", "love-struck emoji"), ("yellow", "happy")),
    Thing("crying emoji", "crying emojis", STICKER, "loudly-crying-face", "loudlycrying", 0.38, 0.7, (), ("crying face", "sobbing emoji"), ("yellow", "sad")),
    Thing("clown face", "clown faces", CREATURE + ("above",), "clown-face", None, 0.42, 0.7, (), ("clown",), ("funny", "colourful")),
    Thing("skull", "skulls", CREATURE + ("around",), "skull", "skull", 0.40, 0.8, (), ("white skull",), ("spooky", "white")),
    Thing("question mark", "question marks", ("above", "left", "right", "top_left", "top_right", "around", "scatter"), "red-question-mark", "blackquestionmark", 0.38, 0.9, BRIGHT, ("query mark",), ("big",)),
    Thing("exclamation mark", "exclamation marks", ("above", "left", "right", "top_left", "top_right", "around", "scatter"), "red-exclamation-mark", "heavyexclaimationmarksymbol", 0.38, 0.8, BRIGHT, ("exclamation point",), ("big",)),
    Thing("thumbs up", "thumbs up", ("left", "right", "top_left", "top_right", "beside_left", "beside_right"), "thumbs-up", "thumbsup", 0.40, 0.8, (), ("thumbs-up sign", "like sign"), ("yellow", "big")),
    Thing("kiss mark", "kiss marks", FLYER, "kiss-mark", "kissmark", 0.36, 0.8, (), ("lipstick kiss", "pair of lips"), ("red", "bold")),
    Thing("thought bubble", "thought bubbles", ("top_left", "top_right"), "thought-balloon", "leftthoughtbubble", 0.42, 0.8, (), ("thought balloon",), ("round", "cloudy")),
    Thing("dove", "doves", FLYER, "dove", "doveofpeace", 0.40, 0.8, (), ("peace dove", "white dove"), ("white", "peaceful")),
    Thing("paw prints", "paw prints", STICKER, "paw-prints", "pawprints", 0.36, 0.9, BRIGHT, ("animal tracks",), ("little",)),
    Thing("broken heart", "broken hearts", STICKER, "broken-heart", "brokenheart", 0.36, 0.7, BRIGHT, ("cracked heart",), ("sad",)),
)

BY_NAME: dict[str, Thing] = {thing.name: thing for thing in THINGS}
