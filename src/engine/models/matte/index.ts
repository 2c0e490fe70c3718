export type { At } from './chosen-subject'
export { foundHead, type Head } from './head'
export { matteOver, SubjectMatte, type Subject } from './subject-matte'
