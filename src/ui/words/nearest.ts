/**
 * Things people ask for that the model has not learnt, and what it has learnt that comes nearest; both lists by family.
 */
const FAMILIES: readonly (readonly [asked: string, offered: string])[] = [
  ['monster beast yeti troll ogre godzilla demon', 'ghost|dragon|alien'],
  ['angel fairy cherub', 'halo|wings|magic wand'],
  ['princess queen king prince', 'crown|star tiara|cape'],
  ['witch wizard magician', 'wizard hat|magic wand|crystal ball'],
  ['vampire zombie mummy skeleton', 'skull|bat|ghost'],
  ['superhero batman superman spiderman hero', 'superhero mask|cape'],
  ['santa elf reindeer rudolph', 'santa hat|antlers|christmas tree'],
  ['pirate captain sailor', 'pirate hat|sailboat|parrot'],
  ['horse pony donkey zebra deer goat sheep lamb camel', 'unicorn|cow|giraffe'],
  ['bear tiger leopard cheetah wolf raccoon', 'lion|panda|fox'],
  ['kitten hamster guinea chinchilla ferret otter beaver', 'cat|mouse|squirrel'],
  ['chicken rooster hen goose swan turkey', 'chick|duck|bird'],
  ['eagle hawk falcon crow raven pigeon seagull peacock hummingbird toucan', 'bird|dove|parrot'],
  ['crocodile alligator lizard gecko chameleon', 'dinosaur|snake|turtle'],
  ['seal walrus orca manatee narwhal', 'whale|dolphin|penguin'],
  ['lobster shrimp squid jellyfish starfish seahorse', 'crab|octopus|fish'],
  ['ant beetle fly mosquito dragonfly caterpillar worm moth', 'bee|ladybug|butterfly'],
  ['lily orchid poppy lotus violet peony lavender dandelion hydrangea petal petals', 'flower|rose|tulip'],
  ['grass bush fern ivy vine forest bamboo plant', 'tree|leaf|four-leaf clover'],
  ['pear peach plum mango kiwi melon blueberry raspberry', 'apple|strawberry|tangerine'],
  ['tomato potato onion pepper corn broccoli cucumber vegetable', 'carrot|pumpkin|avocado'],
  ['sandwich taco burrito sushi ramen noodles pasta bread toast cheese', 'hamburger|hot dog|pizza slice'],
  ['chocolate muffin pie waffle brownie macaron sweets dessert', 'cupcake|cookie|donut'],
  ['beer wine tea juice milk champagne bottle drink', 'cocktail|coffee cup'],
  ['truck lorry van taxi motorbike motorcycle ambulance tank', 'car|fire truck|scooter'],
  ['yacht canoe submarine ferry boat ship', 'sailboat|wave'],
  ['spaceship satellite shuttle astronaut', 'rocket|ufo|planet'],
  ['jet drone glider zeppelin', 'airplane|helicopter|hot air balloon'],
  ['rain storm thunder fog snow', 'rain cloud|snowflake|lightning bolt'],
  ['mountain hill desert island beach', 'volcano|palm tree|wave'],
  ['moonlight night galaxy universe meteor asteroid', 'crescent moon|star|comet'],
  ['fireworks firework explosion confetti', 'party popper|sparkles|bomb'],
  ['helmet hat turban beret fedora bonnet headband', 'top hat|beanie|cowboy hat'],
  ['earrings bracelet ring watch jewellery jewelry', 'necklace|gem|star tiara'],
  ['dress shirt skirt jacket coat gown shoes boots gloves', 'cape|scarf|bow'],
  ['violin piano flute saxophone trombone', 'guitar|drum|trumpet'],
  ['tennis golf baseball volleyball rugby ball', 'soccer ball|basketball'],
  ['phone computer laptop tablet radio', 'television|camera|light bulb'],
  ['gun axe knife spear bow arrow hammer', 'sword|shield|bomb'],
  ['tower church skyscraper building palace', 'castle|house|tent'],
  ['emoji face grin laugh wink', 'smiley|heart-eyes emoji|clown face'],
  ['text word letter sign logo caption', 'speech bubble|exclamation mark|question mark'],
]

/** What it draws best, for those who ask for something far from all of it. */
const BEST = ['crown', 'heart', 'star'] as const

/** At most three things that come nearest to a word, the nearest first. @param known every name, and whose it is */
export function nearest(word: string, known: ReadonlyMap<string, string>): readonly string[] {
  const slips = [...known]
    .map(([name, thing]) => ({ thing, distance: distance(word, name) }))
    .filter((near) => near.distance <= Math.floor(word.length / 4))
    .sort((a, b) => a.distance - b.distance)
    .map(({ thing }) => thing)
  const family = FAMILIES.find(([asked]) => asked.split(' ').some((one) => one === word || `${one}s` === word))
  // A word of a family is no slip of the finger: a horse is not a house.
  const found = family === undefined ? [...new Set(slips)] : family[1].split('|')
  return (found.length === 0 ? BEST : found).slice(0, 3)
}

/** Letters to insert, delete or exchange (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}
