"""Which emoji are drawable nouns, what they are called, and how each stands in a picture."""

from __future__ import annotations

from .things import THINGS

GROUPS = ("worn", "perching", "standing", "flying", "lying", "scattered")
"""How a thing is placed that has no anchors of its own: worn on the head, perching on something, standing on the ground beside
the subject, flying above or beside it, lying in front of it, or scattered about."""

_SUBGROUPS: dict[str, str] = {
    "face-smiling": "scattered", "face-affection": "scattered", "face-tongue": "scattered", "face-hand": "scattered",
    "face-neutral-skeptical": "scattered", "face-sleepy": "scattered", "face-unwell": "scattered", "face-hat": "scattered",
    "face-glasses": "scattered", "face-concerned": "scattered", "face-negative": "scattered", "face-costume": "perching",
    "cat-face": "scattered", "monkey-face": "perching", "heart": "scattered", "emotion": "scattered",
    "hand-fingers-open": "scattered", "hand-fingers-partial": "scattered", "hand-single-finger": "scattered",
    "hand-fingers-closed": "scattered", "hands": "scattered", "hand-prop": "scattered", "body-parts": "scattered",
    "person": "standing", "person-role": "standing", "person-fantasy": "standing", "person-activity": "standing", "person-sport": "standing",
    "animal-mammal": "standing", "animal-bird": "perching", "animal-amphibian": "perching", "animal-reptile": "standing",
    "animal-marine": "lying", "animal-bug": "perching", "plant-flower": "scattered", "plant-other": "standing",
    "food-fruit": "lying", "food-vegetable": "lying", "food-prepared": "lying", "food-asian": "lying", "food-sweet": "lying",
    "drink": "lying", "dishware": "lying", "place-map": "flying", "place-geographic": "standing", "place-building": "standing",
    "place-religious": "standing", "place-other": "standing", "transport-ground": "standing", "transport-water": "standing",
    "transport-air": "flying", "hotel": "lying", "time": "lying", "sky-weather": "flying", "event": "lying", "award-medal": "lying",
    "sport": "lying", "game": "lying", "arts-crafts": "lying", "clothing": "lying", "sound": "lying", "music": "scattered",
    "musical-instrument": "standing", "phone": "lying", "computer": "lying", "light-video": "lying", "book-paper": "lying",
    "money": "lying", "mail": "lying", "writing": "lying", "office": "lying", "lock": "lying", "tool": "lying", "science": "lying",
    "medical": "lying", "household": "standing", "other-object": "lying",
}  # fmt: skip
"""Emojibase's subgroups that hold drawable nouns, with the group of most of their members."""

