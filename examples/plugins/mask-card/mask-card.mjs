// A transform and a predicate of one's own: MaskCard leaves only the last digits of card numbers, HasField asks whether a field is there.

// @ts-check

/** @import { ConnectApi, UserPlugins } from 'kafka-connect-redis/connect/plugin-module' */
/** @import { ConnectValue } from 'kafka-connect-redis/connect/data' */

/**
 * @param {ConnectApi} connect
 * @returns {UserPlugins}
 */
export function plugins({ changeRecord, DataError, Struct, validators }) {
  return {
    transformations: [
      {
        className: 'com.example.MaskCard$Value',
        config: [
          { name: 'fields', type: 'LIST', importance: 'HIGH', documentation: 'Fields that hold card numbers.' },
          {
            name: 'digits',
            type: 'INT',
            defaultValue: 4,
            validator: validators.between(0, 4),
            importance: 'LOW',
            documentation: 'How many digits stay readable.'
          }
        ],
        create(config) {
          const fields = config.list('fields')
          const digits = config.number('digits')
          return {
            apply(record) {
              const { valueSchema: schema, value } = record
              // A tombstone has nothing to mask.
              if (value === null) return record
              if (value instanceof Struct) {
                const masked = new Struct(value.schema)
                for (const { name } of value.schema.fields) {
                  const field = value.getWithoutDefault(name)
                  masked.put(name, fields.includes(name) ? mask(field, digits) : field)
                }
                return changeRecord(record, { value: { schema, value: masked } })
              }
              if (!(value instanceof Map)) throw new DataError('MaskCard needs values that are objects')
              const masked = new Map(value)
              for (const name of fields) if (masked.has(name)) masked.set(name, mask(masked.get(name), digits))
              return changeRecord(record, { value: { schema, value: masked } })
            }
          }
        }
      }
    ],
    predicates: [
      {
        className: 'com.example.HasField',
        config: [{ name: 'field', type: 'STRING', importance: 'HIGH', documentation: 'The field asked for.' }],
        create(config) {
          const field = config.text('field') ?? ''
          return {
            test: ({ value }) =>
              value instanceof Struct
                ? value.schema.field(field) !== undefined
                : value instanceof Map && value.has(field)
          }
        }
      }
    ]
  }
}

/**
 * @param {ConnectValue | undefined} value
 * @param {number} digits
 */
function mask(value, digits) {
  if (typeof value !== 'string') return null
  const kept = digits === 0 ? '' : value.slice(-digits)
  return '*'.repeat(value.length - kept.length) + kept
}
