/**
 * Features worth having where they exist; `subgroups` is what the fused attention wants; the check tells whether it is
 * right.
 */
const wantedFeatures: readonly GPUFeatureName[] = ['shader-f16', 'subgroups', 'timestamp-query']

/**
 * A device with the adapter's own limits: the defaults (128 MiB bindings, 8 storage buffers a shader) are too small for
 * the graphs.
 */
export async function requestDevice(adapter: GPUAdapter): Promise<GPUDevice> {
  return adapter.requestDevice({
    label: 'photodoodle',
    requiredFeatures: wantedFeatures.filter((feature) => adapter.features.has(feature)),
    requiredLimits: numericLimits(adapter.limits),
  })
}

/** Limits live on the prototype as getters, so they are neither spread nor cloned. */
export function numericLimits(limits: GPUSupportedLimits): Record<string, number> {
  const values: Record<string, number> = {}
  for (const name in limits) {
    const value: unknown = limits[name as keyof GPUSupportedLimits]
    if (typeof value === 'number') values[name] = value
  }
  return values
}