_EXCEPTIONS: dict[str, str] = {
    "crown": "worn", "top hat": "worn", "sun hat": "worn", "graduation cap": "worn", "baseball cap": "worn", "military helmet": "worn",
    "hard hat": "worn", "headphones": "worn", "ribbon": "worn", "goggles": "worn", "glasses": "worn", "sunglasses": "worn", "diving mask": "worn",
    "hamster": "perching", "mouse": "perching", "rat": "perching", "squirrel": "perching", "hedgehog": "perching", "koala": "perching",
    "monkey": "perching", "cat": "perching", "black cat": "perching", "rabbit": "perching", "sloth": "perching", "mushroom": "perching",
    "lizard": "perching", "turtle": "perching", "crab": "perching", "snail": "perching",
    "bat": "flying", "dove": "flying", "eagle": "flying", "bird": "flying", "black bird": "flying", "phoenix": "flying", "butterfly": "flying",
    "bee": "flying", "mosquito": "flying", "fly": "flying", "ladybug": "flying", "feather": "flying", "wing": "flying", "dragonfly": "flying",
    "turkey": "standing", "ostrich": "standing", "flamingo": "standing", "peacock": "standing", "swan": "standing", "rooster": "standing",
    "chicken": "standing", "goose": "standing", "dodo": "standing",
    "leaf": "scattered", "fallen leaf": "scattered", "leaf fluttering in wind": "scattered", "shamrock": "scattered",
    "four-leaf clover": "scattered", "herb": "scattered", "bouquet": "standing", "tulip": "standing", "sunflower": "standing",
    "dolphin": "flying", "fish": "flying", "tropical fish": "flying", "pufferfish": "flying", "jellyfish": "flying",
    "star": "scattered", "glowing star": "scattered", "snowflake": "scattered", "water drop": "scattered", "lightning bolt": "scattered",
    "umbrella": "standing", "closed umbrella": "lying", "snowman": "standing", "snowman without snow": "standing", "flame": "standing",
    "tornado": "standing", "wave": "standing", "thermometer": "lying", "beach umbrella": "standing",
    "balloon": "flying", "kite": "flying", "flying disc": "flying", "boomerang": "flying", "fireworks": "flying", "sparkles": "scattered",
    "confetti ball": "flying", "christmas tree": "standing", "pumpkin": "lying", "tanabata tree": "standing", "pine decoration": "standing",
    "carp streamer": "flying", "wind chime": "flying", "gem": "scattered", "kiss mark": "scattered", "teddy bear": "standing", "pinata": "flying",
    "spade": "scattered", "club": "scattered", "diamond": "scattered", "mirror ball": "flying", "ghost": "flying", "fairy": "flying", "baby angel": "flying",
    "genie": "flying", "coffin": "standing", "headstone": "standing", "moai": "standing", "microphone": "standing", "studio microphone": "standing",
    "speech bubble": "flying", "thought bubble": "flying", "television": "standing", "paper lantern": "flying", "light bulb": "flying",
    "paw prints": "scattered", "money with wings": "flying", "bubbles": "scattered", "soap": "lying", "razor": "lying", "toothbrush": "lying",
    "sponge": "lying", "safety pin": "lying", "mouse trap": "lying", "basket": "lying", "bucket": "lying", "lotion bottle": "lying",
    "roll of paper": "lying", "pool 8 ball": "lying", "radio": "lying", "control knobs": "lying", "level slider": "lying", "spider web": "flying",
}  # fmt: skip

