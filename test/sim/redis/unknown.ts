// What Redis knows and the stand-in does not: no answer of Redis's, but the end of the test that asks for it.

export class UnknownToStandIn extends Error {
  constructor(what: string) {
    super(`the stand-in of Redis does not know ${what}: teach it, or do without`)
    this.name = 'UnknownToStandIn'
  }
}
