import type { Place } from '../../workers/engine-api'
import type { ImagePoint } from '../canvas/view'
import { useView } from '../canvas/view-store'
import { editor, type Photo } from '../store'
import { addBox, focusGhost, selectGhost, setBox } from './changing'
import { boxBetween, ghostAt, movedBox, type Ghost } from './ghost'
import { ghostStore, mayStand, standing } from './ghosts-store'

/** A box dragged by the pointer from where it was pressed. */
export class GhostDrag {
  #moved = false

  private constructor(
    private readonly ghost: Ghost,
    private readonly photo: Photo,
  ) {}

  /** The box at a place of the photo, or the one whose label was pressed; selected. */
  static at(at: ImagePoint, labelled: string | undefined): GhostDrag | undefined {
    const { photo } = editor.getState()
    const ghosts = standing()
    if (photo === null || ghosts.length === 0) return undefined
    const { selectedId } = ghostStore.getState()
    const named = ghosts.find(({ id }) => id === labelled)
    const ghost = named ?? ghostAt(ghosts, shareOf(at, photo), selectedId)
    if (ghost === undefined) return undefined
    if (ghost.id !== selectedId) selectGhost(ghost.id)
    return new GhostDrag(ghost, photo)
  }

  /** @param movement in screen pixels, from the start */
  moveTo([dx, dy]: readonly [number, number]): void {
    const { id, box, kind } = this.ghost
    if (kind === 'whole') return
    const { scale } = useView.getState().view
    this.#moved = true
    setBox(id, movedBox(box, dx / scale / this.photo.width, dy / scale / this.photo.height), true)
  }

  end(): void {
    if (this.#moved) ghostStore.setState({ inHand: false })
    focusGhost(this.ghost.id)
  }

  giveUp(): void {
    if (this.#moved) setBox(this.ghost.id, this.ghost.box)
  }
}

/** A box being drawn from corner to corner. A press that does not move takes the box that is there. */
export class BoxDrawing {
  private constructor(
    private readonly from: ImagePoint,
    private readonly photo: Photo,
  ) {}

  static at(from: ImagePoint): BoxDrawing | undefined {
    const { photo } = editor.getState()
    return photo === null || !mayStand(editor.getState()) ? undefined : new BoxDrawing(from, photo)
  }

  /** @param movement in screen pixels, from the start */
  moveTo([dx, dy]: readonly [number, number]): void {
    const { scale } = useView.getState().view
    const [x, y] = this.from
    const to = shareOf([x + dx / scale, y + dy / scale], this.photo)
    ghostStore.setState({ draft: boxBetween(shareOf(this.from, this.photo), to) ?? null })
  }

  end(): void {
    const { draft } = ghostStore.getState()
    this.giveUp()
    const at = draft === null ? ghostAt(standing(), shareOf(this.from, this.photo), null) : drawn(draft)
    if (at === undefined) return
    selectGhost(at.id)
    focusGhost(at.id)
  }

  giveUp(): void {
    ghostStore.setState({ draft: null })
  }
}

/** A finished box; the next press moves it. */
export function drawn(box: Place): Ghost | undefined {
  const ghost = addBox(box)
  editor.setState({ tool: 'move' })
  return ghost
}

function shareOf([x, y]: ImagePoint, { width, height }: Photo): readonly [number, number] {
  return [x / width, y / height]
}
