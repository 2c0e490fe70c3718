import { AS_DRAWN, type Look, type Pose } from '../../workers/engine-api'
import { leaveGhosts } from '../ghosts/ghosts-store'
import { strings } from '../i18n'
import { changeLook, duplicate as duplicated } from '../project/objects'
import { sanePose } from '../project/look-from'
import type { Layer } from '../project/project'
import { editor, heldLayer } from '../store'
import { change } from './layers'
import { announce } from './toasts'

/** Takes an object in hand: handles around it, keys and buttons for it. */
export function hold(id: string): void {
  leaveGhosts()
  editor.setState({ selectedId: id, holding: true, tool: 'move' })
}

export function letGo(): void {
  if (editor.getState().holding) editor.setState({ holding: false })
}

/** @param merge one gesture, or a row of presses of the same key, is one step of undo */
export function setPose(id: string, pose: Pose, merge: string | null = null): void {
  change((project) => changeLook(project, id, { pose: sanePose(pose) }), strings.changes.moved, merge)
}

/** A step of the keyboard. @param turn in degrees, the rest as in Pose */
export function nudge({ x = 0, y = 0, scale = 1, turn = 0 }: Partial<Omit<Pose, 'mirrored'>>): void {
  const layer = heldLayer(editor.getState())
  if (layer === undefined) return
  const pose = layer.look?.pose ?? AS_DRAWN
  const next = { ...pose, x: pose.x + x, y: pose.y + y, scale: pose.scale * scale, turn: pose.turn + turn }
  setPose(layer.id, next, `nudge ${layer.id}`)
}

export function mirror(layer: Layer): void {
  const pose = layer.look?.pose ?? AS_DRAWN
  setPose(layer.id, { ...pose, mirrored: !pose.mirrored, turn: -pose.turn })
}

/** Whether it lies behind the subject, as far as it was told or drawn. */
export function isBehind({ look, doodle }: Layer): boolean {
  if (look?.depth !== undefined) return look.depth === 'behind'
  return doodle.elements.length > 0 && doodle.elements.every(({ kind }) => kind === 'behind')
}

export function toggleDepth(layer: Layer): void {
  const depth = isBehind(layer) ? 'front' : 'behind'
  change((project) => changeLook(project, layer.id, { depth }), strings.changes.depth)
  announce(strings.objects.depthNow[depth])
}

/** A slider of the look; what it shows at rest is no change. */
export function setLook<K extends keyof Look>(id: string, name: K, value: Look[K] | undefined): void {
  change(
    (project) => changeLook(project, id, { [name]: value === 0 ? undefined : value }),
    strings.changes.look,
    `${name} ${id}`,
  )
}

export function duplicate({ id }: Layer): void {
  const copy = `layer ${crypto.randomUUID()}`
  change((project) => duplicated(project, id, copy), strings.changes.duplicate)
  if (editor.getState().history.present.layers.some((layer) => layer.id === copy)) hold(copy)
}
