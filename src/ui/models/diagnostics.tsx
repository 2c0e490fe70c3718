import { useState } from 'react'
import { startEngine } from '../actions/engine'
import { strings } from '../i18n'
import { useEditor } from '../store'

/** What the engine found on this device, for the curious and for a report. */
export function Diagnostics() {
  const engine = useEditor((state) => state.engine)
  const capabilities = useEditor((state) => state.capabilities)
  const model = useEditor((state) => state.model)
  const [copied, setCopied] = useState(false)
  const copy = (): void => {
    void navigator.clipboard
      .writeText(JSON.stringify({ ...capabilities, model, engine, browser: navigator.userAgent }, null, 2))
      .then(() => setCopied(true))
  }
  const { adapter = null, features = [], limits = {} } = capabilities ?? {}
  const rows: readonly (readonly [string, string])[] =
    capabilities === null
      ? []
      : [
          [strings.diagnostics.provider, `${strings.engine.builds[capabilities.build]}. ${capabilities.reason}`],
          ...capabilities.refused.map((one): [string, string] => [
            strings.engine.refused,
            `${strings.engine.builds[one.build]}: ${one.reason}`,
          ]),
          [
            strings.diagnostics.adapter,
            adapter === null
              ? strings.diagnostics.none
              : [adapter.vendor, adapter.architecture, adapter.device, adapter.description]
                  .filter((part) => part !== '')
                  .join(' ') + (adapter.software ? ` (${strings.diagnostics.software})` : ''),
          ],
          [strings.diagnostics.features, features.length === 0 ? strings.diagnostics.none : features.join(', ')],
          [strings.diagnostics.attention, capabilities.attention.reason],
          ...(model?.precision ? [[strings.diagnostics.precision, model.precision.reason] as const] : []),
          [
            strings.diagnostics.threads,
            `${capabilities.threads}${capabilities.isolated ? '' : ` (${strings.diagnostics.notIsolated})`}`,
          ],
          [
            strings.diagnostics.memory,
            capabilities.deviceMemory === null ? strings.diagnostics.none : `${capabilities.deviceMemory} GiB`,
          ],
        ]
  return (
    <section className="diagnostics" aria-label={strings.diagnostics.title}>
      <h3>{strings.diagnostics.title}</h3>
      {engine.status === 'failed' && (
        <p className="outcome" data-kind="error">
          {engine.message}
        </p>
      )}
      <dl>
        {rows.map(([name, value], index) => (
          <div key={index}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {Object.keys(limits).length > 0 && (
        <details>
          <summary>{strings.diagnostics.limits}</summary>
          <dl>
            {Object.entries(limits).map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
      <div className="model-actions">
        <button type="button" className="button small" onClick={copy}>
          {copied ? strings.engine.reported : strings.engine.report}
        </button>
        {engine.status === 'failed' && (
          <button type="button" className="button small" onClick={() => void startEngine()}>
            {strings.engine.retry}
          </button>
        )}
      </div>
    </section>
  )
}
