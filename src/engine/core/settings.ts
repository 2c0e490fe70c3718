/**
 * The one table of settings: every number that an edit can be asked for. Sliders, flags of the command line, the check
 * of a request, the reader of recipes and the pipelines read it. A new setting is an entry here, its words in
 * `src/ui/i18n/settings.ts` when it has a slider, and its use.
 */
import { PhotodoodleError } from './errors'

interface Setting {
  /** The group of an edit's request that it travels in; `what` holds it once for each style. */
  readonly group: 'what' | 'how' | 'limits'
  /**
   * `recipe`: kept with a layer and in its file; `call`: chosen for each drawing; `cli`: nowhere but on the command
   * line.
   */
  readonly scope: 'recipe' | 'call' | 'cli'
  readonly min: number
  readonly max: number
  /** Of the slider and, when `whole`, of every value. */
  readonly step: number
  /** Only whole numbers, multiples of the step. */
  readonly whole?: boolean
  /** When neither the request nor, with `fromModel`, the model says anything else. */
  readonly default: number
  /** The model's own default goes before. */
  readonly fromModel?: boolean
  /** What the command line's help says. */
  readonly meaning: string
  /** How the help of the command line writes its value; absent: it has no flag. */
  readonly flag?: string
  /** What the screen offers; absent: no slider. `model`: up to the model's own default. */
  readonly slider?: { readonly min: number; readonly max: number | 'model'; readonly unit?: string }
  /** Predictions that know it; absent: all. */
  readonly models?: 'velocity'
}

export const SETTINGS = {
  /** Same seed, same doodle: the same noise in a browser and in Node. */
  seed: {
    group: 'how',
    scope: 'call',
    min: 0,
    max: 2 ** 32 - 1,
    step: 1,
    whole: true,
    default: 0,
    meaning: 'the same seed gives the same doodle',
    flag: '<n>',
  },
  /** Sampler steps. What the styles ask for goes before the model's default. */
  steps: {
    group: 'how',
    scope: 'recipe',
    min: 1,
    max: 100,
    step: 1,
    whole: true,
    default: 8,
    fromModel: true,
    meaning: 'sampler steps',
    flag: '<n>',
    slider: { min: 1, max: 30 },
  },
  /** Of a style: 0 = off, 1 = as trained; below 0 away from it. */
  strength: {
    group: 'what',
    scope: 'recipe',
    min: -2,
    max: 2,
    step: 0.05,
    default: 1,
    meaning: 'strength of styles that name none, 1 = as trained',
    flag: '<x>',
    slider: { min: 0, max: 1.5 },
  },
  /** Classifier-free guidance: 1 = off, one network run a step; above it two. */
  cfgScale: {
    group: 'how',
    scope: 'recipe',
    min: 1,
    max: 20,
    step: 0.1,
    default: 1,
    fromModel: true,
    meaning: 'classifier-free guidance, 1 = off',
    flag: '<x>',
    slider: { min: 1, max: 4 },
  },
  /**
   * 0: the doodle is drawn from pure noise. Towards 1 the steps begin at the photo itself under less and less noise
   * (SDEdit, Meng et al. 2022; 1 - this is `strength` in diffusers), so less of the photo can change. A layer holds no
   * photo.
   */
  keepPhoto: {
    group: 'how',
    scope: 'recipe',
    min: 0,
    max: 0.95,
    step: 0.05,
    default: 0,
    models: 'velocity',
    meaning: '0 draws freely (the default); up to 0.95 less and less of the photo may change',
    flag: '<x>',
    slider: { min: 0, max: 0.8 },
  },
  /**
   * Side in pixels of a square picture with as many pixels as the model draws. The model's default is the largest it
   * was trained on.
   */
  resolution: {
    group: 'limits',
    scope: 'recipe',
    min: 16,
    max: 4096,
    step: 16,
    whole: true,
    default: 1024,
    fromModel: true,
    models: 'velocity',
    meaning:
      'side of a square picture with as many pixels as the model ' +
      'draws, a multiple of 16; default: the largest it was trained on',
    flag: '<px>',
    slider: { min: 96, max: 'model', unit: 'px' },
  },
} as const satisfies Readonly<Record<string, Setting>>

type Table = typeof SETTINGS
export type SettingName = keyof Table
type NamesWith<Row> = { [Name in SettingName]: Table[Name] extends Row ? Name : never }[SettingName]

