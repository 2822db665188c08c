/** Who made an artifact: the package's name and version, kept equal to package.json by a test. */
export const producer = 'damo 0.1.0'

/**
 * A hash of all of damo's code, which the build puts here; undefined in sources, which may change while they are run.
 * What is kept under it was made by this very code.
 */
export const revision: string | undefined = undefined
