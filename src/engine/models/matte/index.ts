export { matteOver, SubjectMatte, type Subject } from './subject-matte'