_NAMES: dict[str, str] = {
    "grinning-cat": "grinning cat face", "honeybee": "bee", "lady-beetle": "ladybug", "front-facing-baby-chick": "chick",
    "baby-chick": "baby chick", "blowfish": "pufferfish", "t-rex": "tyrannosaurus", "ewe": "sheep", "lotus": "lotus flower",
    "sheaf-of-rice": "ear of rice", "four-leaf-clover": "four-leaf clover", "ear-of-corn": "corn cob", "hot-pepper": "chilli pepper",
    "baguette-bread": "baguette", "cheese-wedge": "cheese", "poultry-leg": "chicken leg", "shallow-pan-of-food": "paella", "pot-of-food": "stew",
    "beverage-box": "juice box", "mate": "mate tea", "ice": "ice cube", "hourglass-done": "hourglass", "globe-showing-europe-africa": "earth",
    "globe-showing-asia-australia": "blue planet earth", "globe-with-meridians": "wire globe", "beach-with-umbrella": "beach umbrella",
    "umbrella-on-ground": "beach parasol", "passenger-ship": "cruise ship", "small-airplane": "small plane", "sun-with-face": "smiling sun",
    "cloud-with-lightning": "thundercloud", "cloud-with-lightning-and-rain": "thunderstorm cloud", "cloud-with-snow": "snow cloud",
    "sun-behind-cloud": "sun behind a cloud", "sun-behind-small-cloud": "sun behind a small cloud", "sun-behind-large-cloud": "sun behind a large cloud",
    "sun-behind-rain-cloud": "sun behind a rain cloud", "umbrella-with-rain-drops": "umbrella in the rain", "first-quarter-moon-face": "half moon with a face",
    "new-moon-face": "dark moon with a face", "full-moon-face": "full moon with a face", "1st-place-medal": "first place medal",
    "2nd-place-medal": "silver medal", "3rd-place-medal": "bronze medal", "tennis": "tennis ball", "bowling": "bowling ball", "cricket-game": "cricket bat",
    "field-hockey": "hockey stick", "ice-hockey": "ice hockey stick", "lacrosse": "lacrosse stick", "ping-pong": "ping pong paddle", "badminton": "badminton racket",
    "flag-in-hole": "golf hole", "bullseye": "dartboard", "pool-8-ball": "pool ball", "video-game": "game controller", "game-die": "dice", "pinata": "piñata",
    "mirror-ball": "disco ball", "joker": "joker card", "flower-playing-cards": "flower card", "performing-arts": "theatre masks",
    "spade-suit": "spade", "heart-suit": "card heart", "diamond-suit": "card diamond", "club-suit": "club",
    "t-shirt": "T-shirt", "coat": "winter coat", "one-piece-swimsuit": "swimsuit", "mans-shoe": "leather shoe", "womans-clothes": "blouse", "womans-sandal": "sandal",
    "womans-boot": "boot", "thong-sandal": "flip-flop", "speaker-low-volume": "small loudspeaker", "speaker-high-volume": "loudspeaker with waves",
    "musical-notes": "three music notes", "musical-keyboard": "piano keyboard", "headphone": "headphones", "closed-mailbox-with-raised-flag": "mailbox",
    "optical-disk": "compact disc", "computer-disk": "minidisc", "magnifying-glass-tilted-left": "magnifying glass", "red-paper-lantern": "paper lantern",
    "notebook-with-decorative-cover": "decorated notebook", "page-with-curl": "curled page", "page-facing-up": "sheet of paper", "label": "price tag",
    "chart-increasing": "rising chart", "chart-decreasing": "falling chart", "incoming-envelope": "incoming letter", "memo": "note with a pencil",
    "locked": "padlock", "unlocked": "open padlock", "locked-with-key": "padlock with a key", "alembic": "distilling flask", "bellhop-bell": "reception bell", 
    "ribbon": "ribbon bow", "collision": "explosion", "dizzy": "dizzy stars", "sweat-droplets": "splashing drops", "dashing-away": "puff of dust", "zzz": "snoring Zs",
    "spiral-calendar": "desk calendar", "couch-and-lamp": "couch", "roll-of-paper": "toilet roll", "pouring-liquid": "pouring glass", "person-surfing": "surfer", "person-in-lotus-position": "yogi",
    "woman-dancing": "flamenco dancer", "man-dancing": "disco dancer", "mx-claus": "elf with a red hat", "horse-racing": "racehorse with a jockey",
    "person-golfing": "golfer", "person-rowing-boat": "rower", "person-swimming": "swimmer", "person-bouncing-ball": "basketball player",
    "person-lifting-weights": "weightlifter", "person-biking": "cyclist", "person-mountain-biking": "mountain biker", "person-juggling": "juggler",
    "person-running": "runner", "person-climbing": "climber", "person-fencing": "fencer", "people-with-bunny-ears": "bunny girls",
    "person-cartwheeling": "acrobat", "person-with-crown": "king", "merperson": "merman",
    "backhand-index-pointing-left": "hand pointing left", "backhand-index-pointing-right": "hand pointing right",
    "backhand-index-pointing-up": "hand pointing up", "backhand-index-pointing-down": "hand pointing down",
    "heavy-dollar-sign": "dollar sign", "multiply": "multiplication sign", 
    "star-of-david": "six-pointed star",
}  # fmt: skip
"""Icon names whose CLDR name is not what anybody would type."""

_SYMBOLS = frozenset((
    "check mark", "cross mark", "red question mark", "red exclamation mark", "double exclamation mark", "recycling symbol", "fleur-de-lis",
    "trident emblem", "splatter", "radioactive", "biohazard", "warning", "heavy dollar sign", "curly loop", "plus", "multiply",
    "red triangle pointed up", "red circle",
))  # fmt: skip
"""Signs that people ask for by name; arrows and most others are white on a coloured key in two families of four."""