/** A layer's recipe keeps these once; strengths are its styles'. */
export type RecipeSetting = Exclude<NamesWith<{ readonly scope: 'recipe' }>, NamesWith<{ readonly group: 'what' }>>
export type SliderName = NamesWith<{ readonly slider: object }>
export type FlagName = NamesWith<{ readonly flag: string }>
type Values<Name extends SettingName> = { readonly [Key in Name]?: number }

export type RecipeSettings = Values<RecipeSetting>
/** What a model says of its own; null: it has no such setting. */
export type ModelDefaults = { readonly [Name in NamesWith<{ readonly fromModel: true }>]: number | null }
/** How an edit is drawn. */
export type How = Values<NamesWith<{ readonly group: 'how' }>> & { readonly seed: number }
/** What an edit may take. */
export type Limits = Values<NamesWith<{ readonly group: 'limits' }>>
/** Of every setting of a whole edit its value. */
export type Settled = { readonly [Name in Exclude<SettingName, NamesWith<{ readonly group: 'what' }>>]: number }

/** In the order in which they are offered. */
export const settingNames = Object.keys(SETTINGS) as readonly SettingName[]

/** The table's row, its optional entries readable. */
export const settingOf = (name: SettingName): Setting => SETTINGS[name]

/** Those that a layer's recipe keeps. */
export const recipeSettings: readonly RecipeSetting[] = settingNames.filter(
  (name): name is RecipeSetting => settingOf(name).scope === 'recipe' && settingOf(name).group !== 'what',
)

/** Those with a slider. */
export const sliderNames: readonly SliderName[] = settingNames.filter(
  (name): name is SliderName => settingOf(name).slider !== undefined,
)

const isWhole = ({ whole = false, step }: Setting, value: number): boolean =>
  !whole || (Number.isInteger(value) && value % step === 0)

/** Whether a setting may have this value. */
export function isInRange(name: SettingName, value: unknown): value is number {
  const { min, max } = settingOf(name)
  return typeof value === 'number' && value >= min && value <= max && isWhole(settingOf(name), value)
}

/** The settings of a recipe, whoever wrote it: those of its entries that are one and in range. */
export function settingsIn(recipe: { readonly [Name in RecipeSetting]?: unknown }): RecipeSettings {
  return Object.fromEntries(
    recipeSettings.flatMap((name) => (isInRange(name, recipe[name]) ? [[name, recipe[name]]] : [])),
  )
}

/** "a number from 0 to 0.95", "a whole number from 1 to 100", "a multiple of 16 from 16 to 4096" */
export function rangeOf(name: SettingName): string {
  const { min, max, step, whole = false } = settingOf(name)
  return `${!whole ? 'a number' : step === 1 ? 'a whole number' : `a multiple of ${step}`} from ${min} to ${max}`
}

/** @throws BadRequest naming the first value that is out of its range; absent ones are not looked at */
export function checkSettings(values: { readonly [Name in SettingName]?: unknown }): void {
  for (const name of settingNames) {
    const value = values[name]
    if (value !== undefined && !isInRange(name, value))
      throw new PhotodoodleError(
        'BadRequest',
        `The setting ${name} cannot be ${JSON.stringify(value)}.`,
        `Use ${rangeOf(name)}.`,
      )
  }
}

/** The table's default or the model's; null: the model has no such setting. */
export function defaultOf(name: SettingName, model?: ModelDefaults): number | null {
  const own: { readonly [Name in SettingName]?: number | null } = model ?? {}
  const said = settingOf(name).fromModel === true ? own[name] : undefined
  return said === undefined ? SETTINGS[name].default : said
}

/** A number for every setting of an edit: the request's, or else the model's, or else the table's. */
export function settle(how: How, limits: Limits = {}, model?: ModelDefaults): Settled {
  const asked: { readonly [Name in SettingName]?: number } = { ...how, ...limits }
  const names = settingNames.filter((name) => settingOf(name).group !== 'what')
  return Object.fromEntries(
    names.map((name) => [name, asked[name] ?? defaultOf(name, model) ?? SETTINGS[name].default]),
  ) as Settled
}

/** Values by the groups of a request that they travel in; what is undefined, or no setting of an edit, is left out. */
export function grouped(values: { readonly [Name in SettingName]?: number | undefined }): {
  readonly how: Omit<How, 'seed'>
  readonly limits: Limits
} {
  const group = (wanted: Setting['group']) =>
    Object.fromEntries(
      settingNames.flatMap((name) =>
        settingOf(name).group === wanted && values[name] !== undefined ? [[name, values[name]]] : [],
      ),
    )
  return { how: group('how'), limits: group('limits') }
}
