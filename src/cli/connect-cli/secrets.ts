// Which values connect-cli prints as a mask: those that the worker's definitions call secrets, and logins in addresses.
import { soundsSecret, withoutLogins } from '../../util/logins.ts'
import { type Api, ApiError } from './api.ts'

/** Stands for a secret in what is printed; in what is read it is refused. */
export const mask = '**********'

interface Answer {
  readonly configs: readonly { readonly definition: Readonly<Record<string, unknown>> | null }[]
}

/** A value as it is printed. */
export type Shown = (key: string, value: string) => string

/** Asks the worker what is secret in a connector's configuration. A worker that can't say leaves the names to judge by. */
export async function shownBy(api: Api, config: Readonly<Record<string, string>>): Promise<Shown> {
  const types = new Map<string, unknown>()
  try {
    const path = ['connector-plugins', config['connector.class'] ?? '', 'config', 'validate']
    const answer = await api.send<Answer>('PUT', path, config)
    for (const { definition } of answer.configs) {
      if (typeof definition?.['name'] === 'string') types.set(definition['name'], definition['type'])
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
  }
  const isSecret = (key: string): boolean => (types.has(key) ? types.get(key) === 'PASSWORD' : soundsSecret(key))
  return (key, value) => (isSecret(key) ? mask : withoutLogins(value, mask))
}
