/** Whether SQL takes two names for one; `''` stands for a name whose fault is noted, and is none. */
export function sameName(left: string, right: string): boolean {
  return left !== '' && left.toLowerCase() === right.toLowerCase()
}
