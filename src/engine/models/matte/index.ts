export type { At } from './chosen-subject'
export { matteOver, SubjectMatte, type Subject } from './subject-matte'
