// Errors for which Connect's own transforms throw plain exceptions of the JDK: their class stands in dead letter headers and traces.
import { ConnectError } from '../connect/errors.ts'

export class IllegalArgumentError extends ConnectError {
  override readonly code: string = 'ILLEGAL_ARGUMENT'
  override readonly javaClass: string = 'java.lang.IllegalArgumentException'
}

export class IndexOutOfBoundsError extends ConnectError {
  override readonly code: string = 'INDEX_OUT_OF_BOUNDS'
  override readonly javaClass: string = 'java.lang.IndexOutOfBoundsException'
}

export class NullPointerError extends ConnectError {
  override readonly code: string = 'NULL_POINTER'
  override readonly javaClass: string = 'java.lang.NullPointerException'
}
