export { SubjectMatte, type Matte } from './subject-matte'
export { hasSubject } from './clear-subject'
