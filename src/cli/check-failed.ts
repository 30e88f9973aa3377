/** Thrown by commands that check, once they have told what they found; nothing went wrong with them. */
export class CheckFailed extends Error {}
