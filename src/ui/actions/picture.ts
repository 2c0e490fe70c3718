import { PictureClient } from '../../workers/picture-client'

export const picture = new PictureClient()