_PEOPLE = frozenset((
    "baby", "boy", "girl", "man", "woman", "old man", "old woman", "cook", "farmer", "judge", "mechanic", "scientist", "singer", "artist", "pilot",
    "astronaut", "firefighter", "police officer", "detective", "guard", "ninja", "construction worker", "person with crown", "prince", "princess",
    "baby angel", "Santa Claus", "Mrs. Claus", "superhero", "supervillain", "mage", "fairy", "vampire", "merperson", "mermaid", "elf", "genie", "zombie",
    "troll", "hairy creature", "woman dancing", "man dancing", "ballet dancer", "skier", "snowboarder", "person surfing", "person golfing",
    "person running", "person climbing", "person biking", "person juggling", "person fencing", "person in lotus position", "horse racing",
))  # fmt: skip
"""People with something to draw about them; the hundreds of others differ in gender, hair and gesture only."""

_LEFT_OUT = (
    "o’clock", "-thirty", "love hotel", "chart increasing with yen", "raised back of hand", "wedding", "Japanese post office", "post office", "hospital", "bank", "hotel", "convenience store", "school", "department store",
    "office building", "ATM", "map of Japan", "middle finger", "dotted line face", "head shaking", "hole", "eye in speech bubble", "anger symbol",
    "right anger bubble", "left speech bubble", "bust", "speaking head", "family", "people hugging", "cigarette", "muted speaker", "bell with slash",
    "speaker medium volume", "open mailbox", "closed mailbox with lowered flag", "magnifying glass tilted right", "yen", "euro", "pound", "e-mail",
    "envelope with arrow", "outbox", "inbox", "card index dividers", "oncoming", "airplane departure", "airplane arrival", "construction", "motorway",
    "bus stop", "wheelchair", "hourglass not done", "mobile phone with arrow", "bookmark tabs", "low battery", "kaaba", "moon viewing ceremony",
    "hammer and", "mahjong", "fax machine", "identification card", "placard", "waxing", "waning", "last quarter", "first quarter moon", "new moon",
    "station", "light rail", "locked with pen", "card index", "level slider", "ogre", "goblin", "reminder ribbon", "hot springs", "heart decoration",
    "foggy", "fog", "dvd", "camera with flash", "house with garden", "suspension railway", "mountain railway", "guide dog", "service dog", "thumbs down",
    "heart exclamation", "face without mouth", "person in suit", "hamsa", "elevator", "restroom", "grey heart", "light blue heart", "landslide",
    "milky way", "bridge at night", "night with stars", "cityscape", "sunset", "sunrise", "railway track", "national park", "nazar",
    "palm down hand", "palm up hand", "leftwards", "rightwards", "left-facing", "right-facing", "index pointing at the viewer", "hand gesturing",
)  # fmt: skip
"""Beginnings or middles of names that no one would ask for as a doodle, that look like another one, or that are writing."""


def is_drawable(entry: dict, subgroup: str) -> bool:
    """Is this emoji (a dict of emojibase's data.json) a noun that can be drawn? subgroup: its key in emojibase's groups.json."""
    label = entry["label"]
    if label in _SYMBOLS or label in _PEOPLE:
        return True
    if subgroup not in _SUBGROUPS or subgroup.startswith("person"):
        return False
    return not any(word == label or (len(word) > 5 and word in label) or label.startswith(word + " ") for word in _LEFT_OUT)


_BY_ICON = {thing.art: thing.name for thing in THINGS if thing.art is not None}


def plain_name(icon: str, label: str) -> str:
    """What instructions call the emoji with this icon name and CLDR label."""
    return _BY_ICON.get(icon) or _NAMES.get(icon) or label


def group_of(name: str, subgroup: str) -> str:
    """One of GROUPS for a noun, from its name and emojibase's subgroup."""
    return _EXCEPTIONS.get(name) or _SUBGROUPS.get(subgroup, "scattered")
