/** Names that lowering gives: never those that a person gave to a dim. */

/** The name, or one like it, that is not among those taken. */
export function unlike(taken: { has(name: string): boolean }, name: string): string {
  let free = name
  while (taken.has(free)) free += '_'
  return free
}
