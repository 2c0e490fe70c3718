export { matteOver, SubjectMatte, type Subject } from './subject-matte'
export { hasSubject } from './clear-subject'
