#!/usr/bin/env node
// The CLI is TypeScript and runs from a clone without a build step.
import { register } from 'tsx/esm/api'

register()
const { main } = await import('./main.ts')
await main(process.argv)
