/** The demo found something other than it must. */
export class Unexpected extends Error {}
