import type { ManifestOptions } from 'vite-plugin-pwa'
import { SHARE_PATH } from './messages.ts'
import { PICTURE_TYPES } from './picture-types.ts'

const styles = { 'application/octet-stream': ['.safetensors'] }

/** The web app manifest. All paths are relative: the app may be hosted under any. */
export const appManifest: Partial<ManifestOptions> = {
  id: './',
  name: 'PhotoDoodle',
  short_name: 'PhotoDoodle',
  description: 'Draw on your photos with words. Everything runs on your own device.',
  start_url: './',
  scope: './',
  display: 'standalone',
  background_color: '#f5f1ea',
  theme_color: '#f5f1ea',
  categories: ['photo', 'graphics'],
  icons: [
    { src: 'pwa/icon-192.png', sizes: '192x192', type: 'image/png' },
    { src: 'pwa/icon-512.png', sizes: '512x512', type: 'image/png' },
    { src: 'pwa/icon-maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
    { src: 'favicon.svg', sizes: 'any', type: 'image/svg+xml' },
  ],
  screenshots: [
    {
      src: 'pwa/screenshot-wide.jpg',
      sizes: '1440x900',
      type: 'image/jpeg',
      form_factor: 'wide',
      label: 'A photo with a doodle, and the styles beside it',
    },
    {
      src: 'pwa/screenshot-narrow.jpg',
      sizes: '390x844',
      type: 'image/jpeg',
      form_factor: 'narrow',
      label: 'The same on a phone',
    },
  ],
  shortcuts: [
    {
      name: 'Your pictures',
      url: './?open=projects',
      icons: [{ src: 'pwa/icon-192.png', sizes: '192x192', type: 'image/png' }],
    },
    {
      name: 'Draw on a sample photo',
      url: './?open=sample',
      icons: [{ src: 'pwa/icon-192.png', sizes: '192x192', type: 'image/png' }],
    },
  ],
  launch_handler: { client_mode: ['focus-existing', 'auto'] },
  file_handlers: [{ action: './', accept: { ...PICTURE_TYPES, ...styles } }],
  share_target: {
    action: `./${SHARE_PATH}`,
    method: 'POST',
    enctype: 'multipart/form-data',
    params: { files: [{ name: 'files', accept: [...Object.keys(PICTURE_TYPES), '.safetensors'] }] },
  },
}
