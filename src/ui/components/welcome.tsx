import { openSample } from '../actions/photo'
import { FIRST_DOODLE } from '../first-doodle'
import { strings } from '../i18n'
import { useEditor, type Sample } from '../store'
import { FileButton } from './file-button'
import { CameraIcon, ImageIcon } from './icons'

export function Welcome() {
  const listed = useEditor((state) => state.samples)
  const first = ({ file }: Sample): number => (file === FIRST_DOODLE.sample ? 0 : 1)
  const samples = listed.toSorted((a, b) => first(a) - first(b))
  return (
    <div className="welcome">
      <div className="welcome-card">
        <Frame />
        <h1>{strings.stage.title}</h1>
        <p className="lead">{strings.stage.lead}</p>
        <div className="welcome-actions">
          <FileButton className="button primary" label={strings.stage.choose} icon={<ImageIcon />} />
          <FileButton className="button camera" label={strings.stage.camera} icon={<CameraIcon />} capture />
        </div>
        <p className="quiet">{strings.stage.formats}</p>
      </div>
      {samples.length > 0 && <Samples samples={samples} />}
    </div>
  )
}

/** A wobbly drawn frame around the invitation. */
function Frame() {
  return (
    <svg className="welcome-frame" viewBox="0 0 600 340" preserveAspectRatio="none" aria-hidden="true">
      <path d="M22 18C180 8 420 13 574 16c12 90 7 212 6 302-160 9-402 7-560 2C11 220 13 120 22 18z" />
    </svg>
  )
}

function Samples({ samples }: { samples: readonly Sample[] }) {
  return (
    <section className="samples" aria-label={strings.stage.samples}>
      <h2>{strings.stage.samples}</h2>
      <ul>
        {samples.map((sample) => (
          <li key={sample.file}>
            <button
              type="button"
              title={strings.stage.sampleBy(sample.credit, sample.licence)}
              onClick={() => void openSample(sample)}
            >
              <img src={`${import.meta.env.BASE_URL}samples/${sample.file}`} alt={sample.alt} loading="lazy" />
              <span>{sample.title}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  )
}
