import { strings } from '../i18n'
import { useEditor } from '../store'
import { LayerRow } from './layer-row'

/** The doodles, the topmost first, over the photo. */
export default function Layers() {
  const layers = useEditor((state) => state.history.present.layers)
  const selectedId = useEditor((state) => state.selectedId)
  const photo = useEditor((state) => state.photo)
  const readOnly = useEditor((state) => state.readOnly)
  if (photo === null) return null
  return (
    <section className="layers" aria-label={strings.layers.title} inert={readOnly}>
      <h2>{strings.layers.title}</h2>
      {layers.length === 0 ? (
        <p className="quiet">{strings.layers.empty}</p>
      ) : (
        <ol>
          {layers
            .map((layer, index) => (
              <LayerRow
                key={layer.id}
                layer={layer}
                selected={layer.id === selectedId}
                top={index === layers.length - 1}
                bottom={index === 0}
              />
            ))
            .reverse()}
        </ol>
      )}
    </section>
  )
}
