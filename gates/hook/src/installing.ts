export { install, NotChanged, uninstall, type Done } from './install/install.ts';
export {
  fileOf,
  folderOf,
  isOurs,
  movedFolders,
  planFor,
  TIMEOUT_SECONDS,
  type Place,
  type Plan,
  type Scope,
} from './install/plan.ts';
