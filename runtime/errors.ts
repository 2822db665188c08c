/** The error that everything in damo throws on bad input; `code` names the message for good, its text may improve. */
export class DamoError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(`${message} [${code}]`)
    this.name = 'DamoError'
    this.code = code
  }
}
