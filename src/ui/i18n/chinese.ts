import type { Dictionary } from './dictionary'
import { importedExamplesEn } from './en'
import { importedShownZh, styleCopyZh, subjectsZh } from './styles-zh'
import { zh } from './zh'

export const chinese: Dictionary = {
  strings: zh,
  styles: styleCopyZh,
  imported: { examples: importedExamplesEn, shown: importedShownZh },
  subjects: subjectsZh,
}
