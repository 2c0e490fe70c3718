import type { Capabilities } from '../../workers/engine-api'
import { startEngine } from '../actions/engine'
import { openManager } from '../actions/models'
import { openGallery } from '../actions/projects'
import { strings } from '../i18n'
import { useEditor, type EngineState } from '../store'
import { SaveButtons } from '../export/save-buttons'
import { FileButton } from './file-button'
import { IconButton } from './icon-button'
import { GalleryIcon, ImageIcon, Logo, OfflineIcon, ShieldIcon } from './icons'
import { Settings } from './settings'

export function Header() {
  return (
    <header className="header">
      <span className="brand">
        <Logo />
        {strings.app.name}
      </span>
      <PhotoName />
      <Promises />
      <ProviderBadge />
      <YourPictures />
      <Settings />
      <SaveButtons />
    </header>
  )
}

/** What the app promises, in view: nothing is uploaded, and whether it works without a connection. */
function Promises() {
  const offline = useEditor((state) => state.offline)
  return (
    <span className="promises">
      <span className="privacy" title={strings.app.privateLong}>
        <ShieldIcon />
        <span>{strings.app.private}</span>
      </span>
      {offline !== 'unavailable' && (
        <span className="offline" data-offline={offline} title={strings.offline.long[offline]}>
          <OfflineIcon state={offline} />
          <span>{strings.offline[offline]}</span>
        </span>
      )}
    </span>
  )
}

/** The way to every picture that is kept; whether this one is, as it stands, is told by the tooltip. */
function YourPictures() {
  const saved = useEditor((state) => state.saved)
  return (
    <IconButton
      id="your-pictures"
      className="bare"
      label={strings.projects.title}
      hint={saved ? strings.projects.saved : strings.projects.saving}
      data-saved={saved}
      icon={<GalleryIcon />}
      onClick={() => void openGallery()}
    />
  )
}

/** What is open, and how to open another. */
function PhotoName() {
  const photo = useEditor((state) => state.photo)
  if (photo === null) return null
  return (
    <div className="photo-name">
      <FileButton className="button quiet-button" label={strings.stage.another} icon={<ImageIcon />} />
      <span className="quiet">{strings.stage.size(photo.width, photo.height)}</span>
    </div>
  )
}

/** Where the model runs, in a word; the reason and what was tried before on demand. */
function ProviderBadge() {
  const engine = useEditor((state) => state.engine)
  const capabilities = useEditor((state) => state.capabilities)
  const offline = useEditor((state) => state.offline)
  const update = useEditor((state) => state.update)
  return (
    <div className="provider">
      <button
        type="button"
        className="badge"
        id="badge"
        popoverTarget="provider-details"
        data-status={engine.status}
        data-provider={capabilities?.provider}
      >
        <span className="dot" />
        <span>{badgeText(engine, capabilities)}</span>
      </button>
      <section id="provider-details" className="popover" popover="auto" aria-label={strings.engine.title}>
        <h2>{strings.engine.title}</h2>
        {engine.status === 'failed' && (
          <>
            <p>{engine.message}</p>
            <button type="button" className="button" onClick={retry}>
              {strings.engine.retry}
            </button>
          </>
        )}
        {capabilities !== null && <Details capabilities={capabilities} />}
        <p className="reason">
          <strong>{strings.offline[offline]}</strong>
          {strings.offline.long[offline]}
        </p>
        {update !== 'none' && (
          <p className="reason">
            <strong>{strings.offline.update}</strong>
            {update === 'waiting' ? strings.offline.updating : strings.offline.updateHint}
          </p>
        )}
        {update === 'ready' && (
          <button
            type="button"
            className="button"
            onClick={() => void import('../actions/offline').then(({ updateNow }) => updateNow())}
          >
            {strings.offline.updateNow}
          </button>
        )}
        <button type="button" className="button" onClick={() => void openManager()}>
          {strings.models.open}
        </button>
      </section>
    </div>
  )
}

/** The button goes with the failure; whoever pressed it is left at the badge, which tells how it goes on. */
function retry(): void {
  document.getElementById('badge')?.focus()
  void startEngine()
}

function badgeText(engine: EngineState, capabilities: Capabilities | null): string {
  if (engine.status === 'failed') return strings.engine.failed
  if (capabilities === null) return strings.engine.starting
  if (engine.status === 'loading') {
    const { progress } = engine
    if (progress === null || progress.expected === 0) return strings.engine.loading
    const percent = Math.floor((100 * progress.received) / progress.expected)
    // The files are here before the model is open.
    return percent < 100 ? `${strings.engine.loading} ${percent} %` : strings.engine.opening
  }
  return strings.engine.ready[capabilities.provider]
}

function Details({ capabilities: { reason, refused, build } }: { capabilities: Capabilities }) {
  return (
    <>
      <p className="reason">
        <strong>{strings.engine.builds[build]}</strong>
        {reason}
      </p>
      {refused.length > 0 && (
        <>
          <h3>{strings.engine.refused}</h3>
          <ul>
            {refused.map((one) => (
              <li key={one.build}>
                <strong>{strings.engine.builds[one.build]}</strong>
                {one.reason}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  )
}
