/** Who made an artifact: the package's name and version, kept equal to package.json by a test. */
export const producer = 'damo 0.1.0'
