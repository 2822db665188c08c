/** Whether two types are the same, each as wide as the other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only when the value has exactly the type: `exactly<Tensor<'bool', 1>>()(x)`. */
export const exactly =
  <Expected>() =>
  <Actual>(_value: Actual, ..._same: Same<Actual, Expected> extends true ? [] : [expected: Expected]): void => {}
