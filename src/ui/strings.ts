import type { ErrorName } from '../workers/engine-api'

/** Everything the screen says, in one place so that it can be translated. Plain sentences, no jargon. */
export const strings = {
  app: {
    name: 'PhotoDoodle',
    private: 'Your photo stays on this device',
    privateLong: 'The drawing is done by your own device. Nothing is uploaded.',
  },
  stage: {
    title: 'Draw on a photo with words',
    lead: 'Drop a photo here, paste one, or',
    choose: 'Choose a photo',
    camera: 'Take one',
    formats: 'JPEG, PNG, WebP, AVIF or GIF',
    samples: 'No photo at hand? Try one of these',
    sampleBy: (credit: string, licence: string) => `Photo: ${credit}, ${licence}`,
    another: 'Another photo',
    opening: 'Opening the photo',
    drop: 'Drop it anywhere',
    dropHint: 'A photo to draw on, or a style (.safetensors)',
    photo: (name: string) => `Your photo, ${name}`,
    result: 'The photo with the doodle',
    before: 'Before',
    after: 'After',
    compare: 'Before and after',
    compareValue: (percent: number) => `${percent} % before, ${100 - percent} % after`,
    size: (width: number, height: number) => `${width} × ${height}`,
    download: 'Download PNG',
    layer: 'Doodle only',
    layerHint: 'The doodle alone on a transparent background',
    copy: 'Copy',
    copied: 'Copied',
    preparing: 'Preparing',
    covers: (percent: string) => `The doodle covers ${percent} of the picture. Everything else is your photo, unchanged to the last pixel.`,
    took: (seconds: string) => `${seconds} s`,
  },
  panel: {
    style: 'Style',
    addStyle: 'Add a style',
    addStyleHint: 'A LoRA file, .safetensors',
    importedStyle: 'Imported',
    deleteStyle: (name: string) => `Delete the style ${name}`,
    instruction: 'What shall be drawn?',
    placeholder: 'Say it in a few English words',
    examples: 'Ideas',
    doodle: 'Doodle',
    again: 'Doodle again',
    needPhoto: 'Choose a photo first',
    shortcut: { mac: '⌘ Enter', other: 'Ctrl Enter' },
    more: 'More',
    steps: 'Steps',
    stepsHint: 'More steps draw finer and take longer',
    strength: 'Style strength',
    strengthHint: 'How strongly the style colours the drawing; 1 is as the artist draws',
    seed: 'Seed',
    seedHint: 'The same seed, style and words give the same doodle',
    dice: 'New seed',
    lock: 'Keep this seed for the next doodle',
    unlock: 'Draw a new seed for each doodle',
  },
  progress: {
    load: 'Getting the model ready',
    encode: 'Reading your photo',
    denoise: (step: number, steps: number) => `Drawing, step ${step} of ${steps}`,
    decode: 'Painting the details',
    compose: 'Laying the doodle over your photo',
    stopping: 'Stopping',
    secondsLeft: (seconds: number) => (seconds <= 1 ? 'almost done' : `about ${seconds} s left`),
    cancel: 'Cancel',
    megabytes: (received: string, expected: string) => `${received} of ${expected} MB`,
    done: 'The doodle is ready.',
    cancelled: 'Stopped.',
  },
  engine: {
    starting: 'Starting',
    loading: 'Loading',
    opening: 'Almost ready',
    ready: { webgpu: 'On your GPU', wasm: 'On your processor' },
    failed: 'Not available',
    title: 'Where it runs',
    refused: 'Also tried',
    builds: { jspi: 'WebGPU (JSPI)', asyncify: 'WebGPU (asyncify)', wasm: 'Processor (WebAssembly)' },
    model: (name: string, version: string) => `${name}, version ${version}`,
    report: 'Copy report',
    reported: 'Copied',
    retry: 'Try again',
  },
  toast: {
    close: 'Close this message',
    region: 'Messages',
    styleAdded: (name: string) => `The style “${name}” is ready.`,
  },
  errors: {
    BadImage: 'That is not a picture we can open',
    ImageTooLarge: 'That picture is too large',
    BadSafetensors: 'That style file is damaged',
    BadLora: 'That style does not fit this model',
    TruncatedFile: 'That file is not complete',
    FileChanged: 'A file changed while it was in use',
    UnsupportedDType: 'That style uses numbers we cannot read',
    UnknownStyle: 'That style is gone',
    BadModel: 'The model cannot be read',
    BadManifest: 'The model cannot be read',
    BadShard: 'The model was not downloaded correctly',
    MissingFile: 'A file could not be loaded',
    MissingWeight: 'The model is not complete',
    NoProvider: 'The model cannot run in this browser',
    OutOfMemory: 'Not enough memory',
    DeviceLost: 'The graphics processor stopped answering',
    RuntimeFailed: 'The drawing failed',
    EngineCrashed: 'The engine was restarted',
    StorageFull: 'The browser’s storage is full',
    BadRequest: 'That cannot be drawn',
  } satisfies Partial<Record<ErrorName, string>> as Partial<Record<string, string>>,
  unexpected: 'Something went wrong',
} as const

export interface StyleCopy {
  readonly label: string
  readonly tagline: string
  /** `{subject}` becomes what is known to be on the photo. */
  readonly examples: readonly string[]
}

/** What the cards say about the model's own styles, by id. */
export const styleCopy: Readonly<Record<string, StyleCopy>> = {
  monster: {
    label: 'Monster',
    tagline: 'A big furry hug',
    examples: ['add a red monster hugging the {subject}', 'add a blue one-eyed monster hugging the {subject} from behind', 'add a pink monster giving the {subject} a big hug'],
  },
  magic: {
    label: 'Magic',
    tagline: 'Soft moons, stars, wings',
    examples: ['add a golden crown and stars on the {subject}', 'add a big moon behind the head of the {subject}', 'add white wings on the back of the {subject}', 'add a halo floating above the {subject}'],
  },
  painting: {
    label: 'Painting',
    tagline: 'Ribbons and bold flowers',
    examples: ['add flowing ribbons and big red flowers around the {subject}', 'add colourful flowers behind the {subject}', 'add flowing smoke and petals around the {subject}'],
  },
  edge: {
    label: 'Outline',
    tagline: 'A wobbly crayon line',
    examples: ['draw a thick blue and pink outline around the {subject} with three small flowers', 'outline the {subject} in red and yellow', 'add a wobbly green and white line around the {subject} and stars beside it'],
  },
  flat: {
    label: 'Flat',
    tagline: 'Cut-out leaves and shapes',
    examples: ['add big green leaves in the corners around the {subject}', 'add a row of red tulips along the bottom and a sun above the {subject}', 'add colourful shapes framing the {subject} and two butterflies'],
  },
  cloud: {
    label: 'Cloud',
    tagline: 'White chalk daydreams',
    examples: ['draw two white chalk clouds above the {subject}', 'sketch a chalk whale in the empty space around the {subject}', 'draw a chalk bird near the {subject}'],
  },
}

/** For imported styles, of which nothing is known. */
export const importedExamples: readonly string[] = ['add flowers around the {subject}', 'add a crown on the {subject}', 'draw an outline around the {subject}']
